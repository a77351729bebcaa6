"""The agreement that ships: the four cases that always pass, the usual reasons, the usual points."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handoff.terms import FORMAT, lifecycle
from handoff.terms.canonical import plain
from leads import sheets
from leads.conditions import fields
from leads.models import ScoreSheet
from leads.vocabulary import vocabulary

NAME = "Standard"
THRESHOLD = 200

DEFINITIONS = (
    ("Marketing-qualified lead", "somebody whom marketing nurtures and who may become ready; marketing's."),
    ("Sales-qualified lead", "somebody whom one of the cases below passes and whom sales accepts."),
)
CODES = (
    ("X1", "needs an answer that only a salesperson can give"),
    ("X2", "asked for a price"),
    ("X3", "an event or a journey makes it now or never"),
)
#: code, label, where to; a reason whose track is not there goes back to marketing
REASONS = (
    ("no_budget", "No budget this year", {"to": "track", "track": "Slow burn"}),
    ("not_decider", "Not the one who decides", {"to": "track", "track": "Find the decider"}),
    ("too_early", "Too early, has a date", {"to": "sleep", "asks_date": True}),
    ("other_rep", "Belongs to another rep", {"to": "reroute"}),
    ("unreachable", "Could not be reached, 5 tries", {"to": "track", "track": "Revival"}),
    ("spam", "Student, supplier or spam", {"to": "close", "cause": "Student, supplier or spam"}),
)


def standard_sheet(at: datetime) -> ScoreSheet:
    """The score sheet that ships; asked again, the same one."""
    return sheets.standard(NAME, at=at)


def standard_terms(
    team, sheet: ScoreSheet, *, tracks: Mapping[str, int] | None = None, threshold: int = THRESHOLD
) -> dict[str, Any]:
    """What ships; `tracks` gives the ids of the tracks that reasons name, by name."""
    terms = {
        "format": FORMAT,
        "team": {"id": team.pk, "name": team.name},
        "definitions": [{"word": word, "means": means} for word, means in DEFINITIONS],
        "covers": {},
        "excludes": None,
        "sheet": sheet_terms(sheet),
        "clauses": [
            {"trigger": "consultation", "minutes": 30},
            {"trigger": "target", "minutes": 60, "days": 14},
            {"trigger": "criteria", "minutes": 8 * 60, "needed": 8},
            {"trigger": "score", "minutes": 4 * 60, "threshold": threshold},
        ],
        "exceptions": {
            "codes": [{"code": code, "label": label} for code, label in CODES],
            "a_month": 6,
            "minutes": 8 * 60,
        },
        "not_sure": {"unknowns": 1, "days": 2},
        "calendar": team.calendar.hours.as_terms(),
        "after_accept": {"minutes": 4 * 60, "attempts": 5},
        "reasons": [_reason(code, label, where, tracks or {}) for code, label, where in REASONS],
        "ladder": {"territories": [], "weights": {}},
        "lifecycle": standard_lifecycle(),
    }
    return with_words(terms)


def standard_lifecycle() -> dict[str, Any]:
    """The stages that ship: a subscriber of whom we know the company is a lead."""
    known = {"any": [{"field": "account", "op": "known"}, {"field": "title", "op": "known"}]}
    first = {"from": ["subscriber"], "to": "lead", "when": known}
    return {**lifecycle.STANDARD, "moves": [first, *lifecycle.STANDARD["moves"]]}


def interim_terms(team) -> dict[str, Any]:
    """What holds until an agreement is signed: whoever asks to talk to sales reaches the manager."""
    asked = [{"trigger": "consultation", "minutes": 30, "to": "manager"}]
    empty = ScoreSheet(name="None", number=1)
    return with_words({**standard_terms(team, empty), "clauses": asked})


def _reason(code: str, label: str, where: Mapping[str, Any], tracks: Mapping[str, int]) -> dict[str, Any]:
    where = dict(where)
    if name := where.get("track"):
        found = tracks.get(name)
        where = {"to": "track", "track": found, "track_name": name} if found else {"to": "marketing"}
    return {"code": code, "label": label, **where}


def sheet_terms(sheet: ScoreSheet) -> dict[str, Any]:
    """A score sheet as an agreement freezes it: its rules, without a float in them."""
    rules = sheet.terms() if sheet.pk else []
    for rule in rules:
        if signal := rule.get("signal"):
            signal["half_life_days"] = plain(signal["half_life_days"])
    return {"name": sheet.name, "number": sheet.number, "rules": rules, **sheet.limits()}


def with_words(terms: Mapping[str, Any]) -> dict[str, Any]:
    """The terms with the fields they speak of, as these are called today."""
    return {**terms, "words": words_of(terms)}


def words_of(terms: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields that the terms speak of, as they are called today."""
    trees = [
        terms["covers"],
        terms["excludes"],
        *(territory["when"] for territory in terms["ladder"]["territories"]),
        *(rule.get("condition") for rule in terms["sheet"]["rules"]),
        *(move.get("when") for move in terms.get("lifecycle", {}).get("moves", ())),
        *(rule.get("when") for rule in terms.get("ratings", {}).get("rules", ())),
    ]
    keys = set().union(*(fields(tree) for tree in trees if tree))
    known = vocabulary() if keys else {}
    return [
        {"key": key, "label": str(term.label), "type": term.type, "choices": [list(c) for c in term.choices]}
        for key, term in sorted((key, known[key]) for key in keys)
    ]
