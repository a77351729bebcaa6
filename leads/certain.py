"""What certain evidence alone would earn: beside each signal that takes likely evidence stands its twin.

A sheet may hold what activities earn that were only likely done by a person: each of them, and all together.
The twin counts the very same, but only what a person did for certain. So the grade of each activity decides,
whichever rule counts it: what the signal counts beyond its twin is owed to likely evidence. Certain evidence
never counts for more than all evidence does.
"""

from collections.abc import Collection, Iterable

from leads.models import Grade, ScoreRule, Signal
from leads.models.signal import COUNTING


def twin(signal: Signal) -> Signal:
    """The same signal without likely evidence; not kept."""
    told = {name: getattr(signal, name) for name in COUNTING}
    return Signal(name=signal.name, **{**told, "least_grade": Grade.HUMAN})


def pair(rules: Collection[ScoreRule], kept: Iterable[Signal] = ()) -> None:
    """Give each rule that minds evidence its twin: the one that is kept, else one that is not."""
    known = {_sense(signal): signal for signal in kept}
    for rule in rules:
        wanted = twin(rule.signal) if rule.signal and rule.minds_evidence else None
        rule.certain = wanted and known.get(_sense(wanted), wanted)


def kept_for(rules: Collection[ScoreRule]) -> list[Signal]:
    """The signals that can be twins of these; nobody is asked where no rule minds evidence."""
    if not any(rule.minds_evidence for rule in rules):
        return []
    return list(Signal.objects.filter(least_grade=Grade.HUMAN))


def _sense(signal: Signal) -> tuple:
    return tuple(getattr(signal, name) for name in COUNTING)
