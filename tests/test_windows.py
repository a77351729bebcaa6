"""A rule with a window counts the last days alone, and says so."""

from datetime import timedelta

import pytest

from leads import activities, recent, scoring
from leads.models import Kind, Recent, Signal
from leads.tasks import forget_recent
from tests import make
from tests import make_scores as made
from tests.make_scores import did, points

MONDAY = make.MONDAY_9AM
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def ninety(points_each=10, **details):
    return made.sheet(made.rule(made.signal(window_days=90, **details), points_each, label="Visits"))


@pytest.mark.parametrize("unit", list(Signal.Unit))
def test_what_happened_counts_for_so_many_days_and_then_no_more(unit):
    lead, sheet = make.lead(), ninety(unit=unit)
    did(lead)

    scores = [points(lead, sheet, MONDAY + days * DAY) for days in (0, 89, 90)]

    assert scores == [10, 10, 0]


def test_a_window_holds_whole_days_in_utc():
    lead, sheet = make.lead(), made.sheet(made.rule(made.signal(window_days=2), 10))
    did(lead, days_ago=9 / 24)

    did(lead, days_ago=10 / 24)  # on Sunday, at 23:00

    scores = [points(lead, sheet, MONDAY.replace(hour=23) + hours) for hours in (0 * DAY, DAY / 24)]

    assert scores == [20, 10]


def test_points_fade_within_their_window():
    lead, sheet = make.lead(), ninety(100, half_life_days=30)
    did(lead)

    scores = [points(lead, sheet, MONDAY + days * DAY) for days in (0, 30, 60, 89, 90)]

    assert scores == [100, 50, 25, 13, 0]


def test_the_latest_occurrence_of_a_unit_counts_whatever_the_order_of_arrival():
    lead, sheet = make.lead(), ninety(100, unit=Signal.Unit.PER_OBJECT, half_life_days=30)
    for days_ago in (60, 30, 80):
        did(lead, days_ago=days_ago, about="/prices/")

    assert points(lead, sheet) == 50


def test_a_card_says_how_often_within_the_window():
    lead, sheet, idle = make.lead(), ninety(), make.lead()
    did(lead, times=3), did(lead, days_ago=100), did(idle, days_ago=100, times=2)

    notes = [[line.note for line in scoring.card(one, sheet, MONDAY).lines] for one in (lead, idle)]

    assert notes == [
        ["3 times in the last 90 days, 10 each, the last on 16 Nov 2026"],
        ["2 times, not in the last 90 days"],
    ]


def test_a_lead_that_is_rebuilt_keeps_what_its_windows_count():
    lead, sheet = make.lead(), ninety(unit=Signal.Unit.PER_DAY)
    for days_ago in (0, 0, 1, 5, 95):
        did(lead, days_ago=days_ago)

    before = points(lead, sheet)
    activities.rebuild([lead.pk])

    assert (before, points(lead, sheet)) == (30, 30)


def test_days_that_no_window_reaches_are_forgotten():
    lead = make.lead()
    ninety()
    for days_ago in (0, 89, 90, 200):
        did(lead, days_ago=days_ago)

    forgotten = [recent.forget(MONDAY), recent.forget(MONDAY)]

    assert (forgotten, Recent.objects.count()) == ([2, 0], 2)


def test_forgetting_twice_is_forgetting_once():
    ninety()
    did(make.lead(), days_ago=5000)

    forget_recent()
    forget_recent()

    assert Recent.objects.count() == 0


def test_signals_without_a_window_write_no_days():
    made.signal(), made.signal(Kind.DOWNLOAD, unit=Signal.Unit.PER_DAY, half_life_days=30)
    did(make.lead(), times=3)

    assert Recent.objects.count() == 0
