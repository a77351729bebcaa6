"""Counting what a change of a sheet would do to everybody, in the background, with progress in its row.

The row holds both sheets as they were typed, so later edits do not reach it. Whoever counts renews its
lease with each step; a lease that ran out is taken over, and the count begins anew.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from leads import sheets, whatif
from leads.effect import Effect
from leads.models import RuleGroup, ScoreRule, ScoreSheet, Signal, WhatIf
from people import doorbell
from people.models import User

LEASE = timedelta(seconds=90)
KEPT = timedelta(days=2)


@transaction.atomic
def ask(sheet: ScoreSheet, before: Sequence[ScoreRule], after: Sequence[ScoreRule], marks: Sequence[int], *,
        by: User, at: datetime) -> WhatIf:  # fmt: skip
    """Leave the question to a worker; the same one asked again soon is the same row."""
    from leads.tasks import count_what_ifs

    WhatIf.objects.filter(at__lt=at - KEPT).delete()
    told = {"before": plain(before), "after": plain(after), "marks": sorted(marks)}
    same = WhatIf.objects.filter(sheet=sheet, at__gte=at - timedelta(minutes=5), **told)
    if found := same.exclude(state=WhatIf.State.FAILED).first():
        return found
    WhatIf.objects.filter(sheet=sheet, by=by, state=WhatIf.State.COUNTING).delete()  # nobody waits for it
    made = WhatIf.objects.create(sheet=sheet, by=by, at=at, **told)
    doorbell.ring(count_what_ifs, queue="scores")
    return made


def count_waiting(at: datetime) -> int:
    """Count every question that waits; returns how many there were."""
    count = 0
    while waiting := _claim(at):
        _count(waiting, at)
        count += 1
    return count


def _claim(at: datetime) -> WhatIf | None:
    with transaction.atomic():
        waiting = WhatIf.objects.select_for_update(skip_locked=True).filter(state=WhatIf.State.COUNTING)
        one = waiting.filter(Q(lease_until=None) | Q(lease_until__lt=at)).order_by("at").first()
        if one:
            one.lease_until = at + LEASE
            one.save(update_fields=["lease_until"])
        return one


def _count(one: WhatIf, at: datetime) -> None:
    """Everybody, some at a time; whoever withdrew the question stops it."""
    mine = WhatIf.objects.filter(pk=one.pk)
    effect = Effect(of=0)
    try:
        for effect in whatif.on_everybody(rules(one.before), rules(one.after), at=at, marks=one.marks):
            if not mine.update(read=effect.read, of=effect.of, lease_until=Now() + LEASE):
                return
        mine.update(state=WhatIf.State.DONE, effect=effect_json(effect), lease_until=None)
    except OperationalError:
        raise  # the lease runs out and the next worker tries again
    except Exception:
        mine.update(state=WhatIf.State.FAILED, lease_until=None)
        raise


def plain(rules: Sequence[ScoreRule]) -> dict[str, Any]:
    """The rules in plain JSON, with what holds for the whole sheet."""
    sheet = next((rule.sheet for rule in rules if rule.has_sheet), None)
    likely = {"likely_cap": sheet and sheet.likely_cap, "likely_each": sheet and sheet.likely_each}
    return {**likely, "rules": [rule.terms() for rule in rules]}


def rules(told: dict[str, Any]) -> list[ScoreRule]:
    """The rules of plain JSON, on a sheet that is nowhere kept; signals that are kept are found again."""
    sheet = ScoreSheet(likely_cap=told["likely_cap"], likely_each=told.get("likely_each"))
    groups, found = dict[str, RuleGroup](), []
    for one in told["rules"]:
        rule = ScoreRule(sheet=sheet, label=one["label"], points=one["points"], cap=one["cap"])
        rule.condition = one.get("condition")
        if signal := one.get("signal"):
            wanted = Signal(**signal)
            rule.signal = sheets.alike(wanted) or wanted
        if group := one.get("group"):
            rule.group = groups.setdefault(group["name"], RuleGroup(**group))
        found.append(rule)
    return found


def effect_json(effect: Effect) -> dict[str, Any]:
    return {
        "of": effect.of,
        "read": effect.read,
        "before": sorted(effect.before.items()),
        "after": sorted(effect.after.items()),
        "crossed": [[*key, count] for key, count in sorted(effect.crossed.items())],
        "named": [[*key, leads] for key, leads in sorted(effect.named.items())],
    }


def effect_of(told: dict[str, Any]) -> Effect:
    return Effect(
        of=told["of"],
        read=told["read"],
        before=Counter(dict(map(tuple, told["before"]))),
        after=Counter(dict(map(tuple, told["after"]))),
        crossed=Counter({(way, mark): count for way, mark, count in told["crossed"]}),
        named={(way, mark): leads for way, mark, leads in told["named"]},
    )
