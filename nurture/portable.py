"""Outlines in and out of JSON: what is not an outline is refused with a sentence for each trouble."""

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from nurture.models import Lane
from nurture.models.step import CHANNELS, EVENTS, Unit
from nurture.outline import LanePlan, Outline, PartPlan, StepPlan, Wording

FORMAT = 1
MOST_STEPS = 200
DEEPEST = 5
SHORT, LONG = 300, 50_000
MOST_BYTES = 5_000_000


class Unreadable(ValueError):
    """This is no track; `problems` says where and why."""

    def __init__(self, problems: list[str]):
        super().__init__("; ".join(problems))
        self.problems = problems


def read_file(content: bytes) -> Outline:
    """The plan in an exported file."""
    if len(content) > MOST_BYTES:
        raise Unreadable([_("The file is larger than any track.")])
    try:
        told = json.loads(content, parse_constant=float)
        text = json.dumps(told, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError):
        raise Unreadable([_("This is no JSON file.")]) from None
    if r"\u0000" in text:
        raise Unreadable([_("The file has a character no text can hold.")])
    if not isinstance(told, dict) or told.get("format") != FORMAT or "plan" not in told:
        raise Unreadable([_("This is no exported track.")])
    return read(told["plan"])


def read(told: Any) -> Outline:
    """An outline from plain JSON; a step without a key gets one."""
    reader = _Reader()
    outline = reader.outline(told)
    if reader.problems:
        raise Unreadable(reader.problems)
    return outline


class _Reader:
    """One reading, gathering problems on the way."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.keys: set[str] = set()

    def outline(self, told: Any) -> Outline:
        told = self.mapping(told, "", {"steps", "goal", "exit"})
        steps = self.steps(told.get("steps", []), "steps", 1)
        return Outline(steps, self.condition(told, "goal", ""), self.condition(told, "exit", ""))

    def steps(self, told: Any, path: str, depth: int) -> tuple[StepPlan, ...]:
        if depth > DEEPEST:
            self.problems.append(_("%(path)s: branches are nested too deep.") % {"path": path})
            return ()
        return tuple(self.step(one, where, depth) for one, where in self.listed(told, path))

    def step(self, told: Any, path: str, depth: int) -> StepPlan:
        told = self.mapping(told, path, set(StepPlan.__dataclass_fields__))
        return StepPlan(
            name=self.text(told, "name", path, 160, needed=True),
            key=self.key(told, path),
            wait=self.number(told, "wait", path, most=3650),
            unit=self.choice(told, "unit", path, Unit.values, "days"),
            event=self.choice(told, "event", path, ["", *dict(EVENTS)], ""),
            at_time=self.clock(told, "at_time", path),
            by_time=self.clock(told, "by_time", path),
            parts=tuple(self.part(*one) for one in self.listed(told.get("parts", []), f"{path}.parts")),
            lanes=tuple(
                self.lane(*one, depth) for one in self.listed(told.get("lanes", []), f"{path}.lanes")
            ),
        )

    def part(self, told: Any, path: str) -> PartPlan:
        told = self.mapping(told, path, set(PartPlan.__dataclass_fields__))
        return PartPlan(
            channel=self.choice(told, "channel", path, list(dict(CHANNELS)), ""),
            subject=self.text(told, "subject", path, SHORT),
            body=self.text(told, "body", path, LONG),
            asset=self.text(told, "asset", path, SHORT),
            wait_days=self.number(told, "wait_days", path, most=365),
            weight=self.number(told, "weight", path, most=100, other=1),
            variants=tuple(
                self.wording(*one) for one in self.listed(told.get("variants", []), f"{path}.variants")
            ),
        )

    def wording(self, told: Any, path: str) -> Wording:
        told = self.mapping(told, path, set(Wording.__dataclass_fields__))
        subject, body = self.text(told, "subject", path, SHORT), self.text(told, "body", path, LONG)
        return Wording(subject, body, self.number(told, "weight", path, most=100, other=1))

    def lane(self, told: Any, path: str, depth: int) -> LanePlan:
        told = self.mapping(told, path, set(LanePlan.__dataclass_fields__))
        return LanePlan(
            name=self.text(told, "name", path, 120, needed=True),
            condition=self.condition(told, "condition", path),
            then=self.choice(told, "then", path, Lane.Then.values, "join"),
            steps=self.steps(told.get("steps", []), f"{path}.steps", depth + 1),
        )

    def listed(self, told: Any, path: str) -> list[tuple[Any, str]]:
        if not isinstance(told, list | tuple) or len(told) > MOST_STEPS:
            self.problems.append(_("%(path)s must be a list, not too long.") % {"path": path})
            return []
        return [(one, f"{path}.{number}") for number, one in enumerate(told)]

    def mapping(self, told: Any, path: str, known: set[str]) -> dict[str, Any]:
        if not isinstance(told, dict):
            self.problems.append(_("%(path)s must be an object.") % {"path": path or _("A track")})
            return {}
        self.problems += [
            _("%(path)s has no “%(name)s”.") % {"path": path or _("A track"), "name": name}
            for name in sorted(map(str, told))
            if name not in known
        ]
        return told

    def key(self, told: dict[str, Any], path: str) -> str:
        try:
            key = str(uuid.UUID(told["key"])) if told.get("key") else str(uuid.uuid4())
        except (ValueError, TypeError, AttributeError):
            key = ""
        if not key or key in self.keys:
            self.problems.append(_("%(path)s.key is no key of its own.") % {"path": path})
        self.keys.add(key)
        return key

    def text(self, told: dict[str, Any], name: str, path: str, most: int, *, needed: bool = False) -> str:
        fits: Callable[[Any], bool] = lambda it: (  # noqa: E731
            isinstance(it, str) and len(it) <= most and "\0" not in it and (it.strip() != "" or not needed)
        )
        return self.checked(told, name, path, "", fits, _("a text of at most %(n)d letters") % {"n": most})

    def number(self, told: dict[str, Any], name: str, path: str, *, most: int, other: int = 0) -> int:
        fits: Callable[[Any], bool] = lambda it: type(it) is int and 0 <= it <= most  # noqa: E731
        return self.checked(told, name, path, other, fits, _("a whole number up to %(n)d") % {"n": most})

    def choice(self, told: dict[str, Any], name: str, path: str, choices: list[str], other: str) -> str:
        return self.checked(
            told,
            name,
            path,
            other,
            lambda it: it in choices,
            _("one of %(list)s") % {"list": ", ".join(choices)},
        )

    def clock(self, told: dict[str, Any], name: str, path: str) -> str:
        fits: Callable[[Any], bool] = lambda it: (  # noqa: E731
            isinstance(it, str) and re.fullmatch(r"|([01][0-9]|2[0-3]):[0-5][0-9]", it) is not None
        )
        return self.checked(told, name, path, "", fits, _("a time such as 08:30"))

    def condition(self, told: dict[str, Any], name: str, path: str) -> Any:
        """Its words are checked where they are used: fields come and go."""
        fits: Callable[[Any], bool] = lambda it: it is None or isinstance(it, dict)  # noqa: E731
        return self.checked(told, name, path, None, fits, _("a condition"))

    def checked(
        self, told: dict[str, Any], name: str, path: str, other: Any, fits: Callable[[Any], bool], what: str
    ) -> Any:
        value = told.get(name, other)
        if fits(value):
            return value
        where = f"{path}.{name}".strip(".")
        self.problems.append(_("%(path)s must be %(what)s.") % {"path": where, "what": what})
        return other
