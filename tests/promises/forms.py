"""What the database refuses of forms: their questions, what was sent on them, and the replies."""

from datetime import timedelta

from leads.models import Bucket, Field, Form, Question, Reply, Review, Submission
from tests import make
from tests.promises.breaking import AT, LATER, Ledger, again, update


def form(**details):
    given = {"slug": "demo", "title": "Demo", "source": make.source(), **details}
    return Form.objects.create(**given)


def question(**details):
    asked = Field.objects.create(key="hobby", label="Hobby")
    return Question.objects.create(form=form(), field=asked, **details)


def submission(**details):
    said = {"answers": {"hobby": "Chess"}, "preferred_times": "Mornings", "outcome": "admitted"}
    said |= {"came_from": "a place", "form": Form.objects.first() or form()}
    return Submission.objects.create(lead=make.lead(), at=AT, **{**said, **details})


def refused(**details):
    return submission(**{"outcome": "refused", "refusal": "Not an address", **details})


def review(**details):
    given = {"submission": refused(), "by": make.marketer(), "at": AT}
    return Review.objects.create(**{**given, **details})


def reply(at=AT, **details):
    sent = submission()
    given = {"submission": sent, "form": sent.form, "address": "ann@acme.example", "words": "You may write."}
    return Reply.objects.create(**{**given, "at": at, **details})


def replies(*hours):
    """One after the other to one address, however it is written."""
    for number, hour in enumerate(hours):
        reply(AT + timedelta(hours=hour), address=("ann@acme.example", "Ann@Acme.example")[number % 2])


ILLEGAL = {
    "a_form_asks_at_least_one_question_at_a_time": lambda: form(at_a_time=0),
    "what_is_confirmed_was_asked_in_words": lambda: form(double_opt_in=True),
    "one_question_per_field": lambda: again(question()),
    "a_rule_has_a_number_if_and_only_if_it_counts": [
        lambda: question(ask="again"),
        lambda: question(ask="after", number=0),
        lambda: question(ask="always", number=3),
    ],
    "a_bucket_is_never_emptier_than_empty": lambda: Bucket.objects.create(key="k", tokens=-0.1, at=AT),
    "a_refused_submission_says_why": [
        lambda: submission(outcome="refused"),
        lambda: submission(refusal="Not an address"),
    ],
    "only_what_is_refused_has_a_cause": lambda: submission(cause="trap"),
    "only_refused_submissions_are_reviewed": lambda: review(submission=submission()),
    "only_words_can_be_confirmed": lambda: reply(words="", confirmed_at=LATER),
    "a_reply_is_confirmed_after_it_was_written": lambda: reply(at=LATER, confirmed_at=AT),
    "what_was_confirmed_does_not_change": [
        lambda: update(reply(confirmed_at=LATER), words="You may call."),
        lambda: update(reply(confirmed_at=LATER), confirmed_at=None),
    ],
    "an_address_gets_one_reply_an_hour_and_three_a_day": [
        lambda: replies(0, 0.9),
        lambda: replies(0, 7, 14, 21),
    ],
}
LEDGERS = {
    "submissions_are_never_changed": Ledger(
        submission, erasable={"answers": None, "preferred_times": "", "lead_id": None, "came_from": ""}
    ),
    "reviews_are_never_changed": Ledger(review),
}
