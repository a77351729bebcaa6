"""Ratings that follow from what is known: handoff proposes them here, for leads know nothing of agreements.

@proposes
def by_agreement(lead, at):
    return [Proposed(…)]
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from leads import facts
from leads.models import Lead
from people.models import User


@dataclass(frozen=True)
class Proposed:
    """What one criterion would be rated, and why, in words."""

    criterion: str
    value: int
    why: str


Proposer = Callable[[Lead, datetime], Iterable[Proposed]]
_proposers: list[Proposer] = []


def proposes(proposer: Proposer) -> Proposer:
    """Register who knows how a lead would be rated."""
    _proposers.append(proposer)
    return proposer


def proposed(lead: Lead, at: datetime) -> dict[str, Proposed]:
    """What is proposed of each criterion."""
    return {one.criterion: one for proposer in _proposers for one in proposer(lead, at)}


def differing(lead: Lead, at: datetime) -> dict[str, Proposed]:
    """Those that are not what the lead is rated already."""
    return {key: one for key, one in proposed(lead, at).items() if getattr(lead, key) != one.value}


def take_over(lead: Lead, seen: Mapping[str, int], *, by: User, at: datetime) -> list[Proposed]:
    """Rate as it is proposed; what is proposed otherwise by now than somebody saw is left alone."""
    now = proposed(lead, at)
    taken = [now[key] for key, value in seen.items() if key in now and now[key].value == value]
    if taken:
        facts.rate(lead, {one.criterion: one.value for one in taken}, by=by, at=at)
    return taken
