"""What marketing and one sales team promised each other: canonical JSON, read once, said in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from handoff.terms.canonical import canonical, content_hash
from handoff.terms.lifecycle import STANDARD, Lifecycle
from handoff.terms.parts import (
    TRIGGERS,
    AfterAccept,
    Clause,
    Code,
    Exceptions,
    Ladder,
    NotSure,
    Reason,
    Rule,
    Territory,
)
from handoff.terms.ratings import NONE, Ratings
from leads.conditions import Term, Vocabulary, read
from leads.conditions.tree import EVERYBODY, Node
from people.clock import WorkingHours

__all__ = ["FORMAT", "Clause", "Reason", "Rule", "Terms", "Territory", "canonical", "content_hash"]

FORMAT = 1


@dataclass(frozen=True)
class Terms:
    """One agreement, read; nothing in it looks at the database."""

    json: Mapping[str, Any]
    team: str
    covers: Node
    excludes: Node | None
    clauses: tuple[Clause, ...]
    exceptions: Exceptions
    not_sure: NotSure
    hours: WorkingHours
    after_accept: AfterAccept
    reasons: tuple[Reason, ...]
    ladder: Ladder
    lifecycle: Lifecycle
    ratings: Ratings
    rules: tuple[Rule, ...]
    vocabulary: Vocabulary

    @classmethod
    def parse(cls, json: Mapping[str, Any]) -> "Terms":
        """Read terms; ValueError or KeyError where they are none."""
        if json["format"] != FORMAT:
            raise ValueError(f"terms of format {json['format']} are not known here")
        exceptions, ladder = json["exceptions"], json["ladder"]
        vocabulary = {word["key"]: _term(word) for word in json["words"]}
        return cls(
            json=MappingProxyType(dict(json)),
            team=json["team"]["name"],
            covers=read(json["covers"], vocabulary),
            excludes=None if json["excludes"] is None else read(json["excludes"], vocabulary),
            clauses=_in_order(Clause(**clause) for clause in json["clauses"]),
            exceptions=Exceptions(
                tuple(Code(**code) for code in exceptions["codes"]),
                exceptions["a_month"],
                exceptions["minutes"],
            ),
            not_sure=NotSure(**json["not_sure"]),
            hours=WorkingHours.parse(json["calendar"]),
            after_accept=AfterAccept(**json["after_accept"]),
            reasons=tuple(Reason(**reason) for reason in json["reasons"]),
            ladder=Ladder(
                tuple(_territory(territory, vocabulary) for territory in ladder["territories"]),
                tuple(sorted((int(rep), weight) for rep, weight in ladder["weights"].items())),
            ),
            lifecycle=Lifecycle.parse(json.get("lifecycle", STANDARD), vocabulary),
            ratings=Ratings.parse(json.get("ratings", NONE), vocabulary),
            rules=tuple(_rule(rule, vocabulary) for rule in json["sheet"]["rules"]),
            vocabulary=vocabulary,
        )

    @property
    def covers_everybody(self) -> bool:
        return self.covers == EVERYBODY

    @cached_property
    def hash(self) -> str:
        return content_hash(dict(self.json))

    def clause(self, trigger: str) -> Clause | None:
        return next((clause for clause in self.clauses if clause.trigger == trigger), None)

    def minutes_for(self, trigger: str) -> int:
        """The working minutes in which sales answers a handoff of this kind."""
        clause = self.clause(trigger)
        return clause.minutes if clause else self.exceptions.minutes

    def reason(self, code: str) -> Reason | None:
        return next((reason for reason in self.reasons if reason.code == code), None)


def _in_order(clauses) -> tuple[Clause, ...]:
    """Whoever asks goes first, then in the order of the four cases; each case at most once."""
    found = sorted(clauses, key=lambda clause: TRIGGERS.index(clause.trigger))
    if len({clause.trigger for clause in found}) < len(found):
        raise ValueError("two clauses speak of the same case")
    return tuple(found)


def _rule(rule: Mapping[str, Any], vocabulary: Vocabulary) -> Rule:
    signal, tree = rule.get("signal") or {}, rule.get("condition")
    half_life = signal.get("half_life_days")
    when = None if tree is None else read(tree, vocabulary)
    group = rule.get("group") or {"name": "", "cap": 0}
    fades = float(half_life) if half_life else None
    window = signal.get("window_days") or 0
    return Rule(rule["label"], rule["points"], when, fades, group["name"], group["cap"], window)


def _territory(territory: Mapping[str, Any], vocabulary: Vocabulary) -> Territory:
    return Territory(territory["name"], read(territory["when"], vocabulary), tuple(territory["reps"]))


def _term(word: Mapping[str, Any]) -> Term:
    """A field as it was called when the terms were written; its SQL is nobody's business here."""
    choices = tuple((key, label) for key, label in word["choices"])
    return Term(word["key"], word["label"], word["type"], sql="", choices=choices)
