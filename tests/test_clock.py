"""Promises, windows and the clock on a page."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from people.clock import (
    Clock,
    NeverOpen,
    WorkingHours,
    add_working,
    in_window,
    is_open,
    local_instant,
    next_in_window,
    next_open,
    working_between,
)
from tests.hours import OFFICE, OFFICE_DAYS, OSLO, nine_to_five, office, oslo

# --- promises -----------------------------------------------------------------------------------------


def test_four_hours_promised_on_friday_at_16_59_pause_over_the_weekend():
    hours = nine_to_five("Europe/Oslo")

    assert add_working(oslo(2026, 11, 20, 16, 59), 240, hours) == oslo(2026, 11, 23, 12, 59)


def test_the_clock_stops_over_lunch():
    assert add_working(oslo(2026, 11, 23, 11, 30), 60, office()) == oslo(2026, 11, 23, 13, 30)


def test_a_promise_that_fills_the_day_ends_when_the_day_ends():
    assert add_working(oslo(2026, 11, 23, 8), 450, office()) == oslo(2026, 11, 23, 16, 30)


def test_seconds_are_kept():
    start = oslo(2026, 11, 23, 11, 59, 30)

    due = add_working(start, 1, office())

    assert due == oslo(2026, 11, 23, 13, 0, 30)
    assert working_between(start, due, office()) == 60


def test_holidays_closed_days_and_absences_do_not_count():
    christmas_week = oslo(2026, 12, 23, 16)  # 24th closed, 25th and 26th holidays, then a weekend

    due = add_working(christmas_week, 60, office(), absences=[(date(2026, 12, 28), date(2026, 12, 29))])

    assert due == oslo(2026, 12, 30, 8, 30)


def test_a_holiday_of_one_region_closes_only_there():
    day = datetime(2026, 7, 9, 14, tzinfo=UTC)  # the revolution of Sao Paulo
    brazil = {**OFFICE, "time_zone": "America/Sao_Paulo", "country": "BR"}

    assert is_open(day, WorkingHours.parse(brazil)) is True
    assert is_open(day, WorkingHours.parse({**brazil, "subdivision": "SP"})) is False


def test_working_time_runs_forward_only():
    assert working_between(oslo(2026, 11, 24, 9), oslo(2026, 11, 23, 9), office()) == 0


def test_no_minutes_means_at_once():
    saturday = oslo(2026, 11, 21, 9)

    assert add_working(saturday, 0, office()) == saturday


def test_time_is_never_taken_back():
    with pytest.raises(ValueError, match="only be added"):
        add_working(oslo(2026, 11, 23, 9), -1, office())


@pytest.mark.parametrize("question", [is_open, next_open])
def test_an_instant_without_a_zone_is_refused(question):
    with pytest.raises(ValueError, match="time zone"):
        question(datetime(2026, 11, 23, 9), office())  # noqa: DTZ001  the point of it


def test_ten_years_are_counted_day_by_day():
    hours = nine_to_five("Asia/Kathmandu")
    start = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Kathmandu"))  # a Thursday
    end = start.replace(year=2036)
    working_days = sum((date(2026, 1, 1) + timedelta(days=n)).weekday() < 5 for n in range(3652))

    assert working_between(start, end, hours) == working_days * 8 * 3600
    assert add_working(start, working_days * 480, hours) == datetime(2035, 12, 31, 11, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "ask",
    [
        lambda at, hours, away: next_open(at, hours, away),
        lambda at, hours, away: add_working(at, 30, hours, away),
    ],
)
def test_when_nobody_ever_comes_back_the_question_ends_with_an_error(ask):
    for_ever = [(date(2026, 1, 1), date.max)]

    with pytest.raises(NeverOpen):
        ask(oslo(2026, 11, 23, 9), office(), for_ever)


def test_five_years_away_is_as_good_as_gone():
    at = oslo(2026, 11, 23, 9)

    assert next_open(at, office(), [(at.date(), date(2030, 11, 22))]) == oslo(2030, 11, 25, 8)
    with pytest.raises(NeverOpen):
        next_open(at, office(), [(at.date(), date(2031, 12, 31))])


def test_more_time_than_the_calendar_has_ends_with_an_error():
    with pytest.raises(NeverOpen):
        add_working(datetime(9999, 1, 1, tzinfo=UTC), 10_000_000, nine_to_five("UTC"))


# --- days and windows ---------------------------------------------------------------------------------


def test_nine_o_clock_on_the_third_day_stays_nine_o_clock_when_the_clocks_change():
    before, after = (local_instant(date(2026, 3, day), time(9), OSLO) for day in (28, 29))

    assert (before, after) == (oslo(2026, 3, 28, 9), oslo(2026, 3, 29, 9))
    assert after - before == timedelta(hours=23)


def test_a_time_that_does_not_exist_moves_to_the_next_valid_one():
    assert local_instant(date(2026, 3, 29), time(2, 30), OSLO) == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_a_time_that_happens_twice_is_meant_the_first_time():
    assert local_instant(date(2026, 10, 25), time(2, 30), OSLO) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_day_that_a_zone_skipped_begins_with_the_next_one():
    apia = ZoneInfo("Pacific/Apia")

    assert local_instant(date(2011, 12, 30), time(9), apia) == datetime(2011, 12, 31, tzinfo=apia)


def test_the_window_follows_the_lead_and_the_promise_the_rep():
    """A lead in Kathmandu, a rep in Sao Paulo, a holiday in the middle, the clocks changing that night."""
    window = WorkingHours.parse(
        {
            "time_zone": "UTC",
            "week": {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in OFFICE_DAYS},
        }
    )
    kathmandu = ZoneInfo("Asia/Kathmandu")
    rep = nine_to_five("America/Sao_Paulo", country="BR")
    friday_noon = datetime(2018, 11, 2, 12, tzinfo=kathmandu)  # All Souls' Day in Brazil

    assert in_window(friday_noon, window, kathmandu) is False
    assert next_in_window(friday_noon, window, kathmandu) == datetime(2018, 11, 2, 7, 15, tzinfo=UTC)
    # Clocks in Sao Paulo went forward in the night to Sunday: Monday 09:00 is 11:00 UTC, not 12:00.
    assert add_working(friday_noon, 240, rep) == datetime(2018, 11, 5, 15, tzinfo=UTC)


def test_the_lead_s_own_holidays_close_a_window():
    window = nine_to_five("UTC").in_zone(ZoneInfo("Asia/Kathmandu"), country="NP")
    constitution_day = datetime(2025, 9, 19, 6, tzinfo=UTC)

    # A Friday; the Monday after it is Ghatasthapana.
    assert next_open(constitution_day, window) == datetime(2025, 9, 23, 3, 15, tzinfo=UTC)


# --- the clock on a page ------------------------------------------------------------------------------

START = oslo(2026, 11, 23, 9)  # Monday
DUE = oslo(2026, 11, 23, 13)


@pytest.mark.parametrize(
    ("now", "clock"),
    [
        (oslo(2026, 11, 23, 9, 22), Clock("open", "3:38", "left", 9)),
        (oslo(2026, 11, 23, 12, 30), Clock("open", "0:30", "left", 88)),
        (oslo(2026, 11, 23, 12, 47), Clock("soon", "0:13", "left", 95)),
        (oslo(2026, 11, 23, 13), Clock("soon", "0:00", "left", 100)),
        (oslo(2026, 11, 23, 14, 2), Clock("late", "1:02", "late", 100)),
        (oslo(2026, 11, 23, 20), Clock("late", "4:00", "late", 100)),
    ],
)
def test_the_clock_says_what_is_left_of_four_hours(now, clock):
    assert Clock.of(START, DUE, now, nine_to_five("Europe/Oslo")) == clock


def test_half_the_promise_is_soon_enough_for_a_short_one():
    hours, due = nine_to_five("Europe/Oslo"), oslo(2026, 11, 23, 9, 30)

    assert Clock.of(START, due, oslo(2026, 11, 23, 9, 15), hours) == Clock("open", "0:15", "left", 50)
    assert Clock.of(START, due, oslo(2026, 11, 23, 9, 17), hours) == Clock("soon", "0:13", "left", 57)


def test_outside_hours_the_clock_says_when_it_runs_on():
    hours = nine_to_five("Europe/Oslo")
    offered, due = oslo(2026, 11, 20, 17), oslo(2026, 11, 23, 13)

    assert Clock.of(offered, due, oslo(2026, 11, 21, 12), hours) == Clock(
        "paused", "4:00", "from Mon 09:00", 0
    )


def test_a_long_pause_names_the_date():
    hours, away = nine_to_five("Europe/Oslo"), [(date(2026, 11, 24), date(2026, 12, 1))]

    clock = Clock.of(START, oslo(2026, 12, 2, 13), oslo(2026, 11, 24, 12), hours, away)

    assert clock == Clock("paused", "4:00", "from 2 Dec 09:00", 67)


def test_the_clock_of_somebody_who_never_returns_still_stands_on_the_page():
    clock = Clock.of(START, DUE, START, nine_to_five("Europe/Oslo"), [(date(2026, 1, 1), date.max)])

    assert clock == Clock("paused", "0:00", "no hours ahead", 100)
