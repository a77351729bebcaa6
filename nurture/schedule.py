"""When is the next touch due: pure reckoning on calendar dates, for the engine and for previews alike."""

import calendar
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from nurture.models.step import Unit
from people.clock import NeverOpen, WorkingHours, local_instant, next_in_window

Place = tuple[uuid.UUID, int]  # a step's key and the number of its part; 0 is the wait of a branch
FAR = 5 * 366  # days without a working day: there will be none
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Station:
    """One part of one step, in the order in which a lead meets them, or a branch that waits for its hour."""

    step_id: int
    key: uuid.UUID
    part: int
    channel: str
    name: str
    wait: int  # after the station before, in units
    at_time: time | None = None
    unit: str = Unit.DAYS.value
    by_time: time | None = None
    event: str = ""  # it may fall due sooner, when they do this
    weights: tuple[int, ...] = (1,)  # of its variants

    @property
    def place(self) -> Place:
        return self.key, self.part


def due(station: Station, before: datetime, zone: ZoneInfo, window: WorkingHours) -> datetime:
    """The instant for this station after the one before: its wait, then its hours in the send window.

    Days are counted on the calendar of the lead's zone, never as multiples of 24 hours.
    """
    hours = narrowed(window, station.at_time, station.by_time)
    wanted = _WAITS[station.unit](station, before, zone, hours)
    return next_in_window(max(wanted, before), hours, zone)


def _hours(station: Station, before: datetime, zone: ZoneInfo, hours: WorkingHours) -> datetime:
    return before + timedelta(hours=station.wait)


def _on_day(find: Callable[[date, int, WorkingHours], date]):
    def wanted(station: Station, before: datetime, zone: ZoneInfo, hours: WorkingHours) -> datetime:
        local = before.astimezone(zone)
        day = find(local.date(), station.wait, hours.in_zone(zone, hours.country, hours.subdivision))
        return local_instant(day, station.at_time or local.time(), zone)

    return wanted


def _days(day: date, wait: int, hours: WorkingHours) -> date:
    return day + timedelta(days=wait)


def _working_days(day: date, wait: int, hours: WorkingHours) -> date:
    last = day
    while wait:
        day += DAY
        if hours.spans_on(day):
            wait, last = wait - 1, day
        if (day - last).days > FAR:
            raise NeverOpen("no working day lies ahead")
    return day


def _months(day: date, wait: int, hours: WorkingHours) -> date:
    """The same day of a later month, or its last."""
    years, month = divmod(day.month - 1 + wait, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _weekday(station: Station, before: datetime, zone: ZoneInfo, hours: WorkingHours) -> datetime:
    """The first such day whose hour has not passed; without an hour, today counts until it is over."""
    local = before.astimezone(zone)
    day = local.date() + timedelta(days=(station.wait - local.isoweekday()) % 7)
    wanted = local_instant(day, station.at_time or time(), zone)
    if wanted >= before or (station.at_time is None and day == local.date()):
        return wanted
    return local_instant(day + 7 * DAY, station.at_time or time(), zone)


_WAITS: dict[str, Callable[[Station, datetime, ZoneInfo, WorkingHours], datetime]] = {
    Unit.HOURS.value: _hours,
    Unit.DAYS.value: _on_day(_days),
    Unit.WORKING_DAYS.value: _on_day(_working_days),
    Unit.MONTHS.value: _on_day(_months),
    Unit.WEEKDAY.value: _weekday,
}


@lru_cache(maxsize=1024)
def narrowed(window: WorkingHours, at_time: time | None, by_time: time | None) -> WorkingHours:
    """The window between these times of day; where that leaves nothing, the window as it is."""
    if at_time is None and by_time is None:
        return window
    first = at_time.hour * 60 + at_time.minute if at_time else 0
    last = by_time.hour * 60 + by_time.minute if by_time else 24 * 60
    week = tuple(
        tuple(
            (max(start, first), min(end, last)) for start, end in spans if max(start, first) < min(end, last)
        )
        for spans in window.week
    )
    return replace(window, week=week) if any(week) else window


class Dates:
    """When stations are due after an instant, each reckoned once for a zone.

    A step may wait differently in another version of its track, so a station is known by its step's row.
    """

    def __init__(self, at: datetime):
        self.at = at
        self.known: dict[tuple[int, int, str], datetime] = {}

    def of(self, station: Station, zone: str, hours: WorkingHours) -> datetime:
        key = station.step_id, station.part, zone
        if key not in self.known:
            self.known[key] = due(station, self.at, zone_of(zone, hours), hours)
        return self.known[key]


def zone_of(name: str, window: WorkingHours) -> ZoneInfo:
    """The lead's own zone, else that of the track's calendar."""
    return _zone(name) or window.time_zone


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # no zone of that name: what zoneinfo raises
        return None
