"""Who gets a lead: account owner, territory, the least loaded of the team, then a manager; never nobody."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.routing import ADMINISTRATOR, MANAGER, SALES_MANAGER, Case, NobodyLeft, RepState, route
from tests.make import MONDAY_9AM
from tests.test_judging import terms

AT = MONDAY_9AM
NORWAY = {"field": "country", "op": "is", "value": "NO"}
COAST = {"territories": [{"name": "Coast", "when": NORWAY, "reps": [2]}], "weights": {}}
BOSS = RepState(90, "Jonas", role=MANAGER)
ROOT = RepState(99, "Ada", role=ADMINISTRATOR)
KARIN, MARIT = RepState(1, "Karin"), RepState(2, "Marit")


def to(*reps, case=None, **ladder):
    agreed = terms(**({"ladder": ladder} if ladder else {}))
    return route(case or Case({}), agreed, [*reps, BOSS, ROOT], AT)


def test_the_owner_of_the_account_comes_first_even_from_another_team():
    owner = RepState(7, "Owner", in_team=False, open=50)

    assert to(KARIN, owner, case=Case({}, account_owner=7)).person == 7


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ({"present": False}, "is away"),
        ({"active": False}, "works here no more"),
        ({"week": 20, "capacity": 20}, "is full, 20 of 20 this week"),
    ],
)
def test_an_owner_who_cannot_take_it_is_passed_by_and_it_is_said(trouble, words):
    owner = replace(RepState(7, "Owner", in_team=False), **trouble)

    found = to(KARIN, owner, case=Case({}, account_owner=7))

    assert (found.person, found.steps[0]) == (1, f"Owner owns the account, but {words}.")


def test_the_rep_who_works_on_the_lead_already_keeps_it():
    assert to(KARIN, MARIT, case=Case({}, holder=2, account_owner=1)).person == 2


def test_a_territory_goes_before_the_rest_of_the_team():
    found = to(KARIN, replace(MARIT, open=9), case=Case({"country": "NO"}), **COAST)

    assert (found.person, found.steps[-1]) == (2, "Territory Coast: Marit has the fewest open.")


@pytest.mark.parametrize("country", ["SE", None])
def test_whoever_is_not_certainly_of_the_territory_goes_to_the_team(country):
    assert to(KARIN, replace(MARIT, open=9), case=Case({"country": country}), **COAST).person == 1


def test_the_fewest_open_for_the_weight_gets_it():
    heavy = replace(KARIN, open=5, weight=3)

    assert to(heavy, replace(MARIT, open=2)).person == 1


def test_of_equals_whoever_had_fewer_this_week_then_whoever_came_first():
    assert to(replace(KARIN, week=3), replace(MARIT, week=2)).person == 2
    assert to(MARIT, KARIN).person == 1


def test_a_full_week_or_a_holiday_is_respected():
    assert to(replace(KARIN, week=5, capacity=5), replace(MARIT, open=9)).person == 2
    assert to(replace(KARIN, present=False), replace(MARIT, open=9)).person == 2


def test_when_everybody_is_full_it_is_the_managers_and_every_rung_is_said():
    found = to(replace(KARIN, week=5, capacity=5), replace(MARIT, present=False))

    assert found.person == BOSS.id
    assert found.steps == (
        "The account has no owner.",
        "Nordics: Marit is away.",
        "Nordics: Karin is full, 5 of 5 this week.",
        "Nordics: nobody can take it.",
        "Jonas manages the team.",
    )


def test_a_clause_may_send_a_lead_straight_to_the_manager():
    assert to(KARIN, case=Case({}, to="manager", account_owner=1)).person == BOSS.id


def test_a_manager_who_is_away_is_followed_by_another_sales_manager():
    other = RepState(91, "Eva", role=SALES_MANAGER)

    found = route(Case({}), terms(), [replace(BOSS, present=False), other, ROOT], AT)

    assert found.person == 91


def test_when_all_are_away_it_is_the_managers_even_so():
    found = route(Case({}), terms(), [replace(BOSS, present=False), replace(ROOT, present=False)], AT)

    assert (found.person, found.steps[-1]) == (BOSS.id, "Jonas manages the team, though away.")


def test_who_gave_it_back_does_not_get_it_again_while_there_is_anybody_else():
    assert to(KARIN, MARIT, case=Case({}, without=frozenset({1}))).person == 2
    assert to(KARIN, case=Case({}, without=frozenset({1, 90}))).person == ROOT.id


def test_with_nobody_left_at_all_it_is_loud():
    with pytest.raises(NobodyLeft):
        route(Case({}), terms(), [replace(KARIN, active=False)], AT)


REPS = st.builds(
    RepState,
    id=st.integers(1, 30),
    name=st.just("Somebody"),
    present=st.booleans(),
    active=st.booleans(),
    in_team=st.booleans(),
    open=st.integers(0, 40),
    week=st.integers(0, 40),
    capacity=st.none() | st.integers(0, 40),
    weight=st.integers(0, 5),
    role=st.sampled_from(["", "", MANAGER, SALES_MANAGER, ADMINISTRATOR]),
)
CASES = st.builds(
    Case,
    values=st.fixed_dictionaries({"country": st.sampled_from(["NO", "SE", None])}),
    to=st.sampled_from(["ladder", "manager"]),
    holder=st.none() | st.integers(1, 35),
    account_owner=st.none() | st.integers(1, 35),
    without=st.frozensets(st.integers(1, 99)),
)


@given(st.lists(REPS, unique_by=lambda rep: rep.id), CASES)
def test_every_ladder_ends_at_a_person_who_works_here(reps, case):
    """As long as one administrator works here; and whatever the order in which people are named."""
    agreed, people = terms(ladder=COAST), [*reps, ROOT]
    shuffled = random.Random(1).sample(people, len(people))

    found = route(case, agreed, people, AT)

    chosen = next(rep for rep in people if rep.id == found.person)
    assert chosen.active
    assert found.steps != ()
    assert route(case, agreed, shuffled, AT).person == found.person
    if not chosen.role:
        assert (chosen.present, chosen.full, chosen.id in case.without) == (True, False, False)
