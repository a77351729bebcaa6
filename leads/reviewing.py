"""A person looks at a refused submission: it was somebody after all, or it was rightly refused."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from leads import receiving, seals
from leads.asking import Questions
from leads.models import Field, Question, Review, Submission
from leads.receiving import Sender
from people.models import User

NAMESPACE = uuid.UUID("5f6b1c4e-0d0b-4a6f-9d57-2a6f3e1b7c11")


@dataclass
class Outcome:
    """What became of a look: whom it admitted, what could not be read, or why it could not be admitted."""

    admitted: Submission | None = None
    left_out: list[str] = field(default_factory=list)
    trouble: str = ""


@transaction.atomic
def admit(submission: Submission, *, email: str, by: User, at: datetime) -> Outcome:
    """Take up what was refused as though it had come in; answers that can't be read are left out."""
    if done := _reviewed(submission):
        return Outcome(done.admission, trouble="" if done.admission else _("Somebody left it refused."))
    kept, left_out = {**(submission.answers or {}), "email": email.strip()}, list[str]()
    while True:
        questions = _boxes(submission, kept)
        if made := _admitted(questions, submission, kept, at):
            Review.objects.create(submission=submission, admission=made, by=by, at=at)
            return Outcome(made, left_out)
        bad = [name for name in questions.errors if name in kept and name != "email"]
        if not bad:
            return Outcome(trouble=questions.trouble)
        left_out += [str(questions.fields[name].label) for name in bad]
        kept = {name: text for name, text in kept.items() if name not in bad}


def _admitted(
    questions: Questions, submission: Submission, kept: dict[str, str], at: datetime
) -> Submission | None:
    if not questions.is_valid():
        return None
    key = uuid.uuid5(NAMESPACE, str(submission.public_id))
    sender = Sender(submission.page, submission.came_from)
    words = kept.get("consent", "")
    agreed = "" if words == "on" else words  # a tick without its words agrees to nothing
    return receiving.admit(questions, kept, key, sender, agreed, sent_at=submission.at, at=at)


@transaction.atomic
def leave(submissions: Collection[Submission], *, by: User, at: datetime) -> int:
    """They were rightly refused; nobody has to look again. Says for how many that was news."""
    rows = [Review(submission=one, by=by, at=at) for one in submissions]
    before = Review.objects.count()
    Review.objects.bulk_create(rows, ignore_conflicts=True)
    return Review.objects.count() - before


def _reviewed(submission: Submission) -> Review | None:
    """The look that somebody has had already; two at once wait for each other."""
    Submission.objects.select_for_update(no_key=True).get(pk=submission.pk)
    return Review.objects.filter(submission=submission).select_related("admission").first()


def _boxes(submission: Submission, kept: dict[str, str]) -> Questions:
    form, keys = submission.form, [name.removeprefix("field_") for name in kept if name.startswith("field_")]
    asked = [Question(form=form, field=one) for one in Field.objects.filter(key__in=keys)]
    every: list[str | Question] = [seals.NAME, seals.COMPANY, seals.TALK, *asked]
    questions = Questions(form, every, kept, consent=kept.get("consent", ""))
    for name, box in questions.fields.items():
        box.required = name == "email"
    return questions
