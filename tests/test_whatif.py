"""Before a sheet is saved one sees what it would change: at once on a sample, exactly in the background."""

import copy
from datetime import timedelta

import pytest

from leads import custody, scoring, whatif
from leads.effect import Bar, Crossing, interval
from leads.models import Grade, Kind, ScoreRule, Signal
from tests import make
from tests import make_scores as made
from tests.make_scores import did

MONDAY = make.MONDAY_9AM
pytestmark = pytest.mark.django_db
TITLED = {"field": "title", "op": "contains", "value": "chief"}


def leads_with_visits(*times):
    leads = [make.lead() for _ in times]
    for lead, often in zip(leads, times, strict=True):
        did(lead, times=often)
    return leads


def last(effects):
    return list(effects)[-1]


def drafted(sheet, **changed):
    """The rules of a sheet as an editor holds them, the first one changed and nothing saved."""
    rules = [copy.copy(rule) for rule in scoring.rules_of(sheet)]
    for key, value in changed.items():
        setattr(rules[0], key, value)
    return rules


def test_a_draft_names_who_crosses_a_line_and_how_points_are_spread():
    sheet = made.sheet(made.rule(made.signal(), 10, 60))
    _none, two, five = leads_with_visits(0, 2, 5)

    effect = whatif.on_a_sample(scoring.rules_of(sheet), drafted(sheet, points=20), at=MONDAY, marks=[40, 70])

    assert (effect.of, effect.read, effect.is_exact) == (3, 3, True)
    assert effect.up(40) == Crossing(1, 1, 1, (two.pk,))
    assert effect.up(70) == effect.down(40) == Crossing(0, 0, 0, ())
    assert (effect.before, effect.after) == ({0: 1, 20: 1, 50: 1}, {0: 1, 40: 1, 60: 1})
    assert five.pk not in effect.up(40).leads


def test_a_line_is_crossed_downward_when_a_rule_goes():
    sheet = made.sheet(made.rule({}, 5), made.rule(made.signal(), 10))
    one, two = leads_with_visits(1, 2)

    effect = whatif.on_a_sample(
        scoring.rules_of(sheet), scoring.rules_of(sheet)[:1], at=MONDAY, marks=[6, 16, 99]
    )

    assert effect.down(6).leads == (one.pk, two.pk)
    assert effect.down(16).leads == (two.pk,)
    assert effect.up(6) == effect.down(99)


def test_a_cap_on_a_group_holds_in_the_comparison_as_well():
    sheet = made.sheet(*made.group(made.rule(made.signal(), 10), made.rule({}, 5), cap=30))
    _none, two, _five = leads_with_visits(0, 2, 5)

    effect = whatif.on_a_sample(scoring.rules_of(sheet), drafted(sheet, points=20), at=MONDAY, marks=[30])

    assert (effect.before, effect.after) == ({5: 1, 25: 1, 30: 1}, {5: 1, 30: 2})
    assert effect.up(30).leads == (two.pk,)


def test_everybody_is_compared_some_at_a_time_with_the_same_result(monkeypatch):
    sheet = made.sheet(made.rule(made.signal(), 10))
    leads_with_visits(0, 1, 2, 3, 4)
    current, draft = scoring.rules_of(sheet), drafted(sheet, cap=20)
    at_once = whatif.on_a_sample(current, draft, at=MONDAY, marks=[30])
    monkeypatch.setattr(scoring, "CHUNK", 2)

    seen = [effect.read for effect in whatif.on_everybody(current, draft, at=MONDAY, marks=[30])]
    exact = last(whatif.on_everybody(current, draft, at=MONDAY, marks=[30]))

    assert seen == sorted(seen)
    assert seen[-1] == 5
    assert exact == at_once
    assert exact.down(30).count == 2


def test_only_what_differs_between_two_sheets_is_told_whatever_it_is_called():
    sheet = made.sheet(made.rule(made.signal(), 10), made.rule({}, 3))
    leads_with_visits(1)

    effect = whatif.on_a_sample(
        scoring.rules_of(sheet), drafted(sheet, label="Another name")[::-1], at=MONDAY, marks=range(1, 20)
    )

    assert effect.before == effect.after == {13: 1}
    assert effect.crossed == {}


@pytest.mark.parametrize(
    "changed",
    [{"half_life_days": 5}, {"unit": Signal.Unit.PER_DAY}, {"kind": Kind.FORM},
     {"window_days": 6, "unit": Signal.Unit.PER_DAY}],
)  # fmt: skip
def test_a_signal_that_counts_differently_in_the_draft_is_read_from_the_history(changed):
    sheet = made.sheet(made.rule(made.signal(), 100))
    (lead,) = leads_with_visits(0)
    did(lead, times=2, days_ago=5)
    did(lead, Kind.FORM)
    draft = drafted(sheet)
    draft[0].signal = copy.copy(draft[0].signal)
    for key, value in changed.items():
        setattr(draft[0].signal, key, value)

    effect = whatif.on_a_sample(scoring.rules_of(sheet), draft, at=MONDAY)

    assert whatif.uncounted(scoring.rules_of(sheet)) == []
    assert whatif.uncounted(draft) == [draft[0].signal]
    assert (effect.before, effect.after) == ({200: 1}, {100: 1})


def test_a_cap_of_what_one_likely_event_earns_is_tried_before_it_is_saved():
    sheet = made.sheet(made.rule(made.signal(), 100))
    lead, _idle = leads_with_visits(2, 0)
    did(lead, grade=Grade.HUMAN)
    draft, held = drafted(sheet), copy.copy(sheet)
    held.likely_each = 40
    for rule in draft:
        rule.sheet = held

    effect = whatif.on_a_sample(scoring.rules_of(sheet), draft, at=MONDAY)

    assert (effect.before, effect.after) == ({300: 1, 0: 1}, {180: 1, 0: 1})


def test_a_new_signal_is_read_from_the_history_for_everybody(monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK", 2)
    sheet = made.sheet(made.rule({}, 1))
    leads_with_visits(0, 1, 2)
    visits = Signal(kind=Kind.VISIT, least_grade=Grade.LIKELY)
    draft = [*scoring.rules_of(sheet), ScoreRule(label="New", points=10, signal=visits)]

    exact = last(whatif.on_everybody(scoring.rules_of(sheet), draft, at=MONDAY))

    assert exact.after == {1: 1, 11: 1, 21: 1}


def test_leads_that_cross_are_found_page_by_page(monkeypatch):
    monkeypatch.setattr(scoring, "CHUNK", 3)
    sheet = made.sheet(made.rule(made.signal(), 10))
    leads = leads_with_visits(1, 0, 1, 0, 1, 1, 2)
    asked = {"at": MONDAY, "mark": 20, "up": True, "limit": 2}
    current, draft = scoring.rules_of(sheet), drafted(sheet, points=25)

    first = whatif.crossers(current, draft, **asked)
    second = whatif.crossers(current, draft, **asked, beyond=first[-1][0])
    third = whatif.crossers(current, draft, **asked, beyond=second[-1][0])

    assert [*first, *second] == [(leads[n].pk, 10, 25) for n in (0, 2, 4, 5)]
    assert third == whatif.crossers(current, draft, **{**asked, "up": False}) == []


def test_closed_leads_are_nobodys_concern():
    sheet = made.sheet(made.rule({}, 1))
    gone, _here = leads_with_visits(0, 0)
    custody.close([gone.pk], cause="moved away", at=MONDAY)

    effects = [
        whatif.on_a_sample(scoring.rules_of(sheet), [], at=MONDAY),
        last(whatif.on_everybody(scoring.rules_of(sheet), [], at=MONDAY)),
    ]

    assert [(effect.before, effect.of) for effect in effects] == [({1: 1}, 1)] * 2


def test_a_sample_is_the_same_at_every_asking_and_stands_for_all():
    sheet = made.sheet(made.rule(TITLED, 10))
    for number in range(60):
        make.lead(facts={"title": "Chief engineer" if number % 3 else "Student"})
    asked = {"at": MONDAY, "marks": [10], "size": 30}

    effect = whatif.on_a_sample([], scoring.rules_of(sheet), **asked)
    crossing = effect.up(10)

    assert effect == whatif.on_a_sample([], scoring.rules_of(sheet), **asked)
    assert (effect.read, effect.of, effect.is_exact) == (30, 60, False)
    assert crossing.least <= 40 <= crossing.most
    assert crossing.least < crossing.count < crossing.most


@pytest.mark.parametrize(
    ("hits", "read", "of", "bounds"),
    [(0, 0, 0, (0, 0)), (3, 10, 10, (3, 3)), (0, 100, 1000, (0, 34)), (50, 100, 1000, (408, 592)),
     (100, 100, 1000, (966, 1000))],
)  # fmt: skip
def test_the_interval_narrows_as_more_is_read(hits, read, of, bounds):
    assert interval(hits, read, of) == bounds


def test_bars_are_of_one_round_width_and_leave_out_nothing():
    sheet = made.sheet(made.rule(made.signal(), 30), made.rule({}, -7))
    leads_with_visits(0, 1, 5)

    bars = whatif.on_a_sample(scoring.rules_of(sheet), [], at=MONDAY).bars(most=5)

    assert bars == [Bar(-50, 1, 0), Bar(0, 1, 3), Bar(50, 0, 0), Bar(100, 1, 0)]


def test_asking_about_everybody_changes_nothing_and_writes_no_score():
    sheet = made.sheet(made.rule({}, 1))
    leads_with_visits(0)

    list(whatif.on_everybody(scoring.rules_of(sheet), [], at=MONDAY + timedelta(days=1)))

    assert sheet.scores.count() == 0
