"""Moving leads through the stages as their agreement says: by events at once, by conditions when judged."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.text import capfirst

from handoff.terms import Terms
from handoff.terms.lifecycle import Move
from leads.conditions import evaluate, sentence
from leads.models import Lead


def happened(
    event: str, lead_ids: Collection[int], terms: Terms, *, words: str, at: datetime, by=None
) -> Move | None:
    """Move these leads as the agreement says of the event; whoever stands elsewhere stays there."""
    move = terms.lifecycle.on(event)
    if move:
        Lead.objects.move(lead_ids, move.to, since=move.since, trigger=words, at=at, by=by)
    return move


@dataclass(frozen=True)
class Course:
    """Where conditions take a lead now, and by which move it gets there."""

    stage: str
    move: Move


def course(values: Mapping[str, Any], terms: Terms, at: datetime) -> Course | None:
    """Follow the moves whose conditions hold from the lead's stage on; None where it stays.

    Moves that lead back to where it stands contradict each other, and then it stays: judging the lead
    twice must not move it twice.
    """
    here, seen, found = values["stage"], {values["stage"]}, None
    while move := _leaving(here, values, terms, at):
        if move.to in seen:
            return None if move.to == values["stage"] else found
        here, found = move.to, Course(move.to, move)
        seen.add(here)
    return found


def _leaving(stage: str, values: Mapping[str, Any], terms: Terms, at: datetime) -> Move | None:
    zone = terms.hours.time_zone
    there = {**values, "stage": stage}
    for move in terms.lifecycle.by_condition:
        if stage in move.since and evaluate(move.when, there, terms.vocabulary, at=at, zone=zone) is True:
            return move
    return None


def follow(courses: Mapping[int, tuple[str, Course, Terms]], at: datetime) -> None:
    """Take leads where conditions lead them: by lead, the stage that was read, its course and the terms.

    A lead that has been moved since it was read is left to its next judging.
    """
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for lead, (stage, one, terms) in courses.items():
        groups[stage, one.stage, why(one.move, terms)].append(lead)
    for (stage, to, words), leads in sorted(groups.items()):
        Lead.objects.move(leads, to, since=[stage], trigger=words, at=at)


def why(move: Move, terms: Terms) -> str:
    """The condition of a move, in words."""
    assert move.when is not None
    return capfirst(sentence(move.when, terms.vocabulary))
