"""What is different between two versions of a score sheet, in words."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.conditions import Vocabulary, sentence
from leads.models import ScoreRule, ScoreSheet
from leads.soundness import about


def differences(
    old: Sequence[ScoreRule], new: Sequence[ScoreRule], *, sheets: tuple[ScoreSheet, ScoreSheet],
    vocabulary: Vocabulary,
) -> list[str]:  # fmt: skip
    """A sentence for each difference, in the order of the new sheet, and then what is gone."""
    before, found = {about(rule): rule for rule in old}, []
    named = {rule.label: rule for rule in old}
    for rule in new:
        was = before.pop(about(rule), None)
        if was is None and rule.label in named and (key := about(named[rule.label])) in before:
            was = before.pop(key)
            told = {"rule": rule.label, "new": counts(rule, vocabulary), "old": counts(was, vocabulary)}
            found.append(_("“%(rule)s” counts %(new)s, before %(old)s.") % told)
        if was is None:
            found.append(_("New: “%(rule)s”, %(points)+d.") % {"rule": rule.label, "points": rule.points})
            continue
        found += _changed(was, rule)
    gone = [
        _("Gone: “%(rule)s”, %(points)+d.") % {"rule": one.label, "points": one.points}
        for one in before.values()
    ]
    return [*found, *gone, *_of_sheets(*sheets)]


def counts(rule: ScoreRule, vocabulary: Vocabulary) -> str:
    """What a rule counts, in words: its condition, or its signal."""
    if rule.signal is None:
        return sentence(rule.condition, vocabulary)
    signal = rule.signal
    parts = [signal.get_kind_display().lower(), signal.get_unit_display()]
    if signal.asset_kind:
        parts.append(_("only %(kind)s") % {"kind": signal.asset_kind.replace("_", " ")})
    if signal.about_starts:
        parts.append(_("where it starts with %(about)s") % {"about": signal.about_starts})
    if days := signal.window_days:
        parts.append(ngettext("today only", "in the last %(days)d days", days) % {"days": days})
    if signal.half_life_days:
        parts.append(_("half-life %(days)g days") % {"days": signal.half_life_days})
    return ", ".join([*parts, signal.get_least_grade_display()])


def _changed(was: ScoreRule, rule: ScoreRule) -> Iterator[str]:
    told: dict[str, Any] = {"rule": rule.label, "old": was.points, "new": rule.points}
    if was.label != rule.label:
        yield _("“%(old)s” is now called “%(rule)s”.") % {**told, "old": was.label}
    if was.points != rule.points:
        yield _("“%(rule)s” gives %(new)+d, before %(old)+d.") % told
    if was.cap != rule.cap:
        caps = {"new": _at_most(rule.cap), "old": _at_most(was.cap)}
        yield _("“%(rule)s” earns %(new)s, before %(old)s.") % {**told, **caps}
    if _group(was) != _group(rule):
        groups = {"new": _group(rule) or _("no group"), "old": _group(was) or _("no group")}
        yield _("“%(rule)s” is in %(new)s, before in %(old)s.") % {**told, **groups}


def _group(rule: ScoreRule) -> str:
    if rule.group is None:
        return ""
    return _("“%(name)s”, together at most %(cap)d") % {"name": rule.group.name, "cap": rule.group.cap}


def _at_most(cap: int | None) -> str:
    return _("without a cap") if cap is None else _("at most %(cap)d") % {"cap": abs(cap)}


def _of_sheets(old: ScoreSheet, new: ScoreSheet) -> Iterator[str]:
    if old.likely_cap != new.likely_cap:
        caps = {"new": _at_most(new.likely_cap), "old": _at_most(old.likely_cap)}
        yield _("All likely evidence earns %(new)s, before %(old)s.") % caps
    if old.likely_each != new.likely_each:
        caps = {"new": _at_most(new.likely_each), "old": _at_most(old.likely_each)}
        yield _("One likely event earns %(new)s, before %(old)s.") % caps
    if (old.fit_cuts, old.engagement_cuts) != (new.fit_cuts, new.engagement_cuts):
        yield _("The grades begin at %(new)s, before at %(old)s.") % {"new": _cuts(new), "old": _cuts(old)}


def _cuts(sheet: ScoreSheet) -> str:
    if not sheet.has_grid:
        return _("no cut")
    cuts = [*zip("ABC", sheet.fit_cuts, strict=True), *zip("12", sheet.engagement_cuts, strict=True)]
    return ", ".join(f"{letter} {cut}" for letter, cut in cuts)
