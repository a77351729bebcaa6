"""Builders for what scores are made of: threads, assets, signals, sheets."""

import itertools
from datetime import timedelta

from leads import activities, catching_up, scoring, sheets
from leads.activities import Event
from leads.models import Asset, Identity, Kind, RuleGroup, ScoreRule, ScoreSheet, Signal
from tests.make import MONDAY_9AM

_count = itertools.count(1)


def identity(lead=None, *, at=MONDAY_9AM):
    """The thread of a lead's activities, or of a visitor whom nobody knows."""
    return Identity.objects.create(lead=lead, at=at)


def asset(name=None, *, kind=Asset.Kind.WHITEPAPER, **details):
    return Asset.objects.create(name=name or f"Paper {next(_count)}", kind=kind, **details)


def signal(kind=Kind.VISIT, *, at=MONDAY_9AM - timedelta(days=30), name_is="", **details) -> Signal:
    """A signal that every tally counts."""
    made = sheets.signal(name_is or f"Signal {next(_count)}", kind, at=at, **details)
    catching_up.catch_up(at)
    made.refresh_from_db()
    return made


def sheet(*rules: ScoreRule, **details) -> ScoreSheet:
    made = ScoreSheet.objects.create(name=f"Sheet {next(_count)}", **details)
    sheets.add(made, list(rules), at=MONDAY_9AM - timedelta(days=30))
    if any(rule.minds_evidence for rule in rules):
        catching_up.catch_up(MONDAY_9AM)
    return made


def group(*rules: ScoreRule, cap=30, name="Group") -> tuple[ScoreRule, ...]:
    """The rules, held together by a cap; not yet on a sheet."""
    made = RuleGroup(name=name, cap=cap)
    for rule in rules:
        rule.group = made
    return rules


def rule(about, points=10, cap=None, label="Rule") -> ScoreRule:
    """A rule about a signal, or about whoever a condition describes; not yet on a sheet."""
    spoken = {"signal": about} if isinstance(about, Signal) else {"condition": about}
    return ScoreRule(label=label, points=points, cap=cap, **spoken)


def reading(signal, tally, at) -> float:
    """What a signal's tally says at an instant, worked out by hand."""
    held = tally.sums[signal.slot - 1] if len(tally.sums) >= signal.slot else 0
    if signal.half_life_days is None:
        return held
    return held * 2 ** -((at - signal.landmark) / timedelta(days=signal.half_life_days))


def did(lead, kind=Kind.VISIT, *, days_ago=0, times=1, **details):
    """Something that the lead did, so many times, known at once."""
    thread = lead.identities.first() or identity(lead)
    at = MONDAY_9AM - timedelta(days=days_ago)
    activities.record(
        [Event(thread.pk, kind, at, f"deed {next(_count)}", **details) for _ in range(times)], known_at=at
    )


def did_at(lead, at, kind=Kind.VISIT, **details):
    """Something that the lead did at an instant, known at once."""
    event = Event(lead.identities.first().pk, kind, at, f"deed {next(_count)}", **details)
    activities.record([event], known_at=at)


def points(lead, sheet, at=MONDAY_9AM) -> int:
    return scoring.scores_of([lead.pk], sheet, at)[lead.pk]
