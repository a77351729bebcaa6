"""What is known of a lead: every answer is kept, and the one that counts is the same to every reader."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from leads import addresses, facts, values
from leads.facts import Answer
from leads.models import Consent, Fact, Field, Lead, Rating, Saying, Suppression
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def say(lead, value, *, key="title", saying=Saying.SELF_REPORTED, at=MONDAY_9AM):
    return facts.learn([Answer(key, value, saying, at, lead_id=lead.pk)], known_at=at)


def known(lead):
    return Lead.objects.get(pk=lead.pk).facts


def test_what_was_said_on_the_phone_outranks_what_was_typed_later():
    lead = make.lead()

    say(lead, "Head of buying", saying=Saying.VERIFIED)
    say(lead, "CEO", at=MONDAY_9AM + HOUR)

    assert known(lead) == {"title": "Head of buying"}
    assert [fact.value for fact in facts.history(lead)] == ["CEO", "Head of buying"]


def test_among_equals_the_later_answer_wins_whatever_the_order_of_arrival():
    lead = make.lead()

    say(lead, "CEO", at=MONDAY_9AM + HOUR)
    say(lead, "Buyer")

    assert known(lead) == {"title": "CEO"}


def test_the_same_answer_of_the_same_instant_is_one_fact():
    lead = make.lead()

    assert [say(lead, "CEO"), say(lead, "CEO"), say(lead, "CEO", at=MONDAY_9AM + HOUR)] == [1, 0, 1]


def test_blank_is_no_answer():
    lead = make.lead()
    say(lead, "CEO")

    say(lead, "  ", at=MONDAY_9AM + HOUR)

    assert (known(lead), Fact.objects.count()) == ({"title": "CEO"}, 1)


def test_what_is_learned_of_a_company_is_news_about_everybody_in_it():
    acme = make.account("Acme")
    ann, other = make.lead(account=acme), make.lead()

    facts.learn(
        [Answer("employees", "250", Saying.ENRICHED, MONDAY_9AM, account_id=acme.pk)],
        known_at=MONDAY_9AM + HOUR,
    )

    acme.refresh_from_db()
    assert acme.facts == {"employees": 250}
    assert Lead.objects.get(pk=ann.pk).tally.next_check_at == MONDAY_9AM + HOUR
    assert Lead.objects.get(pk=other.pk).tally.next_check_at is None


def test_what_a_field_cannot_hold_is_said_of_every_answer_and_nothing_is_learned():
    lead = make.lead()

    with pytest.raises(facts.Unanswerable) as refused:
        facts.learn(
            [
                Answer("title", "CEO", Saying.SELF_REPORTED, MONDAY_9AM, lead_id=lead.pk),
                Answer("buys_by", "soon", Saying.SELF_REPORTED, MONDAY_9AM, lead_id=lead.pk),
                Answer("shoe_size", 42, Saying.SELF_REPORTED, MONDAY_9AM, lead_id=lead.pk),
            ],
            known_at=MONDAY_9AM,
        )

    assert refused.value.problems == [
        (1, "buys_by", "“soon” is not a date, such as 2026-11-16."),
        (2, "shoe_size", "There is no such field."),
    ]
    assert Fact.objects.count() == 0


def test_the_ledger_cannot_be_rewritten():
    lead = make.lead()
    say(lead, "CEO")

    with pytest.raises(IntegrityError, match="facts are never changed"):
        Fact.objects.update(value="CFO")


@pytest.mark.parametrize(
    ("kind", "told", "stored"),
    [
        ("text", " Buyer ", "Buyer"), ("number", "1 250", 1250), ("number", "2.5", 2.5),
        ("money", "1250.5", "1250.50"), ("money", Decimal("3"), "3.00"), ("date", "2026-11-16", "2026-11-16"),
        ("date", date(2026, 11, 16), "2026-11-16"), ("yes_no", "Yes", True), ("yes_no", False, False),
        ("choice", "it", "IT"), ("text", "   ", None), ("number", None, None),
    ],
)  # fmt: skip
def test_an_answer_is_stored_as_its_field_holds_it(kind, told, stored):
    value = values.read(Field(type=kind, choices=["IT", "Finance"]), told)

    assert (value, type(value)) == (stored, type(stored))


@pytest.mark.parametrize(
    ("kind", "told", "problem"),
    [
        ("number", "many", "“many” is not a number, such as 1250 or 1250.50."),
        ("number", "NaN", "“NaN” is too large a number."),
        ("number", "1e400", "“1e400” is too large a number."),
        ("money", "1.999", "“1.999” has more than two decimal places."),
        ("date", "16.11.2026", "“16.11.2026” is not a date, such as 2026-11-16."),
        ("yes_no", "maybe", "“maybe” is neither yes nor no."),
        ("choice", "Legal", "“Legal” is none of: IT, Finance."),
        ("text", "a\x00b", "The text holds a NUL character."),
        ("text", "a" * 10_001, "The text is longer than 10000 characters."),
    ],
)
def test_what_a_field_cannot_hold_is_said_plainly(kind, told, problem):
    with pytest.raises(ValueError) as trouble:  # noqa: PT011
        values.read(Field(type=kind, choices=["IT", "Finance"]), told)

    assert str(trouble.value) == problem


def test_the_latest_rating_of_a_criterion_counts_and_the_database_adds_them_up():
    lead, ines = make.lead(), make.marketing_manager()

    facts.rate(lead, {"need": 3, "profile": 2}, by=ines, at=MONDAY_9AM)
    facts.rate(lead, {"need": 1}, by=ines, at=MONDAY_9AM - HOUR)
    facts.rate(lead, {"profile": None}, by=ines, at=MONDAY_9AM + HOUR)

    rated = Lead.objects.get(pk=lead.pk)
    assert (rated.need, rated.profile, rated.rating, Rating.objects.count()) == (3, None, 3, 4)
    assert rated.tally.next_check_at == MONDAY_9AM + HOUR


def test_a_rating_outside_1_to_3_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="a_rating_is_1_to_3_or_unknown"):
        facts.rate(make.lead(), {"need": 4}, by=None, at=MONDAY_9AM)


def test_who_opts_out_of_mail_is_suppressed_by_address_until_they_agree_again():
    ann, bo = make.lead(email="Ann@acme.example"), make.lead()

    facts.consent([ann.pk, bo.pk], "email", False, "Link in a mail", at=MONDAY_9AM)
    facts.consent([ann.pk], "phone", False, "Call", at=MONDAY_9AM)
    facts.consent([bo.pk], "email", True, "Form", at=MONDAY_9AM + HOUR)

    assert list(Lead.objects.order_by("pk").values_list("refused", flat=True)) == [["email", "phone"], []]
    assert list(Suppression.objects.values_list("address", flat=True)) == ["ann@acme.example"]
    assert Consent.objects.count() == 4


def test_an_older_agreement_does_not_take_back_a_later_refusal():
    ann = make.lead()

    facts.consent([ann.pk], "email", False, "Link", at=MONDAY_9AM)
    facts.consent([ann.pk], "email", True, "Fair", at=MONDAY_9AM - HOUR)

    assert Lead.objects.get().refused == ["email"]


def test_agreeing_again_does_not_lift_a_suppression_for_a_bounce():
    ann = make.lead(email="ann@acme.example")
    Suppression.objects.create(channel="email", address="ann@acme.example", reason="bounced", at=MONDAY_9AM)

    facts.consent([ann.pk], "email", True, "Form", at=MONDAY_9AM)

    assert Suppression.objects.count() == 1


ANSWERS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["title", "interest", "budget"]),
        st.sampled_from(["a", "b", "c", ""]),
        st.sampled_from(Saying),
        st.integers(0, 4),
        st.booleans(),
    ),
    max_size=25,
)


def slow_winners(lead_id):
    """The winners, read off the ledger the obvious way."""
    winners: dict[str, Fact] = {}
    for fact in Fact.objects.filter(lead=lead_id).order_by("pk").select_related("field"):
        best = winners.get(fact.field.key)
        if best is None or (fact.saying, fact.at) >= (best.saying, best.at):
            winners[fact.field.key] = fact
    return {key: fact.value for key, fact in winners.items()}


class Winners(TestCase):
    """The cached winners equal a slow reading of the ledger, for one answer at a time and for many."""

    @settings(max_examples=60, deadline=None)
    @given(ANSWERS)
    def test_the_cached_winners_equal_a_slow_reading(self, told):
        leads = [make.lead(), make.lead()]
        waiting = []
        for who, key, value, saying, hours, flush in told:
            at = MONDAY_9AM + hours * HOUR
            waiting.append(Answer(key, value, saying, at, lead_id=leads[who].pk))
            if flush:
                facts.learn(waiting, known_at=at)
                waiting = []
        facts.learn(waiting, known_at=MONDAY_9AM)

        for lead in leads:
            assert known(lead) == slow_winners(lead.pk)


@given(st.emails())
@settings(max_examples=200, deadline=None)
def test_the_quick_reading_of_an_address_is_the_thorough_one(text):
    from email_validator import EmailNotValidError, validate_email

    try:
        thorough = validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        thorough = None
    try:
        quick = addresses.email(text)
    except ValueError:
        quick = None

    assert (quick or "").lower() == (thorough or "").lower()


def test_answers_cost_the_same_statements_for_one_lead_and_for_many(django_assert_num_queries):
    leads = [make.lead() for _ in range(5)]

    for people in (leads[:1], leads):
        with django_assert_num_queries(8, connection=connection):
            facts.learn(
                [Answer("title", "CEO", Saying.SALES, MONDAY_9AM, lead_id=one.pk) for one in people],
                known_at=MONDAY_9AM,
            )
