"""The SLA page: promises kept and broken by rep and week, and the very offers behind each number."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handoff import reports
from handoff.escalation import escalate
from handoff.models import Offer
from tests import make
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db
LONG_AGO = MONDAY_9AM - timedelta(days=90)
UTC_ZONE = ZoneInfo("UTC")
MINUTE = timedelta(minutes=1)
DUE = MONDAY_9AM + timedelta(hours=5)  # of a score handoff at nine: four working hours and lunch
FRIDAY = MONDAY_9AM + timedelta(days=4, hours=8)


@pytest.fixture
def karin(db):
    make.agreement()
    return make.rep("Karin Holt")


def handed(rep, at=MONDAY_9AM):
    from handoff.models import Agreement

    return make.handoff(rep=rep, agreement=Agreement.objects.get(), at=at)


def table(at=FRIDAY, zone=UTC_ZONE, **which):
    rows = reports.kept_by_rep_and_week(since=LONG_AGO, at=at, zone=zone, **which)
    return [(row.name, row.week, row.promised, row.kept, row.broken) for row in rows]


def test_an_answer_by_the_deadline_keeps_the_promise_and_a_second_later_breaks_it(karin):
    handed(karin).accept(by=karin, seen=0, at=DUE)
    handed(karin).reject(by=karin, seen=0, reason="spam", at=DUE + timedelta(seconds=1))

    assert table() == [("Karin Holt", date(2026, 11, 16), 2, 1, 1)]


def test_an_open_promise_counts_once_it_has_broken(karin):
    handed(karin)

    assert (table(at=DUE - MINUTE), table(at=DUE)) == ([], [("Karin Holt", date(2026, 11, 16), 1, 0, 1)])


def test_each_rep_and_each_week_has_a_row(karin):
    next_monday = MONDAY_9AM + timedelta(days=7)
    other = make.rep("Marit Dahl")
    handed(karin).accept(by=karin, seen=0, at=DUE)
    handed(karin, at=next_monday).accept(by=karin, seen=0, at=next_monday + MINUTE)
    handed(other).accept(by=other, seen=0, at=DUE)

    assert table(at=next_monday + timedelta(days=3)) == [
        ("Karin Holt", date(2026, 11, 16), 1, 1, 0),
        ("Karin Holt", date(2026, 11, 23), 1, 1, 0),
        ("Marit Dahl", date(2026, 11, 16), 1, 1, 0),
    ]


def test_a_broken_promise_stays_with_the_rep_who_broke_it_when_the_manager_answers(karin):
    handoff = handed(karin)
    escalate(DUE)
    escalate(MONDAY_9AM + timedelta(days=1, hours=1))
    manager = handoff.open_offer.user
    handoff.refresh_from_db()
    handoff.accept(by=manager, seen=handoff.lock, at=MONDAY_9AM + timedelta(days=1, hours=2))

    assert table() == [
        ("Jonas Weil", date(2026, 11, 16), 1, 1, 0),
        ("Karin Holt", date(2026, 11, 16), 1, 0, 1),
    ]


def test_what_was_taken_back_or_passed_on_in_time_promises_nothing(karin):
    undone = handed(karin)
    undone.accept(by=karin, seen=0, at=MONDAY_9AM)
    undone.undo(by=karin, at=MONDAY_9AM)
    type(karin).objects.filter(pk=karin.pk).update(is_active=False)
    make.rep("Marit Dahl")
    escalate(MONDAY_9AM + MINUTE)

    assert table() == [("Marit Dahl", date(2026, 11, 16), 1, 0, 1)]


def test_a_late_answer_that_was_taken_back_breaks_the_promise_once(karin):
    handoff, late = handed(karin), DUE + MINUTE
    handoff.accept(by=karin, seen=0, at=late)
    handoff.undo(by=karin, at=late)
    handoff.refresh_from_db()
    handoff.accept(by=karin, seen=handoff.lock, at=late)

    assert table() == [("Karin Holt", date(2026, 11, 16), 1, 0, 1)]


def test_a_week_is_the_week_of_the_zone_that_is_asked_for(karin):
    sunday_night = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    offer = handed(karin).offers.get()
    Offer.objects.filter(pk=offer.pk).update(due_at=sunday_night)
    later = MONDAY_9AM + timedelta(days=8)

    assert table(at=later) == [("Karin Holt", date(2026, 11, 16), 1, 0, 1)]
    assert table(at=later, zone=ZoneInfo("Europe/Oslo")) == [("Karin Holt", date(2026, 11, 23), 1, 0, 1)]


@pytest.mark.parametrize("which", ["promised", "kept", "broken"])
def test_every_number_has_exactly_its_leads_behind_it(karin, which):
    handed(karin).accept(by=karin, seen=0, at=DUE)
    handed(karin).reject(by=karin, seen=0, reason="spam", at=DUE + MINUTE)
    handed(karin)
    other = make.rep("Marit Dahl")
    handed(other)
    handed(karin, at=MONDAY_9AM + timedelta(days=7))
    at = MONDAY_9AM + timedelta(days=20)

    rows = reports.kept_by_rep_and_week(since=LONG_AGO, at=at, zone=UTC_ZONE)

    assert [getattr(row, which) for row in rows] == [
        reports.behind(row.where(which), at=at, zone=UTC_ZONE).count() for row in rows
    ]
    assert sum(row.promised for row in rows) == 5


def test_open_clocks_stand_in_the_order_of_their_promises_and_count_by_urgency(karin):
    last = handed(karin, at=MONDAY_9AM + timedelta(hours=3))
    first = handed(karin)

    clocks = reports.open_clocks(DUE - timedelta(minutes=10))

    assert [one.offer.handoff for one in clocks] == [first, last]
    assert reports.by_urgency(clocks) == {"late": 0, "soon": 1, "open": 1, "paused": 0}
    assert (clocks[0].clock.figure, clocks[0].clock.word) == ("0:10", "left")


def test_the_clock_of_a_rep_far_away_runs_in_their_own_hours():
    far = make.calendar("São Paulo", time_zone="America/Sao_Paulo")
    agreement = make.agreement()
    rep = make.rep("Lucía Prado", team=agreement.team, calendar=far)
    handoff = make.handoff(rep=rep, agreement=agreement)

    clock = reports.open_clocks(MONDAY_9AM)[0].clock

    assert handoff.open_offer.due_at == datetime(2026, 11, 16, 17, 0, tzinfo=UTC)  # 14:00 there
    assert (clock.urgency, clock.figure, clock.word) == ("paused", "4:00", "from Mon 09:00")


def test_breaches_are_listed_with_who_was_told(karin):
    handoff = handed(karin)
    escalate(DUE)

    found = reports.breaches(since=LONG_AGO, at=FRIDAY)

    assert [(one.handoff, [told.told.name for told in one.escalations.all()]) for one in found] == [
        (handoff, ["Jonas Weil"])
    ]


def test_each_number_is_one_query(karin, django_assert_num_queries):
    for _ in range(3):
        handed(karin)

    with django_assert_num_queries(1):
        reports.kept_by_rep_and_week(since=LONG_AGO, at=FRIDAY, zone=UTC_ZONE)
    with django_assert_num_queries(2):  # and one for everybody's absences
        reports.open_clocks(FRIDAY)
    with django_assert_num_queries(2):  # and one for what was told upward
        reports.breaches(since=LONG_AGO, at=FRIDAY)
