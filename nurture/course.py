"""Which station comes next: a track's version as a tree of stops, walked by one pure function.

The engine walks it with conditions read from the database, a preview with invented answers: who decides
whether a lane's condition holds is an argument.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from nurture.models import Lane, Part, Step
from nurture.models.step import Unit
from nurture.models.track import ChannelName
from nurture.schedule import Place, Station, due
from people.clock import WorkingHours


@dataclass(frozen=True)
class Way:
    """A lane of a branch: for whom, and what it leads past. Without a condition it is for everybody else."""

    lane_id: int
    name: str
    condition: Mapping[str, Any] | None
    finishes: bool
    stops: "tuple[Stop, ...]"


@dataclass(frozen=True)
class Stop:
    """One step: the stations that it has, and the ways on from it if it is a branch."""

    key: uuid.UUID
    stations: tuple[Station, ...]
    ways: tuple[Way, ...] = ()


Decide = Callable[[Way], bool]  # does the condition of this lane hold?


@dataclass(frozen=True)
class Course:
    """A version's stops in order, with the ways that branch off."""

    stops: tuple[Stop, ...] = ()

    @property
    def stations(self) -> tuple[Station, ...]:
        """Every station, a branch before its ways."""
        return tuple(station for stop in _every(self.stops) for station in stop.stations)

    @property
    def keys(self) -> set[uuid.UUID]:
        return {stop.key for stop in _every(self.stops)}


@dataclass(frozen=True)
class Dated:
    """A station with the instant at which it falls due."""

    station: Station
    due_at: datetime


def following(
    course: Course, after: Place | None, met: Collection[Place], decide: Decide = lambda way: False
) -> Station | None:
    """The next station that this lead has not met yet; none at the end of the track.

    A branch is decided when its wait is over. The first lane whose condition holds is taken, and a lead
    that no lane is for goes on after the branch.
    """
    if after is None:
        return _walk([(course.stops, 0, False)], None, met, decide)
    path = _path(course.stops, after[0], ends=False)
    if path is None:
        raise KeyError(after)
    return _walk(path, after[1], met, decide)


Path = list[tuple[tuple[Stop, ...], int, bool]]  # stretches from the outermost in; does the track end there?


def _walk(path: Path, part: int | None, met: Collection[Place], decide: Decide) -> Station | None:
    """On from the innermost place; inside a stop, its later parts and then its ways come first."""
    while path:
        stops, index, ends = path.pop()
        if index == len(stops):
            if ends:
                return None
            continue
        stop = stops[index]
        path.append((stops, index + 1, ends))
        for station in stop.stations:
            if (part is None or station.part > part) and station.place not in met:
                return station
        part = None
        way = next((way for way in stop.ways if way.condition is None or decide(way)), None)
        if way:
            path.append((way.stops, 0, way.finishes))
    return None


def _path(stops: tuple[Stop, ...], key: uuid.UUID, *, ends: bool) -> Path | None:
    """Where this step stands; the outer stretches go on behind their branch."""
    for index, stop in enumerate(stops):
        if stop.key == key:
            return [(stops, index, ends)]
        for way in stop.ways:
            if (found := _path(way.stops, key, ends=way.finishes)) is not None:
                return [(stops, index + 1, ends), *found]
    return None


def _every(stops: tuple[Stop, ...]) -> Iterator[Stop]:
    for stop in stops:
        yield stop
        for way in stop.ways:
            yield from _every(way.stops)


def standing(course: Course, before: Course, place: Place) -> Place | None:
    """Where somebody stands on this course who stood at `place` of the one before.

    A step that is there no more counts as the last one before it that still is; none is the beginning.
    """
    keys = course.keys
    places = [station.place for station in before.stations]
    here = places.index(place) if place in places else -1
    return next((one for one in reversed(places[: here + 1]) if one[0] in keys), None)


def plan(
    course: Course,
    at: datetime,
    zone: ZoneInfo,
    window: WorkingHours,
    met: Collection[Place] = (),
    decide: Decide = lambda way: False,
) -> list[Dated]:
    """Every touch of a track as it would fall due for somebody enrolled at this instant."""
    dated: list[Dated] = []
    been, after = set(met), None
    while station := following(course, after, been, decide):
        at, after = due(station, at, zone, window), station.place
        been.add(after)
        dated.append(Dated(station, at))
    return dated


def courses_of(versions: Collection[int]) -> dict[int, Course]:
    """The course of each of these versions, in a constant number of queries."""
    lanes, steps = defaultdict(list), defaultdict(list)
    for lane in Lane.objects.filter(branch__version__in=versions).order_by("number"):
        lanes[lane.branch_id].append(lane)
    found = Step.objects.filter(version__in=versions).prefetch_related("parts__variants")
    for step in found.order_by("position"):
        steps[step.version_id, step.lane_id].append(step)
    return {version: Course(_stops(version, None, steps, lanes)) for version in versions}


def _stops(version: int, lane: int | None, steps: Mapping, lanes: Mapping) -> tuple[Stop, ...]:
    return tuple(
        Stop(
            step.key,
            tuple(stations_of(step, bool(lanes[step.pk]))),
            tuple(
                Way(one.pk, one.name, one.condition, one.then == Lane.Then.FINISH,
                    _stops(version, one.pk, steps, lanes))
                for one in lanes[step.pk]
            ),
        )
        for step in steps[version, lane]
    )  # fmt: skip


def stations_of(step: Step, branches: bool) -> Iterator[Station]:
    """The first part of a step waits for the step before; the others are dated from the first part."""
    timing = {"at_time": step.at_time, "unit": step.unit, "by_time": step.by_time, "event": step.event}
    if branches and (step.wait or step.event or step.unit == Unit.WEEKDAY):
        yield Station(step.pk, step.key, 0, ChannelName.WAIT, step.name, step.wait, **timing)  # type: ignore[arg-type]
    before: Part | None = None
    for part in step.parts.all():
        named = (step.pk, step.key, part.number, part.channel, step.name)
        weights = (part.weight, *(other.weight for other in part.variants.all()))
        if before is None:
            yield Station(*named, step.wait, weights=weights, **timing)  # type: ignore[arg-type]
        else:
            wait = max(part.wait_days - before.wait_days, 0)
            yield Station(*named, wait, by_time=step.by_time, weights=weights)
        before = part


@lru_cache(maxsize=500)
def published_course(version: int) -> Course:
    """The course of a published version, read once: it never changes."""
    return courses_of([version])[version]
