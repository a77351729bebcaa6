"""When is the next touch due: pure reckoning on calendar dates, for the engine and for previews alike."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from nurture.models import Part
from people.clock import WorkingHours, local_instant, next_in_window

Place = tuple[uuid.UUID, int]  # a step's key and the number of its part


@dataclass(frozen=True)
class Station:
    """One part of one step, in the order in which a lead meets them."""

    step_id: int
    key: uuid.UUID
    part: int
    channel: str
    name: str
    wait: int  # days after the station before
    at_time: time | None = None

    @property
    def place(self) -> Place:
        return self.key, self.part


@dataclass(frozen=True)
class Dated:
    """A station with the instant at which it falls due."""

    station: Station
    due_at: datetime


def due(station: Station, before: datetime, zone: ZoneInfo, window: WorkingHours) -> datetime:
    """The instant for this station after the one before: so many dates later, in the send window.

    Days are counted on the calendar of the lead's zone, never as multiples of 24 hours.
    """
    local = before.astimezone(zone)
    day = local.date() + timedelta(days=station.wait)
    wanted = local_instant(day, station.at_time or local.time(), zone)
    return next_in_window(max(wanted, before), window, zone)


def following(stations: Sequence[Station], after: Place | None, met: Collection[Place]) -> Station | None:
    """The next station that the lead has not met yet; none at the end of the track."""
    places = [station.place for station in stations]
    start = places.index(after) + 1 if after else 0
    return next((station for station in stations[start:] if station.place not in met), None)


def plan(
    stations: Sequence[Station],
    at: datetime,
    zone: ZoneInfo,
    window: WorkingHours,
    met: Collection[Place] = (),
) -> list[Dated]:
    """Every touch of a track as it would fall due for somebody enrolled at this instant."""
    dated: list[Dated] = []
    for station in stations:
        if station.place not in met:
            at = due(station, at, zone, window)
            dated.append(Dated(station, at))
    return dated


def zone_of(name: str, window: WorkingHours) -> ZoneInfo:
    """The lead's own zone, else that of the track's calendar."""
    return _zone(name) or window.time_zone


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):  # no zone of that name: what zoneinfo raises
        return None


def stations_of(versions: Collection[int]) -> dict[int, list[Station]]:
    """The stations of these versions in order, in one query."""
    found: dict[int, list[Station]] = {version: [] for version in versions}
    parts = Part.objects.filter(step__version__in=found).select_related("step")
    before: Part | None = None
    for part in parts.order_by("step__version", "step__position", "number"):
        found[part.step.version_id].append(_station(part, before))
        before = part
    return found


@lru_cache(maxsize=500)
def published_stations(version: int) -> tuple[Station, ...]:
    """The stations of a published version, read once: they never change."""
    return tuple(stations_of([version])[version])


def _station(part: Part, before: Part | None) -> Station:
    """The first part of a step waits for the step before; the others are dated from the first part."""
    step = part.step
    follows = before is not None and before.step_id == step.pk
    wait = max(part.wait_days - (before.wait_days if before else 0), 0) if follows else step.wait_days
    at_time = None if follows else step.at_time
    return Station(step.pk, step.key, part.number, part.channel, step.name, wait, at_time)
