"""History, tallies and a slow, obvious reading of the rules agree on every line, to the point."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads import activities, lines, scoring, sheets
from leads.activities import Event
from leads.models import Kind, Signal, Tally
from tests import make
from tests import make_scores as made
from tests.make_scores import did, points
from tests.obvious import obvious, scored, shown
from tests.stories import MONDAY, TOLD, TRIES, stories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.mark.timeout(120 if TRIES < 100 else 7200)
@settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=stories(), data=st.data())
def test_history_tallies_and_the_obvious_reading_agree_on_every_line(story, data):
    with transaction.atomic():
        sheet, leads = scored(story, data)
        rules, at = scoring.rules_of(sheet), TOLD + data.draw(st.integers(0, 400)) * timedelta(hours=6)

        told = obvious(rules, leads, at)
        ids = [lead.pk for lead in leads]
        history = scoring.lines_as_of(rules, at=at, lead_ids=ids)
        cards = scoring.cards_of(ids, sheet, at)

        assert {lead: history.get(lead, {}) for lead in told} == told
        assert {lead: shown(card) for lead, card in cards.items()} == told
        assert {lead: card.total for lead, card in cards.items()} == scoring.scores_of(ids, sheet, at)
        assert {lead: sum(points.values()) for lead, points in told.items()} == scoring.scores_of(
            ids, sheet, at
        )
        transaction.set_rollback(True)


@pytest.mark.timeout(120 if TRIES < 100 else 7200)
@settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(story=stories(), data=st.data())
def test_history_tells_the_lines_of_any_earlier_instant(story, data):
    with transaction.atomic():
        sheet, leads = scored(story, data, as_history=True)
        rules, at = scoring.rules_of(sheet), MONDAY + data.draw(st.integers(-170, 170)) * timedelta(hours=6)

        history = scoring.lines_as_of(rules, at=at)

        assert history == {lead: found for lead, found in obvious(rules, leads, at).items() if found}
        transaction.set_rollback(True)


@pytest.mark.parametrize("unit", [Signal.Unit.ONCE, Signal.Unit.PER_OBJECT, Signal.Unit.PER_DAY])
def test_all_readings_age_a_unit_from_its_earliest_event(unit):
    lead = make.lead()
    sheet = made.sheet(made.rule(made.signal(unit=unit, half_life_days=1), 1000))
    for hours in (3, 9, 6):
        did(lead, days_ago=hours / 24, about="/a")

    [history] = scoring.lines_as_of(scoring.rules_of(sheet), at=MONDAY)[lead.pk].values()

    assert history == points(lead, sheet) == lines.rounded(1000 * 2 ** (-9 / 24))


def test_what_was_learnt_later_earned_nothing_before():
    lead = make.lead(at=MONDAY - 9 * DAY)
    sheet = made.sheet(made.rule(made.signal(), 10))
    visit = Event(lead.identities.get().pk, Kind.VISIT, MONDAY - 5 * DAY, "late news")
    activities.record([visit], known_at=MONDAY)

    rules = scoring.rules_of(sheet)
    earned = [sum(scoring.lines_as_of(rules, at=MONDAY - days * DAY)[lead.pk].values()) for days in (1, 0)]

    assert earned == [0, 10]


# --- rounding and range ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "whole"),
    [(0, 0), (0.4, 0), (0.5, 1), (2.5, 3), (-0.5, -1), (-2.5, -3), (2.49, 2), (2.4999999999, 3), (99.9, 100)],
)
def test_points_are_rounded_alike_in_sql_and_python(amount, whole):
    signal = made.signal()
    lead, sign = make.lead(), -1 if amount < 0 else 1
    Tally.objects.filter(lead=lead).update(sums=[abs(amount)])

    stored = points(lead, made.sheet(made.rule(signal, sign)))

    assert (stored, lines.rounded(amount)) == (whole, whole)


def test_after_one_half_life_a_visit_is_worth_half_and_a_half_rounds_up():
    lead, sheet = make.lead(), made.sheet(made.rule(made.signal(half_life_days=30), 5))
    did(lead)

    scores = [points(lead, sheet, MONDAY + days * DAY) for days in (0, 30, 60, 400)]

    assert scores == [5, 3, 1, 0]


@pytest.mark.parametrize("years_ago", [0, 1, 5, 30])
def test_no_age_stops_a_reading(years_ago):
    signal = made.signal(half_life_days=1)
    lead, sheet = make.lead(), made.sheet(made.rule(signal, 5))
    did(lead, days_ago=365 * years_ago)

    scores = [points(lead, sheet, MONDAY + years * 365 * DAY) for years in (0, 1, 30)]

    assert scores == [5 if years_ago == 0 else 0, 0, 0]


def test_moving_landmarks_changes_no_reading():
    lead, short, long = make.lead(), made.signal(half_life_days=1), made.signal(half_life_days=90)
    sheet = made.sheet(made.rule(short, 1000), made.rule(long, 1000), made.rule(made.signal(), 10))
    did(lead, days_ago=200)
    later = MONDAY + 180 * DAY
    thread = lead.identities.get()
    activities.record([Event(thread.pk, Kind.VISIT, later - DAY, "late visit")], known_at=later)
    before = shown(scoring.card(lead, sheet, later))

    moved = [sheets.rebase(later), sheets.rebase(later)]

    after = Tally.objects.get(lead=lead).sums
    assert moved == [1, 0]
    assert Signal.objects.get(pk=short.pk).landmark == later
    assert after[0] == pytest.approx(0.5)
    assert shown(scoring.card(lead, sheet, later)) == before
    activities.rebuild([lead.pk])
    assert Tally.objects.get(lead=lead).sums == pytest.approx(after)
