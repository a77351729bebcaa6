"""What rules of a sheet may earn together: the caps of groups, and of evidence that is only likely.

A cap of a group holds the sum of its lines on both sides of zero. The cap of likely evidence holds what
activities earn that were only likely done by a person: what all rules give, after their groups, beyond
what certain evidence alone would give. Each limit is a line of its own on the card, with the points that it
takes away, so the sum stays exact.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from leads.models import ScoreRule
from leads.models.activity import Grade

#: The keys of limits lie far below those of a draft's lines.
FIRST_KEY = -10_000


@dataclass(frozen=True)
class Limit:
    """Lines that are worth at most so many points together, and at least as many below zero."""

    key: int
    label: str
    most: int
    rules: tuple[ScoreRule, ...]
    inner: tuple["Limit", ...] = ()

    @property
    def is_fit(self) -> bool:
        """Does it speak of who the lead is, rather than of what it did?"""
        return all(rule.is_fit for rule in self.rules)

    def sum(self, lines: Mapping[int, str]) -> str:
        """The SQL of what it holds, before it is held."""
        return _sum(
            [lines[rule.line] for rule in self.rules] + [one.held(lines, lines) for one in self.inner]
        )

    def held(self, lines: Mapping[int, str], sure: Mapping[int, str]) -> str:
        """The SQL of what is left of it; `sure` has the lines of certain evidence alone."""
        return f"GREATEST({-self.most}, LEAST({self.most}, {self.sum(lines)}))"

    def taken(self, lines: Mapping[int, str], sure: Mapping[int, str]) -> str:
        """The SQL of its own line: what it takes away."""
        return f"({self.held(lines, sure)} - ({self.sum(lines)}))"


class Likely(Limit):
    """What likely evidence adds to certain evidence, over all rules that take it."""

    def held(self, lines: Mapping[int, str], sure: Mapping[int, str]) -> str:
        return f"LEAST({self.sum(lines)}, {self.sum(sure)} + {self.most})"


@dataclass(frozen=True)
class Limits:
    """A sheet's lines as they add up: those that stand alone, and those that are held together."""

    alone: tuple[ScoreRule, ...]
    top: tuple[Limit, ...]

    def __iter__(self) -> Iterator[Limit]:
        for limit in self.top:
            yield from limit.inner
            yield limit

    def total(self, lines: Mapping[int, str], sure: Mapping[int, str], *, of_fit: bool | None = None) -> str:
        """The SQL of the sum, of all or of one half."""
        every: tuple[ScoreRule | Limit, ...] = (*self.alone, *self.top)
        chosen = [one for one in every if of_fit is None or one.is_fit is of_fit]
        return _sum(
            [lines[one.line] if isinstance(one, ScoreRule) else one.held(lines, sure) for one in chosen]
        )


def limits_of(rules: Collection[ScoreRule]) -> Limits:
    """How the lines of these rules add up; each rule has the key of its line."""
    groups = tuple(_groups(rules))
    alone = tuple(rule for rule in rules if rule.group is None)
    sheet = next((rule.sheet for rule in rules if rule.has_sheet), None)
    if sheet is None or sheet.likely_cap is None:
        return Limits(alone, groups)
    inner = tuple(one for one in groups if any(map(_takes_likely, one.rules)))
    label = _("Likely evidence together at most %(cap)d") % {"cap": sheet.likely_cap}
    likely = Likely(FIRST_KEY, label, sheet.likely_cap, tuple(filter(_takes_likely, alone)), inner)
    others = tuple(rule for rule in alone if not _takes_likely(rule))
    return Limits(others, (*(one for one in groups if one not in inner), likely))


def _groups(rules: Collection[ScoreRule]) -> Iterator[Limit]:
    members: dict[int, list[ScoreRule]] = {}
    for rule in rules:
        if rule.group is not None:
            members.setdefault(rule.group.pk or id(rule.group), []).append(rule)
    for number, held in enumerate(members.values(), 1):
        group = held[0].group
        assert group is not None
        label = _("%(name)s together at most %(cap)d") % {"name": group.name, "cap": group.cap}
        yield Limit(FIRST_KEY - number, label, group.cap, tuple(held))


def _takes_likely(rule: ScoreRule) -> bool:
    return rule.signal is not None and rule.signal.least_grade == Grade.LIKELY


def _sum(parts: list[str]) -> str:
    return f"({' + '.join(parts)})" if parts else "0"
