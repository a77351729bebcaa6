"""Changing score sheets: a signed one is never changed, its copy with the next number is."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max

from leads import scoring, sheets
from leads.models import RuleGroup, ScoreRule, ScoreSheet


class Overtaken(Exception):
    """Somebody else has changed the sheet since this editor looked."""


@transaction.atomic
def save(sheet: ScoreSheet, rules: Sequence[ScoreRule], *, seen: int | None, at: datetime) -> ScoreSheet:
    """Write a sheet as it stands in the editor, with exactly these rules; returns the version that has them.

    `seen` is the lock that the editor saw. The groups that rules are in are written with them, and a group
    that holds nothing is gone.
    """
    there = ScoreSheet.objects.select_for_update().get(pk=sheet.pk)
    if there.lock != seen:
        raise Overtaken
    if there.frozen_at:
        return _as_next_version(sheet, rules, at)
    sheet.lock = there.lock + 1
    sheet.save(update_fields=["likely_cap", "likely_each", "fit_cuts", "engagement_cuts", "lock"])
    _write(sheet, rules, at)
    return sheet


def _as_next_version(sheet: ScoreSheet, rules: Sequence[ScoreRule], at: datetime) -> ScoreSheet:
    last = ScoreSheet.objects.filter(name=sheet.name).aggregate(last=Max("number"))["last"]
    made = ScoreSheet.objects.create(
        name=sheet.name,
        number=last + 1,
        likely_cap=sheet.likely_cap,
        likely_each=sheet.likely_each,
        fit_cuts=sheet.fit_cuts,
        engagement_cuts=sheet.engagement_cuts,
    )
    _write(made, _copies(rules), at)
    return made


def _copies(rules: Sequence[ScoreRule]) -> list[ScoreRule]:
    """The rules and their groups, as new rows."""
    groups: dict[int, RuleGroup] = {}
    copies = []
    for rule in rules:
        copy = ScoreRule(label=rule.label, condition=rule.condition, points=rule.points, cap=rule.cap)
        copy.signal = rule.signal
        if rule.group:
            key = rule.group.pk or id(rule.group)
            copy.group = groups.setdefault(key, RuleGroup(name=rule.group.name, cap=rule.group.cap))
        copies.append(copy)
    return copies


def _write(sheet: ScoreSheet, rules: Sequence[ScoreRule], at: datetime) -> None:
    sheet.rules.exclude(pk__in=[rule.pk for rule in rules if rule.pk]).delete()
    for group in {rule.group.pk or id(rule.group): rule.group for rule in rules if rule.group}.values():
        group.sheet = sheet
        group.save()
    for position, rule in enumerate(rules):
        rule.sheet, rule.position, rule.group = sheet, position, rule.group
        if rule.signal and not rule.signal.pk:
            rule.signal = sheets.kept(rule.signal, at=at)
        rule.save()
    sheets.keep_twins(rules, at=at)
    sheet.groups.filter(rules=None).delete()


@transaction.atomic
def start(name: str, like: ScoreSheet | None, at: datetime) -> ScoreSheet:
    """A new sheet, empty or with the rules of another."""
    made = ScoreSheet.objects.create(
        name=name,
        likely_cap=like.likely_cap if like else None,
        likely_each=like.likely_each if like else None,
        fit_cuts=like.fit_cuts if like else [],
        engagement_cuts=like.engagement_cuts if like else [],
    )
    if like:
        _write(made, _copies(scoring.rules_of(like)), at)
    return made


def unfrozen(sheet: ScoreSheet) -> ScoreSheet | None:
    """The newest version of the same name that can still be changed."""
    return ScoreSheet.objects.filter(name=sheet.name, frozen_at=None).order_by(F("number").desc()).first()
