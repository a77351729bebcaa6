"""What agreements say of score sheets: handoff tells it here, for leads know nothing of agreements.

@tells
def of_agreements(name):
    return [Agreed(…)]
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreed:
    """One agreement on one version of a sheet: the points that pass a lead, and the ratings that do."""

    title: str
    url: str
    state: str
    in_force: bool
    sheet_id: int | None
    line: int | None = None
    needed: int | None = None


_tellers: list[Callable[[str], Iterable[Agreed]]] = []


def tells(teller: Callable[[str], Iterable[Agreed]]) -> Callable[[str], Iterable[Agreed]]:
    """Register who knows which agreements name any version of the sheet of this name."""
    _tellers.append(teller)
    return teller


def agreed_on(name: str) -> list[Agreed]:
    """The agreements on any version of this sheet, those in force first."""
    found = [one for teller in _tellers for one in teller(name)]
    return sorted(found, key=lambda one: (not one.in_force, one.title))


def lines_of(agreed: Iterable[Agreed]) -> list[int]:
    """The points that pass a lead: those in force, or while none is, those that somebody drafts."""
    held = [(one.in_force, one.line) for one in agreed if one.line is not None]
    in_force = {line for holds, line in held if holds}
    return sorted(in_force or {line for _holds, line in held})
