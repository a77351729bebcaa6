"""What an agreement says of a lead: pure, from frozen facts, and the same again from what was stored."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from handoff import changing
from handoff.terms import Clause, Rule, Terms
from leads.conditions import could_hold, evaluate
from leads.conditions.tree import Not
from leads.conditions.values import as_text

CRITERIA = {
    "need": gettext_lazy("need"),
    "timeframe": gettext_lazy("timeframe"),
    "authority": gettext_lazy("authority"),
    "profile": gettext_lazy("profile"),
}
BEST_RATING = 3
READY, NOT_SURE, NOT_READY = "ready", "not_sure", "not_ready"


@dataclass(frozen=True)
class ScoreLine:
    """One line of a score card."""

    label: str
    points: int
    note: str = ""


@dataclass(frozen=True)
class LeadFacts:
    """A lead as it stood at an instant: what is known, the card, and an open request to talk."""

    values: Mapping[str, Any]
    lines: tuple[ScoreLine, ...] = ()
    asked_at: datetime | None = None

    @classmethod
    def freeze(cls, values: Mapping[str, Any], lines=(), asked_at: datetime | None = None) -> "LeadFacts":
        """Facts in the form in which they are stored, so that a replay reads the very same."""
        kept = {key: _stored(value) for key, value in values.items() if value is not None}
        card = tuple(ScoreLine(str(one.label), one.points, str(one.note)) for one in lines)
        return cls(kept, card, asked_at)

    @classmethod
    def parse(cls, inputs: Mapping[str, Any]) -> "LeadFacts":
        asked = inputs["asked_at"]
        return cls(
            inputs["values"],
            tuple(ScoreLine(**line) for line in inputs["lines"]),
            datetime.fromisoformat(asked) if asked else None,
        )

    def as_inputs(self) -> dict[str, Any]:
        return {
            "values": dict(self.values),
            "lines": [asdict(line) for line in self.lines],
            "asked_at": self.asked_at and self.asked_at.isoformat(),
        }

    @property
    def score(self) -> int:
        return sum(line.points for line in self.lines)


@dataclass(frozen=True)
class Reading:
    """What one clause says of the lead: true, false or unknown (None), in a sentence."""

    trigger: str
    truth: bool | None
    says: str
    short: int = 0  # points missing where it doesn't hold
    unknowns: int = 0  # answers that could settle it


@dataclass(frozen=True)
class Verdict:
    """Ready, not sure or not ready, with every clause's reading and the inputs to say it again."""

    outcome: str
    trigger: str
    score: int
    readings: tuple[Reading, ...]
    lines: tuple[ScoreLine, ...]
    inputs: Mapping[str, Any] = field(repr=False)
    next_check_at: datetime | None

    @property
    def fired(self) -> frozenset[str]:
        """Every case that holds, not only the first."""
        return frozenset(reading.trigger for reading in self.readings if reading.truth)

    def says(self, trigger: str) -> str:
        """The sentence of one case."""
        return next((reading.says for reading in self.readings if reading.trigger == trigger), "")

    def as_readings(self) -> list[dict[str, Any]]:
        return [asdict(reading) for reading in self.readings]

    def as_lines(self) -> list[dict[str, Any]]:
        return [asdict(line) for line in self.lines]


def judge(facts: LeadFacts, terms: Terms, at: datetime) -> Verdict:
    """Which case, if any, passes this lead under these terms?"""
    excluded, may_be_spared = _excluded(facts, terms, at)
    readings = tuple(
        _but_excluded(_READ[clause.trigger](clause, facts, terms, at), excluded, may_be_spared)
        for clause in terms.clauses
    )
    trigger = next((reading.trigger for reading in readings if reading.truth), "")
    doubt = any(reading.truth is None for reading in readings)
    return Verdict(
        outcome=READY if trigger else NOT_SURE if doubt else NOT_READY,
        trigger=trigger,
        score=facts.score,
        readings=readings,
        lines=facts.lines,
        inputs=facts.as_inputs(),
        next_check_at=changing.next_check_at(facts, terms, at),
    )


def covers(facts: Mapping[str, Any], terms: Terms, at: datetime) -> bool:
    """Does this agreement speak of the lead? Only where that is certain."""
    return evaluate(terms.covers, facts, terms.vocabulary, at=at, zone=terms.hours.time_zone) is True


def _excluded(facts: LeadFacts, terms: Terms, at: datetime) -> tuple[bool | None, bool]:
    """Whether the exclusion holds, and whether the unknown facts could still lift it."""
    if terms.excludes is None:
        return False, True
    zone = terms.hours.time_zone
    found = evaluate(terms.excludes, facts.values, terms.vocabulary, at=at, zone=zone)
    spared = could_hold(Not(terms.excludes), facts.values, terms.vocabulary, at=at, zone=zone)
    return found, spared


def _but_excluded(reading: Reading, excluded: bool | None, may_be_spared: bool) -> Reading:
    """Who is excluded passes by no case but their own asking."""
    if reading.trigger == "consultation" or excluded is False or reading.truth is False:
        return reading
    truth = None if excluded is None and may_be_spared else False
    says = _("%(says)s But an exclusion %(holds)s.") % {
        "says": reading.says,
        "holds": _("may hold") if truth is None else _("holds"),
    }
    return Reading(reading.trigger, truth, says, reading.short, reading.unknowns + (truth is None))


def _consultation(clause: Clause, facts: LeadFacts, terms: Terms, at: datetime) -> Reading:
    says = _("Asked to talk to sales.") if facts.asked_at else _("Has not asked to talk to sales.")
    return Reading(clause.trigger, facts.asked_at is not None, says)


def _target(clause: Clause, facts: LeadFacts, terms: Terms, at: datetime) -> Reading:
    seen = changing.last_seen(facts.values)
    if not facts.values.get("is_target"):
        return Reading(clause.trigger, False, _("Is not at a named target account."))
    answered = seen is not None and at < seen + timedelta(days=clause.days)
    says = _("Target account answered.") if answered else _("Target account has not answered lately.")
    return Reading(clause.trigger, answered, says)


def _criteria(clause: Clause, facts: LeadFacts, terms: Terms, at: datetime) -> Reading:
    """What is rated must add up by itself; what is not rated may be anything from 1 to 3."""
    proposed = _counted_proposals(facts, terms, at)
    ratings = {key: facts.values.get(key) or proposed.get(key) for key in CRITERIA}
    unconfirmed = sum(value for key, value in proposed.items() if not facts.values.get(key))
    known = sum(int(value) for value in ratings.values() if value)
    unknown = [key for key, value in ratings.items() if not value]
    short = max(clause.needed - known, 0)
    truth = True if not short else None if short <= BEST_RATING * len(unknown) else False
    says = _("Rated %(known)d of 12, %(needed)d needed.") % {"known": known, "needed": clause.needed}
    if unconfirmed:
        says += " " + _("%(n)d of it is proposed by the agreed rules.") % {"n": unconfirmed}
    if unknown and short:
        says += " " + _("Not rated: %(names)s.") % {"names": ", ".join(str(CRITERIA[key]) for key in unknown)}
    return Reading(clause.trigger, truth, says, short, len(unknown) if truth is None else 0)


def _counted_proposals(facts: LeadFacts, terms: Terms, at: datetime) -> dict[str, int]:
    """What the agreed rules propose, where both sides want that to count; from the frozen values alone."""
    if not terms.ratings.count:
        return {}
    found = terms.ratings.proposed(facts.values, terms.vocabulary, at=at, zone=terms.hours.time_zone)
    return {key: one.value for key, one in found.items()}


def _score(clause: Clause, facts: LeadFacts, terms: Terms, at: datetime) -> Reading:
    """Points of characteristics that nobody knows yet may still come."""
    short = max(clause.threshold - facts.score, 0)
    says = _("Score %(score)d, line is %(line)d.") % {"score": facts.score, "line": clause.threshold}
    if not short:
        return Reading(clause.trigger, True, says)
    open_points = sorted(_open_points(facts, terms, at), reverse=True)
    if sum(open_points) < short:
        return Reading(clause.trigger, False, says, short)
    unknowns = next(n for n in range(1, len(open_points) + 1) if sum(open_points[:n]) >= short)
    says += " " + ngettext(
        "%(short)d points and %(n)d unknown short.", "%(short)d points and %(n)d unknowns short.", unknowns
    ) % {"short": short, "n": unknowns}
    return Reading(clause.trigger, None, says, short, unknowns)


def _open_points(facts: LeadFacts, terms: Terms, at: datetime) -> list[int]:
    """The points of each characteristic that is unknown and could turn out for the better."""
    zone, found = terms.hours.time_zone, []
    for rule in terms.rules:
        if rule.when is None or rule.points <= 0:
            continue
        if evaluate(rule.when, facts.values, terms.vocabulary, at=at, zone=zone) is not None:
            continue
        if could_hold(rule.when, facts.values, terms.vocabulary, at=at, zone=zone):
            found.append(rule)
    return [points for group, rules in _by_group(found) for points in _gains(group, rules, facts, terms)]


def _by_group(rules: list[Rule]) -> Iterator[tuple[str, list[Rule]]]:
    in_order = sorted(rules, key=lambda rule: (rule.group, -rule.points))
    return ((group, list(some)) for group, some in groupby(in_order, lambda rule: rule.group))


def _gains(group: str, rules: list[Rule], facts: LeadFacts, terms: Terms) -> Iterator[int]:
    """What each would add; in a group only as far as its cap still has room."""
    if not group:
        yield from (rule.points for rule in rules)
        return
    members = {rule.label for rule in terms.rules if rule.group == group}
    earned, cap = sum(one.points for one in facts.lines if one.label in members), rules[0].group_cap
    for rule in rules:
        before, earned = max(-cap, min(cap, earned)), earned + rule.points
        yield max(-cap, min(cap, earned)) - before


_READ = {"consultation": _consultation, "target": _target, "criteria": _criteria, "score": _score}


def _stored(value: Any) -> Any:
    """A value as JSON keeps it; conditions read text, numbers and days alike from it."""
    return value if isinstance(value, bool | int | str) else as_text(value)
