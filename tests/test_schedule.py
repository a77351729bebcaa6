"""When the next touch is due: calendar dates in the lead's own zone, in the hours of the track."""

import uuid
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from nurture.course import courses_of
from nurture.models.step import Unit
from nurture.permission import Cap, Standing, objection
from nurture.schedule import Dates, Station, due, zone_of
from people.clock import WorkingHours
from tests import make

OSLO, KATHMANDU = (ZoneInfo(name) for name in ("Europe/Oslo", "Asia/Kathmandu"))
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def window(*spans, days=EVERY_DAY, zone="Europe/Oslo", **more):
    return WorkingHours.parse({"time_zone": zone, "week": {day: list(spans) for day in days}, **more})


DAY = timedelta(days=1)
ALWAYS = window(["00:00", "24:00"])
OFFICE = window(["09:00", "12:00"], ["13:00", "17:00"], days=EVERY_DAY[:5])


def station(wait=0, at_time=None, part=1, key=None, **more):
    return Station(1, key or uuid.uuid4(), part, "email", "Step", wait, at_time, **more)


@pytest.mark.parametrize(
    ("unit", "wait", "at_time", "then"),
    [
        (Unit.HOURS, 5, None, (2026, 1, 30, 15, 30)),
        (Unit.DAYS, 3, time(9), (2026, 2, 2, 9)),
        (Unit.WORKING_DAYS, 2, time(9), (2026, 2, 3, 9)),
        (Unit.WORKING_DAYS, 0, None, (2026, 1, 30, 10, 30)),
        (Unit.MONTHS, 1, time(9), (2026, 3, 2, 9)),  # 28 February is a Saturday
        (Unit.MONTHS, 12, time(9), (2027, 2, 1, 9)),  # so is 30 January
        (Unit.WEEKDAY, 2, time(9), (2026, 2, 3, 9)),
        (Unit.WEEKDAY, 5, time(9), (2026, 2, 6, 9)),  # this Friday's nine o'clock is over
        (Unit.WEEKDAY, 5, time(11), (2026, 1, 30, 11)),
        (Unit.WEEKDAY, 5, None, (2026, 1, 30, 10, 30)),
    ],
)
def test_a_wait_is_counted_in_its_unit_on_the_leads_calendar(unit, wait, at_time, then):
    friday = oslo(2026, 1, 30, 10, 30)

    assert due(station(wait, at_time, unit=unit.value), friday, OSLO, OFFICE) == oslo(*then)


def test_two_versions_of_a_step_wait_each_in_its_own_way():
    now, dates, key = oslo(2026, 1, 30, 10, 30), Dates(oslo(2026, 1, 30, 10, 30)), uuid.uuid4()
    older, newer = (Station(row, key, 1, "email", "Step", wait) for row, wait in ((1, 2), (2, 4)))

    found = [dates.of(one, "Europe/Oslo", ALWAYS) for one in (older, newer, older)]

    assert found == [now + 2 * DAY, now + 4 * DAY, now + 2 * DAY]


def test_hours_that_end_in_the_night_wait_for_the_morning():
    assert due(station(8, unit="hours"), oslo(2026, 1, 29, 15), OSLO, OFFICE) == oslo(2026, 1, 30, 9)


def test_a_step_keeps_to_its_own_hours_within_the_tracks():
    """Not before 10, not after 11: at a quarter past eleven it is tomorrow at ten."""
    one = station(0, time(10), by_time=time(11))

    assert due(one, oslo(2026, 1, 29, 10, 40), OSLO, OFFICE) == oslo(2026, 1, 29, 10, 40)
    assert due(one, oslo(2026, 1, 29, 11, 15), OSLO, OFFICE) == oslo(2026, 1, 30, 10)
    assert due(one, oslo(2026, 1, 30, 11, 15), OSLO, OFFICE) == oslo(2026, 2, 2, 10)


def test_hours_that_leave_nothing_of_the_tracks_are_no_hours():
    assert due(station(0, time(20)), oslo(2026, 1, 29, 10), OSLO, OFFICE) == oslo(2026, 1, 30, 9)


def oslo(*parts):
    return datetime(*parts, tzinfo=OSLO)


def test_the_first_touch_goes_at_once_inside_the_window():
    assert due(station(), oslo(2026, 11, 16, 10, 5), OSLO, OFFICE) == oslo(2026, 11, 16, 10, 5)


def test_the_first_touch_of_a_night_waits_for_the_morning():
    assert due(station(), oslo(2026, 11, 20, 22), OSLO, OFFICE) == oslo(2026, 11, 23, 9)


@pytest.mark.parametrize("night", [(2026, 3, 28), (2026, 10, 24)])
def test_one_day_later_at_nine_is_nine_oclock_on_both_sides_of_a_clock_change(night):
    before = oslo(*night, 9)

    after = due(station(1, time(9)), before, OSLO, ALWAYS)

    assert after.astimezone(OSLO).replace(tzinfo=None) == datetime(*night, 9) + timedelta(days=1)  # noqa: DTZ001


def test_without_a_time_of_day_the_touch_keeps_that_of_the_one_before():
    assert due(station(3), oslo(2026, 11, 16, 15, 30), OSLO, OFFICE) == oslo(2026, 11, 19, 15, 30)


def test_a_time_that_does_not_exist_moves_to_the_next_valid_one():
    assert due(station(1, time(2, 30)), oslo(2026, 3, 28, 9), OSLO, ALWAYS) == oslo(2026, 3, 29, 3)


def test_not_before_nine_in_the_afternoon_is_now():
    assert due(station(0, time(9)), oslo(2026, 11, 16, 14), OSLO, OFFICE) == oslo(2026, 11, 16, 14)


def test_somebody_in_kathmandu_is_written_to_in_their_morning():
    """09:00 at +5:45, from a calendar of São Paulo."""
    hours = window(["09:00", "12:00"], ["13:00", "17:00"], zone="America/Sao_Paulo")

    at = due(station(1), datetime(2026, 11, 16, 20, tzinfo=UTC), KATHMANDU, hours)

    assert at == datetime(2026, 11, 18, 9, tzinfo=KATHMANDU)


def test_a_holiday_in_the_middle_is_skipped():
    hours = window(["09:00", "17:00"], country="NO")

    assert due(station(1), oslo(2026, 12, 24, 10), OSLO, hours) == oslo(2026, 12, 27, 9)


def test_a_zone_that_nobody_knows_is_the_calendars():
    assert [zone_of(name, OFFICE).key for name in ("", "Mars/Crater", "Asia/Kathmandu")] == [
        "Europe/Oslo",
        "Europe/Oslo",
        "Asia/Kathmandu",
    ]


@pytest.mark.django_db
def test_the_parts_of_a_step_are_dated_from_its_first():
    track = make.track(
        steps=[
            (2, "email", {"channel": "call", "wait_days": 2}, {"channel": "email", "wait_days": 5}),
            (4, "email"),
        ]
    )
    version = track.versions.exclude(published_at=None).get()

    stations = courses_of([version.pk])[version.pk].stations

    assert [(one.channel, one.part, one.wait) for one in stations] == [
        ("email", 1, 2),
        ("call", 2, 2),
        ("email", 3, 3),
        ("email", 1, 4),
    ]


# --- the cap ------------------------------------------------------------------------------------------


def test_a_cap_is_read_as_it_is_written():
    assert [Cap.parse(text) for text in ("", " ", "3/7", "0/7")] == [None, None, Cap(3, 7), Cap(0, 7)]
    with pytest.raises(ValueError, match="3/0"):
        Cap.parse("3/0")


def test_the_cap_frees_when_the_oldest_counted_mail_is_seven_days_old():
    at = oslo(2026, 11, 20, 12)
    sent = tuple(at - timedelta(days=days) for days in (6, 2, 1, 9))

    assert Cap(3, 7).free_at(sent, at) == at + timedelta(days=1)
    assert Cap(4, 7).free_at(sent, at) == at
    assert Cap(0, 7).free_at((), at) is None


def test_the_first_free_instant_moves_into_the_window():
    at = oslo(2026, 11, 20, 12)  # a Friday
    standing = Standing(at, OSLO, OFFICE, "a@x.example", sent=(at - timedelta(days=6),))

    against = objection(standing, at=at, cap=Cap(1, 7))

    assert (against.reason, against.until) == ("Put off by the contact cap", oslo(2026, 11, 23, 9))


def test_a_touch_a_little_late_still_goes_after_hours():
    closed = oslo(2026, 11, 20, 17, 10)

    assert objection(Standing(oslo(2026, 11, 20, 16, 55), OSLO, OFFICE, "a@x.example"), at=closed) is None
    late = objection(Standing(oslo(2026, 11, 20, 16, 0), OSLO, OFFICE, "a@x.example"), at=closed)
    assert late.until == oslo(2026, 11, 23, 9)
