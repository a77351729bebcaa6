"""What can be asked of a lead: SQL and Python read the same values, now and as they were known then."""

from datetime import date, timedelta

import pytest
from django.db import connection

from leads import activities
from leads.activities import Event
from leads.conditions import compile_sql, evaluate
from leads.models import Fact, Field, Grade, Kind, Lead, Rating, Saying, Stage
from leads.vocabulary import FROM_LEADS, facts_of, vocabulary
from tests import make
from tests import make_scores as made

MONDAY = make.MONDAY_9AM
BEFORE = MONDAY - timedelta(days=10)
pytestmark = pytest.mark.django_db


def truths(tree, *, at, as_of=False):
    """What SQL says of every lead."""
    predicate = compile_sql(tree, vocabulary(), at=at, as_of=as_of)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT lead.id, {predicate.sql} FROM {FROM_LEADS}",  # noqa: S608
            {**predicate.params, "at": at},
        )
        return dict(cursor.fetchall())


def told(tree, *, at, as_of=False):
    """What Python says of every lead."""
    terms = vocabulary()
    facts = facts_of(Lead.objects.values_list("pk", flat=True), at=at, as_of=as_of)
    return {lead: evaluate(tree, known, terms, at=at) for lead, known in facts.items()}


@pytest.fixture
def company():
    """Leads of every sort: well known, little known, rated, moved, seen and silent."""
    Field.objects.create(key="machines", label="Machines", type=Field.Type.NUMBER)
    target = make.account("Nordhavn", is_target=True, facts={"employees": 800, "industry": "Dairy"})
    target.stand(is_target=True, owner=None, at=MONDAY - timedelta(days=5))
    well = make.lead(
        email="Ida@Nordhavn.example", account=target, country="DK", source=make.source("Fair"),
        facts={"title": "Vice President", "machines": 12.5, "buys_by": "2026-12-24"},
        need=3, timeframe=2, at=BEFORE,
    )  # fmt: skip
    make.lead(facts={"machines": "many", "buys_by": "soon", "title": ""}, account=make.account())
    make.lead(email="", phone="+4512345678", need=1, timeframe=1, authority=1, profile=1)
    activities.record(
        [Event(made.identity(well).pk, Kind.VISIT, MONDAY - timedelta(days=3), "visit 1")], known_at=MONDAY
    )
    Lead.objects.move([well.pk], Stage.MQL, trigger="points", at=MONDAY)
    return well


QUESTIONS = [
    ("email_domain", "is", "nordhavn.example"), ("email_domain", "known", None), ("country", "is", "dk"),
    ("account", "contains", "nord"), ("source", "is", "Fair"), ("campaign", "unknown", None),
    ("stage", "in", ["mql", "sql"]), ("is_target", "is_true", None), ("is_target", "is_false", None),
    ("last_seen", "within_last", 3), ("last_seen", "older_than", 60), ("known_since", "older_than", 5),
    ("need", "at_least", 3), ("profile", "below", 2), ("rating", "at_least", 5), ("rating", "unknown", None),
    ("title", "contains", "vice"), ("title", "unknown", None), ("machines", "above", 12),
    ("buys_by", "before", "2027-01-01"), ("employees", "between", [200, 900]), ("industry", "is", "dairy"),
]  # fmt: skip


@pytest.mark.parametrize("as_of", [False, True])
def test_sql_and_python_answer_every_question_alike(company, as_of):
    answers = set()
    for field, op, value in QUESTIONS:
        leaf = {"field": field, "op": op} | ({} if value is None else {"value": value})
        for tree in (leaf, {"not": leaf}, {"any": [leaf, {"field": "title", "op": "known"}]}):
            asked = truths(tree, at=MONDAY, as_of=as_of)
            assert asked == told(tree, at=MONDAY, as_of=as_of), tree
            answers |= set(asked.values())

    assert answers == {True, False, None}


def test_facts_are_what_is_known_of_a_lead(company):
    facts = facts_of([company.pk], at=MONDAY)[company.pk]

    chosen = {key: facts[key] for key in (
        "title", "machines", "employees", "is_target", "stage", "source", "country", "need", "authority",
        "rating", "last_seen", "known_since", "account",
    )}  # fmt: skip
    assert chosen == {
        "title": "Vice President", "machines": "12.5", "employees": "800", "is_target": True, "stage": "mql",
        "source": "Fair", "country": "DK", "need": 3, "authority": None, "rating": 5,
        "last_seen": MONDAY - timedelta(days=3), "known_since": BEFORE, "account": "Nordhavn",
    }  # fmt: skip


def test_facts_of_one_lead_and_of_many_take_as_many_queries(company, django_assert_num_queries):
    for leads in ([company.pk], list(Lead.objects.values_list("pk", flat=True))):
        with django_assert_num_queries(4):
            facts_of(leads, at=MONDAY)


def fact(lead, key, value, saying=Saying.SELF_REPORTED, *, at, known_at=None):
    field = Field.objects.get(key=key)
    return Fact.objects.create(
        lead=lead, field=field, value=value, saying=saying, at=at, known_at=known_at or at
    )


def then(lead, key, at):
    return facts_of([lead.pk], at=at, as_of=True)[lead.pk][key]


def test_a_fact_counts_from_when_it_was_known_and_by_who_says_so():
    lead, day = make.lead(), timedelta(days=1)
    fact(lead, "title", "Buyer", at=BEFORE, known_at=BEFORE + day)
    fact(lead, "title", "Head of buying", Saying.VERIFIED, at=BEFORE + 2 * day)
    fact(lead, "title", "Student", Saying.ENRICHED, at=BEFORE + 3 * day)

    known = [then(lead, "title", BEFORE + days * day) for days in range(4)]

    assert known == [None, "Buyer", "Head of buying", "Head of buying"]


def test_ratings_are_dated():
    lead, day = make.lead(), timedelta(days=1)
    for days, criterion, value in ((1, "need", 3), (2, "profile", 2), (3, "need", 1), (4, "need", None)):
        instant = BEFORE + days * day
        Rating.objects.create(lead=lead, criterion=criterion, value=value, at=instant, known_at=instant)

    known = [
        (then(lead, "need", BEFORE + days * day), then(lead, "rating", BEFORE + days * day))
        for days in range(5)
    ]

    assert known == [(None, None), (3, 3), (3, 5), (1, 3), (None, 2)]


def test_a_stage_is_where_the_lead_stood_then():
    lead, day = make.lead(at=BEFORE), timedelta(days=1)
    for days, stage in ((1, Stage.MQL), (3, Stage.RECYCLED)):
        Lead.objects.move([lead.pk], stage, trigger="test", at=BEFORE + days * day)

    assert [then(lead, "stage", BEFORE + days * day) for days in range(4)] == [
        "lead",
        "mql",
        "mql",
        "recycled",
    ]


def test_an_account_is_a_named_target_from_the_day_it_was_named():
    account = make.account()
    lead = make.lead(account=account)
    account.stand(is_target=True, owner=None, at=MONDAY)

    known = [then(lead, "is_target", MONDAY - timedelta(days=days)) for days in (1, 0)]

    assert known == [False, True]


def test_a_sign_of_life_counts_from_when_it_was_known_and_only_a_persons():
    lead, day = make.lead(), timedelta(days=1)
    thread = made.identity(lead)
    activities.record([Event(thread.pk, Kind.VISIT, BEFORE, "visit 1")], known_at=BEFORE + 2 * day)
    activities.record([Event(thread.pk, Kind.SENT, BEFORE + day, "mail 1")], known_at=BEFORE + 2 * day)
    activities.record(
        [Event(thread.pk, Kind.CLICK, BEFORE + day, "click 1", grade=Grade.MACHINE)],
        known_at=BEFORE + 2 * day,
    )

    assert [then(lead, "last_seen", BEFORE + days * day) for days in (1, 2)] == [None, BEFORE]


def test_a_visit_before_the_visitor_was_known_is_unknown_before_they_joined():
    lead, visitor = make.lead(), made.identity()
    activities.record([Event(visitor.pk, Kind.VISIT, BEFORE, "visit 1")], known_at=BEFORE)
    activities.join(visitor, lead, at=MONDAY)

    assert [then(lead, "last_seen", at) for at in (MONDAY - timedelta(hours=1), MONDAY)] == [None, BEFORE]


def test_a_key_that_nobody_checked_breaks_no_statement():
    Field.objects.create(key="o'clock 100%", label="Odd", type=Field.Type.TEXT)
    lead = make.lead(facts={"o'clock 100%": "noon"})

    assert facts_of([lead.pk], at=MONDAY)[lead.pk]["o'clock 100%"] == "noon"


def test_a_customers_field_can_be_asked_at_once():
    Field.objects.create(key="renews", label="Contract ends", type=Field.Type.DATE)
    lead = make.lead(facts={"renews": str(date(2026, 12, 1))})

    soon = truths({"field": "renews", "op": "within_next", "value": 90}, at=MONDAY)

    assert soon == {lead.pk: True}
