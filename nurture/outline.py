"""A track as its marketer sees it: steps in order, branches with their lanes; every edit is a pure function.

A stretch is a row of steps: the track's own, called "", or that of a lane, called by the key of its branch
and its number. All values are plain JSON, so that an outline is what is exported, kept for undoing and
copied from one track into another.
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

Steps = tuple["StepPlan", ...]


@dataclass(frozen=True)
class Wording:
    """Other words for a part, and their share."""

    subject: str = ""
    body: str = ""
    weight: int = 1


@dataclass(frozen=True)
class PartPlan:
    """One channel's share of a step; its own words are variant A."""

    channel: str
    subject: str = ""
    body: str = ""
    asset: str = ""  # by its name
    wait_days: int = 0
    weight: int = 1
    variants: tuple[Wording, ...] = ()


@dataclass(frozen=True)
class LanePlan:
    """One way on from a branch."""

    name: str
    condition: Any = None
    then: str = "join"
    steps: Steps = ()


@dataclass(frozen=True)
class StepPlan:
    """One step: reaching somebody by its parts, or branching off into its lanes."""

    name: str
    key: str = ""
    wait: int = 0
    unit: str = "days"
    event: str = ""
    at_time: str = ""  # HH:MM
    by_time: str = ""
    parts: tuple[PartPlan, ...] = ()
    lanes: tuple[LanePlan, ...] = ()


@dataclass(frozen=True)
class Outline:
    """The whole plan of one version."""

    steps: Steps = ()
    goal: Any = None
    exit: Any = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class NoSuchPlace(LookupError):
    """The step or lane isn't there, or is inside what would be moved into it."""


def every(steps: Steps) -> Iterator[StepPlan]:
    """Each step as the storyboard is read: a branch, then its lanes."""
    for step in steps:
        yield step
        for lane in step.lanes:
            yield from every(lane.steps)


def find(outline: Outline, key: str) -> StepPlan:
    for step in every(outline.steps):
        if step.key == key:
            return step
    raise NoSuchPlace(key)


def stretch_name(branch: str, number: int) -> str:
    return f"{branch}.{number}"


def stretches(outline: Outline) -> dict[str, Steps]:
    """Every stretch by its name."""
    found = {"": outline.steps}
    for step in every(outline.steps):
        found |= {stretch_name(step.key, number): lane.steps for number, lane in enumerate(step.lanes)}
    return found


def place_of(outline: Outline, key: str) -> tuple[str, int]:
    """The stretch in which a step stands, and its index there."""
    for name, steps in stretches(outline).items():
        for index, step in enumerate(steps):
            if step.key == key:
                return name, index
    raise NoSuchPlace(key)


def _change(outline: Outline, change: Callable[[Steps, str], Steps]) -> Outline:
    """Every stretch changed, from the outermost in."""

    def walk(steps: Steps, name: str) -> Steps:
        return tuple(
            replace(step, lanes=tuple(
                replace(lane, steps=walk(lane.steps, stretch_name(step.key, number)))
                for number, lane in enumerate(step.lanes)
            ))
            for step in change(steps, name)
        )  # fmt: skip

    return replace(outline, steps=walk(outline.steps, ""))


def put(outline: Outline, step: StepPlan) -> Outline:
    """Write a step in the place of the one with its key."""
    find(outline, step.key)
    return _change(outline, lambda steps, _name: tuple(step if one.key == step.key else one for one in steps))


def insert(outline: Outline, step: StepPlan, stretch: str = "", index: int | None = None) -> Outline:
    """Put a step into a stretch: before the one with this index, or at its end."""
    there = stretches(outline).get(stretch)
    if there is None:
        raise NoSuchPlace(stretch)
    at = len(there) if index is None else max(0, min(index, len(there)))
    return _change(
        outline, lambda steps, name: (*steps[:at], step, *steps[at:]) if name == stretch else steps
    )


def remove(outline: Outline, key: str) -> Outline:
    """Take a step out, a branch with all its lanes."""
    find(outline, key)
    return _change(outline, lambda steps, _name: tuple(one for one in steps if one.key != key))


def move(outline: Outline, key: str, stretch: str, index: int) -> Outline:
    """Put a step elsewhere; the index counts without it."""
    step = find(outline, key)
    return insert(remove(outline, key), step, stretch, index)


def shift(outline: Outline, key: str, by: int) -> Outline:
    """Move a step earlier (-1) or later (+1) in its stretch."""
    stretch, index = place_of(outline, key)
    return move(outline, key, stretch, max(0, index + by))


def fresh(steps: Steps) -> Steps:
    """The same steps under new keys, their conditions speaking of the copies."""
    keys = {step.key: str(uuid.uuid4()) for step in every(steps)}

    def copy(step: StepPlan) -> StepPlan:
        lanes = tuple(
            replace(lane, condition=rekeyed(lane.condition, keys), steps=tuple(map(copy, lane.steps)))
            for lane in step.lanes
        )
        return replace(step, key=keys[step.key], lanes=lanes)

    return tuple(map(copy, steps))


def cloned(outline: Outline) -> Outline:
    """The whole outline under new keys."""
    steps = fresh(outline.steps)
    keys = {old.key: new.key for old, new in zip(every(outline.steps), every(steps), strict=True)}
    return Outline(steps, rekeyed(outline.goal, keys), rekeyed(outline.exit, keys))


def rekeyed(condition: Any, keys: Mapping[str, str]) -> Any:
    """A condition that asks about other steps; the terms name a step by its key without the dashes."""
    text = json.dumps(condition)
    for old, new in keys.items():
        text = text.replace(old.replace("-", ""), new.replace("-", ""))
    return json.loads(text)
