"""The nights when clocks change, against reading minute by minute."""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from people.clock import (
    WorkingHours,
    add_working,
    is_open,
    local_instant,
    next_open,
    working_between,
)

ZONES = (
    "Europe/Oslo",
    "Europe/Lisbon",
    "America/New_York",
    "America/Sao_Paulo",  # at midnight, until 2019
    "America/Havana",  # midnight happens twice
    "America/Scoresbysund",  # once even from 00:00 back to 23:00 of the day before
    "Asia/Kathmandu",  # once, by a quarter of an hour
    "Australia/Lord_Howe",  # by half an hour
)
MINUTE = timedelta(minutes=1)


@lru_cache
def changes(zone):
    """The instants at which this zone changed its offset, 1985 to 2030, to the quarter hour."""
    info = ZoneInfo(zone)
    at, end, found = datetime(1985, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC), []
    while at < end:
        offset, following = at.astimezone(info).utcoffset(), at + timedelta(days=1)
        if following.astimezone(info).utcoffset() != offset:
            quarters = (at + timedelta(minutes=15 * n) for n in range(97))
            found.append(next(q for q in quarters if q.astimezone(info).utcoffset() != offset))
        at = following
    return found


@st.composite
def nights(draw):
    """An instant within a day of a zone's clock change, hours that may lie in the night, the change."""
    zone = draw(st.sampled_from(ZONES))
    change = draw(st.sampled_from(changes(zone)))
    at = change + MINUTE * draw(st.integers(-1500, 1500))
    marks = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=6)))
    spans = tuple((15 * a, 15 * b) for a, b in zip(marks[::2], marks[1::2], strict=False))
    week = tuple(spans if draw(st.booleans()) else ((0, 1440),) for _day in range(7))
    return at, WorkingHours(ZoneInfo(zone), week), change


def slowly_open(at, hours):
    """A minute is worked when clocks show a worked time for the first time."""
    local = at.astimezone(hours.time_zone)
    minute = local.hour * 60 + local.minute
    return local.fold == 0 and any(start <= minute < end for start, end in hours.week[local.weekday()])


@given(nights())
@settings(deadline=None, max_examples=300)
def test_open_and_next_open_agree_with_reading_minute_by_minute(night):
    at, hours, _change = night
    slow = at
    while not slowly_open(slow, hours):
        slow += MINUTE

    assert is_open(at, hours) is slowly_open(at, hours)
    assert next_open(at, hours) == slow


@given(nights(), st.integers(0, 1800))
@settings(deadline=None, max_examples=200)
def test_working_time_agrees_with_counting_minutes(night, length):
    at, hours, _change = night

    counted = sum(slowly_open(at + MINUTE * n, hours) for n in range(length))

    assert working_between(at, at + MINUTE * length, hours) == counted * 60


@given(nights(), st.integers(1, 1200))
@settings(deadline=None, max_examples=200)
def test_a_deadline_agrees_with_counting_minutes(night, minutes):
    at, hours, _change = night
    slow, left = at, minutes
    while left:
        left -= slowly_open(slow, hours)
        slow += MINUTE

    assert add_working(at, minutes, hours) == slow


@given(nights(), st.integers(-1, 1), st.integers(0, 1439))
@settings(deadline=None, max_examples=300)
def test_a_local_time_is_the_first_instant_whose_clock_has_reached_it(night, shift, minute):
    _at, hours, change = night
    day = change.astimezone(hours.time_zone).date() + timedelta(days=shift)
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    slow = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    while slow.astimezone(hours.time_zone).replace(tzinfo=None) < wall:
        slow += MINUTE

    assert local_instant(day, wall.time(), hours.time_zone) == slow


def test_minutes_past_a_midnight_that_clocks_undo_still_count():
    """In St John's, at 00:01 on a Sunday in 2006, it was 23:01 on the Saturday again."""
    hours = WorkingHours(ZoneInfo("America/St_Johns"), (((0, 1440),),) * 7)
    saturday_23 = datetime(2006, 10, 29, 1, 30, tzinfo=UTC)

    assert working_between(saturday_23, saturday_23 + timedelta(minutes=90), hours) == 61 * 60


def test_the_zones_do_change_their_clocks():
    """Else the four properties above would have nothing to say."""
    assert [len(changes(zone)) > 0 for zone in ZONES] == [True] * 8
