"""Working-time arithmetic, the one module for touches and for promises.

All instants are aware and come back in UTC; days, absences (both ends included) and spans are read on
the clock of the hours' own zone. Two rules settle the nights when clocks change: a local time that does
not exist moves to the next valid one, and one that happens twice counts once, the first time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.translation import gettext as _

from people.hours import DAY_END, WorkingHours

__all__ = [
    "Clock",
    "NeverOpen",
    "WorkingHours",
    "add_working",
    "in_window",
    "is_open",
    "local_instant",
    "next_in_window",
    "next_open",
    "working_between",
]

Absences = Sequence[tuple[date, date]]
Opening = tuple[datetime, datetime]  # from and until, in UTC

DAY = timedelta(days=1)
PATIENCE = timedelta(days=5 * 366)  # no open hour in five years: there will be none
SOON = timedelta(minutes=30)


class NeverOpen(ValueError):
    """No working hour lies ahead: the hours, holidays and absences leave none."""


def add_working(start: datetime, minutes: int, hours: WorkingHours, absences: Absences = ()) -> datetime:
    """The first instant at which this many working minutes have passed since `start`."""
    start, left = _utc(start), timedelta(minutes=minutes)
    if minutes < 0:
        raise ValueError("working time can only be added")
    if not left:
        return start
    for opening, closing in _openings(start, hours, absences):
        if closing - opening >= left:
            return opening + left
        left -= closing - opening
    raise AssertionError("openings never end, they raise")


def working_between(a: datetime, b: datetime, hours: WorkingHours, absences: Absences = ()) -> int:
    """Working seconds from `a` until `b`; none when `b` is not after `a`."""
    a, b = _utc(a), _utc(b)
    total = timedelta()
    for day in _days(a, b, hours.time_zone):
        for opening, closing in _openings_on(hours, day, absences):
            total += max(min(closing, b) - max(opening, a), timedelta())
    return total // timedelta(seconds=1)


def next_open(at: datetime, hours: WorkingHours, absences: Absences = ()) -> datetime:
    """The first working instant from `at` on, which is `at` itself inside working hours."""
    return next(_openings(_utc(at), hours, absences))[0]


def is_open(at: datetime, hours: WorkingHours, absences: Absences = ()) -> bool:
    """Is this instant working time?"""
    at = _utc(at)
    day = at.astimezone(hours.time_zone).date()
    return any(opening <= at < closing for opening, closing in _openings_on(hours, day, absences))


def in_window(at: datetime, window: WorkingHours, zone: ZoneInfo) -> bool:
    """May something go out at this instant, by the window read on the clock of this zone?"""
    return is_open(at, window.in_zone(zone, window.country, window.subdivision))


def next_in_window(at: datetime, window: WorkingHours, zone: ZoneInfo) -> datetime:
    """The first instant from `at` on that lies in the window, read on the clock of this zone."""
    return next_open(at, window.in_zone(zone, window.country, window.subdivision))


def local_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant when clocks of this zone first show this time on this day, or would have shown it."""
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    before, after = (_wall_offset(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if after > before:  # the clocks jumped over it
        return _offset_change(_aware(wall - after), _aware(wall - before), zone)
    return _aware(wall - before)


def _openings(at: datetime, hours: WorkingHours, absences: Absences) -> Iterator[Opening]:
    """What is open from `at` on, in order and cut at `at`; NeverOpen when nothing more will be."""
    day = last_open = at.astimezone(hours.time_zone).date()
    while day - last_open < PATIENCE and day < date.max:
        for opening, closing in _openings_on(hours, day, absences):
            if closing > at:
                last_open = day
                yield max(opening, at), closing
        day += DAY
    raise NeverOpen(_("No working hour lies ahead."))


def _openings_on(hours: WorkingHours, day: date, absences: Absences) -> Sequence[Opening]:
    if any(first <= day <= last for first, last in absences):
        return ()
    return _day_openings(hours, day)


@lru_cache(maxsize=50_000)
def _day_openings(hours: WorkingHours, day: date) -> tuple[Opening, ...]:
    zone = hours.time_zone
    return tuple(
        opening
        for start, end in hours.spans_on(day)
        for opening in _first_passes(_at_minute(day, start, zone), _at_minute(day, end, zone), zone)
    )


def _first_passes(opening: datetime, closing: datetime, zone: ZoneInfo) -> Iterator[Opening]:
    """The stretch without the part of it in which clocks show the same times again."""
    back = _offset(opening, zone) - _offset(closing, zone)
    if back > timedelta():
        change = _offset_change(opening, closing, zone)
        yield opening, change
        opening = change + back
    if opening < closing:
        yield opening, closing


def _at_minute(day: date, minute: int, zone: ZoneInfo) -> datetime:
    if minute == DAY_END:
        return local_instant(day + DAY, time(), zone)
    return local_instant(day, time(minute // 60, minute % 60), zone)


def _offset_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second between these two in which the zone's offset changes, found by halving."""
    offset = _offset(before, zone)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (middle, after) if _offset(middle, zone) == offset else (before, middle)
    return after


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return _wall_offset(at.astimezone(zone))


def _wall_offset(local: datetime) -> timedelta:
    offset = local.utcoffset()
    assert offset is not None
    return offset


def _days(a: datetime, b: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Each calendar day that the stretch touches, one more at its end for clocks going back at midnight."""
    first, last = a.astimezone(zone).date(), b.astimezone(zone).date()
    return (first + DAY * step for step in range((last - first).days + 2))


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return at.astimezone(UTC)


def _aware(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Clock:
    """How much working time a promise has left, as a page shows it."""

    urgency: str  # open, soon, late or paused
    figure: str  # hours and minutes of working time
    word: str
    used: int  # of the promise, 0 to 100

    @classmethod
    def of(
        cls, start: datetime, due: datetime, now: datetime, hours: WorkingHours, absences: Absences = ()
    ) -> "Clock":
        """Read the clock of a promise made at `start`."""
        promised = working_between(start, due, hours, absences)
        left = working_between(now, due, hours, absences)
        used = round(100 * max(promised - left, 0) / promised) if promised else 100
        if now > due:
            return cls("late", _figure(working_between(due, now, hours, absences)), _("late"), 100)
        if not is_open(now, hours, absences):
            return cls("paused", _figure(left), _resumes(now, hours, absences), used)
        soon = left < min(SOON.total_seconds(), promised / 2)
        return cls("soon" if soon else "open", _figure(left), _("left"), used)


def _figure(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}"


def _resumes(now: datetime, hours: WorkingHours, absences: Absences) -> str:
    """From when the clock runs on, in the hours' own zone; a date where a weekday would not be clear."""
    try:
        opens = next_open(now, hours, absences)
    except NeverOpen:
        return _("no hours ahead")
    shape = "D H:i" if opens - _utc(now) < timedelta(days=6) else "j M H:i"
    return _("from %(time)s") % {"time": dateformat.format(opens.astimezone(hours.time_zone), shape)}
