"""Stages and the moves between them are the agreement's: by events, by conditions, forward and back."""

from datetime import timedelta

import pytest

from handoff import agreements, considering, opportunities, path
from handoff.lifecycle import course
from handoff.terms import Terms
from handoff.terms.lifecycle import STANDARD, Lifecycle
from handoff.terms.moving import moves
from leads.facts import rate
from leads.models import StageChange
from tests import make
from tests.make import MONDAY_9AM

AT, LATER = MONDAY_9AM, MONDAY_9AM + timedelta(hours=1)
A_WEEK = timedelta(days=7)
NEEDS_MUCH = {"field": "need", "op": "is", "value": 3}
NEEDS_LITTLE = {"field": "need", "op": "is", "value": 1}
FORTH = {"from": ["lead"], "to": "mql", "when": NEEDS_MUCH}
BACK = {"from": ["mql"], "to": "lead", "when": NEEDS_LITTLE}


def agreed(*first, events=None):
    """The shipped lifecycle with these moves before its own, or with other events."""
    rest = STANDARD["moves"] if events is None else events
    return {**STANDARD, "moves": [*first, *rest]}


def terms(*first):
    team = make.team()
    return Terms.parse(agreements.with_words({**standard(team), "lifecycle": agreed(*first)}))


def standard(team):
    return agreements.interim_terms(team)


def rated(lead, at, **ratings):
    rate(lead, ratings, by=None, at=at)
    considering.consider([lead.pk], at)
    lead.refresh_from_db()
    return lead


def path_of(lead):
    return [(one.from_stage, one.to_stage) for one in lead.stage_changes.order_by("at", "pk")]


@pytest.mark.django_db
def test_a_condition_that_both_agreed_moves_a_lead_forward_and_another_one_back():
    make.agreement(lifecycle=agreed(FORTH, BACK))
    lead = make.lead()

    rated(lead, AT, need=3)
    rated(lead, LATER, need=1)

    assert path_of(lead) == [("lead", "mql"), ("mql", "lead")]
    assert lead.stage_changes.order_by("at").first().trigger == "Need is 3"


@pytest.mark.django_db
def test_a_subscriber_of_whom_the_company_is_known_is_a_lead():
    make.agreement()
    nobody = make.lead(stage="subscriber")
    somebody = make.lead(stage="subscriber", account=make.account())

    considering.consider([nobody.pk, somebody.pk], AT)

    assert (path_of(nobody), path_of(somebody)) == ([], [("subscriber", "lead")])


@pytest.mark.django_db
def test_moves_that_contradict_each_other_move_nobody():
    both = terms({"from": ["lead"], "to": "mql", "when": {}}, {"from": ["mql"], "to": "lead", "when": {}})

    assert [course({"stage": stage}, both, AT) for stage in ("lead", "mql")] == [None, None]


@pytest.mark.django_db
def test_moves_follow_each_other_at_once():
    chain = terms({"from": ["lead"], "to": "mql", "when": {}}, {"from": ["mql"], "to": "sql", "when": {}})

    assert course({"stage": "lead"}, chain, AT).stage == "sql"


@pytest.mark.django_db
def test_what_accepting_means_for_the_stage_is_the_agreements():
    events = [{"from": ["mql"], "to": "opportunity", "on": "accepted"}]
    handoff = make.handoff(agreement=make.agreement(lifecycle=agreed(events=events)))
    lead = handoff.lead
    lead.move_to("mql", trigger="By hand", at=AT)

    handoff.accept(by=handoff.open_offer.user, seen=0, at=LATER)

    assert path_of(lead) == [("lead", "mql"), ("mql", "opportunity")]


@pytest.mark.django_db
def test_a_customer_who_is_passed_again_stays_a_customer():
    customer = make.lead(stage="customer")

    make.handoff(customer)

    assert path_of(customer) == []


@pytest.mark.django_db
def test_every_time_with_sales_is_an_episode():
    lead = make.lead()
    first = make.handoff(lead)
    first.reject(by=first.open_offer.user, seen=0, reason="no_budget", at=LATER)
    again = make.handoff(lead, agreement=first.agreement, at=AT + A_WEEK)
    again.accept(by=again.open_offer.user, seen=0, at=AT + A_WEEK)
    again.refresh_from_db()
    deal = opportunities.open_for(again, name="Pumps", by=again.rep, at=AT + A_WEEK)
    opportunities.won(deal, amount=100, by=again.rep, at=AT + 2 * A_WEEK)

    found = path.episodes(list(lead.stage_changes.order_by("at", "pk")), kinds())

    assert [(one.number, one.began.at, one.ended.to_stage) for one in found] == [
        (2, AT + A_WEEK, "customer"),
        (1, AT, "recycled"),
    ]


def test_days_at_a_stage_add_up_over_every_stay():
    gone = [
        StageChange(from_stage="lead", to_stage="recycled", at=AT + A_WEEK),
        StageChange(from_stage="recycled", to_stage="lead", at=AT + 2 * A_WEEK),
    ]

    found = path.stops(gone, kinds(), stage="lead", known_at=AT, at=AT + 3 * A_WEEK)

    assert [(stop.stage, stop.times, stop.days) for stop in found if stop.times] == [
        ("lead", 2, 14),
        ("recycled", 1, 7),
    ]


def test_how_a_lead_came_is_not_a_second_stay():
    came = [StageChange(from_stage="", to_stage="lead", at=AT)]

    found = path.stops(came, kinds(), stage="lead", known_at=AT, at=AT + A_WEEK)

    assert [(stop.stage, stop.times, stop.days) for stop in found if stop.times] == [("lead", 1, 7)]


def kinds():
    return Lifecycle.parse(STANDARD, {}).kinds


@pytest.mark.django_db
def test_the_agreement_says_every_move_in_words():
    said = [(one.cause, one.since, one.to) for one in moves(terms(FORTH))]

    assert said[0] == ("Need is 3", "Lead", "MQL")
    assert said[1] == ("Passed to sales", "Subscriber, Lead, Recycled, Disqualified", "MQL")


@pytest.mark.parametrize(
    "move",
    [
        {"from": [], "to": "mql", "when": {}},
        {"from": ["mql"], "to": "mql", "when": {}},
        {"from": ["mql"], "to": "nirvana", "when": {}},
        {"from": ["mql"], "to": "lead"},
        {"from": ["mql"], "to": "lead", "when": {}, "on": "won"},
        {"from": ["mql"], "to": "lead", "on": "sneezed"},
        {"from": ["mql"], "to": "lead", "on": "won"},
    ],
)
def test_a_move_that_makes_no_sense_is_refused(move):
    with pytest.raises(ValueError, match=r"stage|move"):
        Lifecycle.parse(agreed(move), {})


@pytest.mark.django_db
def test_terms_signed_before_moves_were_agreed_keep_what_held_then():
    old = {key: part for key, part in standard(make.team()).items() if key != "lifecycle"}

    lifecycle = Terms.parse(old).lifecycle

    assert [(move.on, move.to) for move in lifecycle.moves] == [
        ("passed", "mql"),
        ("accepted", "sql"),
        ("rejected", "recycled"),
        ("closed", "disqualified"),
        ("opportunity", "opportunity"),
        ("won", "customer"),
        ("lost", "recycled"),
    ]
