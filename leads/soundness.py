"""What is wrong with the rules of a sheet, each trouble beside the field that it is about."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from leads.conditions import Vocabulary, could_hold, read, validate
from leads.conditions.tree import Leaf, leaves
from leads.conditions.truth import day_range
from leads.conditions.values import UTC_ZONE, today
from leads.models import OURS, RuleGroup, ScoreRule, ScoreSheet
from leads.models.activity import Grade

MOST_RULES = 80
#: What can only lie behind us.
PAST = ("last_seen", "known_since")


@dataclass(frozen=True)
class Trouble:
    """Why a rule, or a group of them, cannot stay as it is."""

    field: str
    says: str
    rule: ScoreRule | None = None
    group: RuleGroup | None = None


def troubles(
    rules: Sequence[ScoreRule], sheet: ScoreSheet, vocabulary: Vocabulary, *, at: datetime
) -> list[Trouble]:
    """All that is wrong with these rules on this sheet, in their order."""
    found = [Trouble(field, says, rule) for rule in rules for field, says in _of_rule(rule, vocabulary, at)]
    found += _repeated(rules)
    found += _of_groups(rules)
    found += _of_sheet(rules, sheet)
    return found


def _of_rule(rule: ScoreRule, vocabulary: Vocabulary, at: datetime) -> Iterator[tuple[str, str]]:
    if not rule.points:
        yield "points", _("A rule of 0 points says nothing.")
    if rule.cap is not None and abs(rule.cap) < abs(rule.points):
        told = {"cap": abs(rule.cap), "points": abs(rule.points)}
        yield "cap", _("At most %(cap)d is less than one award of %(points)d, which nobody would get.") % told
    if rule.signal:
        yield from _of_signal(rule)
    else:
        yield from ((("condition"), says) for says in _of_condition(rule.condition, vocabulary, at))


def _of_signal(rule: ScoreRule) -> Iterator[tuple[str, str]]:
    signal = rule.signal
    assert signal is not None
    if signal.half_life_days is not None and not signal.half_life_days >= 1:
        yield "half_life_days", _("A half-life is a day at least. Leave it empty for points that never fade.")
    if signal.window_days is not None and signal.window_days < 1:
        yield "window_days", _of_window(signal.window_days)
    if signal.kind in OURS:
        yield "kind", _("This is what we do, not the lead: it never earns anything.")
    if signal.least_grade <= Grade.MACHINE:
        yield "least_grade", _("What machines did earns nothing.")


def _of_window(days: int) -> str:
    if days < 0:
        return _("A window of %(days)d days lies in the future, where nothing has happened yet.") % {
            "days": days
        }
    return _("A window of 0 days holds nothing. Leave it empty for all that ever happened.")


def _of_condition(tree: Any, vocabulary: Vocabulary, at: datetime) -> Iterator[str]:
    if problems := validate(tree, vocabulary):
        yield from (problem.message for problem in problems)
        return
    day = today(at, UTC_ZONE)
    for leaf in leaves(read(tree, vocabulary)):
        if _lies_ahead(leaf, day):
            yield _("%(label)s always lies behind us, and this asks for the future.") % {
                "label": leaf.term.label
            }
            return
    if not could_hold(tree, {}, vocabulary, at=at):
        yield _("This holds for nobody: its parts exclude each other.")


def _lies_ahead(leaf: Leaf, day) -> bool:
    """A comparison of something that is past with days that are all to come."""
    if leaf.term.key not in PAST or not leaf.values:
        return False
    first, _last = day_range(leaf, day)
    return leaf.op == "within_next" or (first is not None and first > day)


def _repeated(rules: Collection[ScoreRule]) -> Iterator[Trouble]:
    """The same thing counted twice, or two lines of one name."""
    seen: dict[str, ScoreRule] = {}
    named: dict[str, ScoreRule] = {}
    for rule in rules:
        if (first := seen.setdefault(about(rule), rule)) is not rule:
            field = "condition" if rule.is_fit else "kind"
            yield Trouble(field, _("“%(rule)s” counts the very same.") % {"rule": first.label}, rule)
        if named.setdefault(rule.label.casefold(), rule) is not rule:
            yield Trouble("label", _("Another line of this sheet has this name."), rule)


def about(rule: ScoreRule) -> str:
    """What a rule counts, whatever it is called and whatever it gives."""
    counted = {**rule.signal.terms(), "name": ""} if rule.signal else rule.condition
    return json.dumps([rule.is_fit, counted], sort_keys=True, default=str)


def _of_groups(rules: Collection[ScoreRule]) -> Iterator[Trouble]:
    members: dict[int, list[ScoreRule]] = defaultdict(list)
    for rule in rules:
        if rule.group:
            members[id(rule.group) if rule.group.pk is None else rule.group.pk].append(rule)
    for held in members.values():
        group = held[0].group
        least = min(held, key=lambda rule: abs(rule.points))
        assert group is not None
        if group.cap < abs(least.points):
            told = {"cap": group.cap, "points": abs(least.points), "rule": least.label}
            says = _("Together at most %(cap)d is less than the %(points)d of “%(rule)s” alone.") % told
            yield Trouble("cap", says, group=group)
        if len({rule.is_fit for rule in held}) > 1:
            says = _("A group holds characteristics or behaviour, not both: fit and engagement stay apart.")
            yield Trouble("name", says, group=group)


def _of_sheet(rules: Sequence[ScoreRule], sheet: ScoreSheet) -> Iterator[Trouble]:
    if len(rules) > MOST_RULES:
        yield Trouble("", _("A sheet has %(n)d lines at most; nobody reads more.") % {"n": MOST_RULES})
    likely = [rule for rule in rules if rule.signal and rule.signal.least_grade == Grade.LIKELY]
    if sheet.likely_each is not None and sheet.likely_each < 1:
        says = _(
            "An event earns a point at least. Where likely evidence should earn nothing, ask for certain."
        )
        yield Trouble("likely_each", says)
        return
    least = min((abs(rule.likely_points) for rule in likely), default=0)
    if sheet.likely_cap is not None and sheet.likely_cap < least:
        told = {"cap": sheet.likely_cap, "points": least}
        says = _("At most %(cap)d is less than the smallest award of likely evidence, %(points)d.") % told
        yield Trouble("likely_cap", says)
