"""Who gets a handoff: a ladder walked on plain facts, the same way every time, ending at a person."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from handoff.terms import Terms
from leads.conditions import evaluate

MANAGER, SALES_MANAGER, ADMINISTRATOR = "manager", "sales manager", "administrator"
LAST_RUNGS = (MANAGER, SALES_MANAGER, ADMINISTRATOR)


class NobodyLeft(LookupError):
    """Not even an administrator works here any more."""


@dataclass(frozen=True)
class RepState:
    """One person at an instant, as far as routing cares."""

    id: int
    name: str = ""
    present: bool = True
    active: bool = True
    in_team: bool = True
    open: int = 0
    week: int = 0  # handoffs offered this week
    capacity: int | None = None
    weight: int = 1
    role: str = ""  # one of LAST_RUNGS, or empty for a rep

    @property
    def full(self) -> bool:
        return self.capacity is not None and self.week >= self.capacity

    @property
    def load(self) -> tuple[float, float, int]:
        """Who carries least, for their weight; equals by the order in which they came."""
        weight = max(self.weight, 1)
        return self.open / weight, self.week / weight, self.id

    def with_one_more(self) -> "RepState":
        return replace(self, open=self.open + 1, week=self.week + 1)


@dataclass(frozen=True)
class Case:
    """What the ladder must know of a lead."""

    values: Mapping[str, Any]
    to: str = "ladder"  # or "manager"
    holder: int | None = None  # the rep who works on this lead already
    account_owner: int | None = None
    without: frozenset[int] = frozenset()  # who has said no


@dataclass(frozen=True)
class Route:
    """The person, and every rung on the way to them, in words."""

    person: int
    steps: tuple[str, ...]


def route(case: Case, terms: Terms, reps: Collection[RepState], at: datetime) -> Route:
    """Walk down the ladder; whoever is away, gone, full or has said no is passed by, and it is said."""
    by_id = {rep.id: rep for rep in reps}
    steps: list[str] = []
    if case.to == "ladder":
        for rung in (_holder, _owner, _territory, _least_loaded):
            found = rung(case, terms, by_id, at, steps.append)
            if found is not None:
                return Route(found, tuple(steps))
    return _last_rung(case, by_id, steps)


Say = Callable[[str], None]
People = Mapping[int, RepState]


def _holder(case: Case, terms: Terms, people: People, at: datetime, say: Say) -> int | None:
    return _named(case.holder, _("works on this lead already"), case, people, say)


def _owner(case: Case, terms: Terms, people: People, at: datetime, say: Say) -> int | None:
    if case.account_owner is None:
        say(_("The account has no owner."))
    return _named(case.account_owner, _("owns the account"), case, people, say)


def _named(who: int | None, because: str, case: Case, people: People, say: Say) -> int | None:
    rep = people.get(who) if who is not None else None
    if rep is None:
        return None
    trouble = _trouble(rep, case)
    say(f"{rep.name} {because}{', ' + _('but') + ' ' + trouble if trouble else ''}.")
    return None if trouble else rep.id


def _territory(case: Case, terms: Terms, people: People, at: datetime, say: Say) -> int | None:
    for territory in terms.ladder.territories:
        zone = terms.hours.time_zone
        if evaluate(territory.when, case.values, terms.vocabulary, at=at, zone=zone) is not True:
            continue
        mine = [people[rep] for rep in territory.reps if rep in people]
        found = _pick(mine, case, say, _("Territory %(name)s") % {"name": territory.name})
        if found is not None:
            return found
    return None


def _least_loaded(case: Case, terms: Terms, people: People, at: datetime, say: Say) -> int | None:
    team = [rep for rep in people.values() if rep.in_team and not rep.role]
    return _pick(team, case, say, terms.team)


def _pick(reps: Iterable[RepState], case: Case, say: Say, place: str) -> int | None:
    """The least loaded of those who can take it; the others are named with the reason."""
    free = []
    for rep in sorted(reps, key=lambda rep: rep.load):
        trouble = _trouble(rep, case)
        if trouble:
            say(f"{place}: {rep.name} {trouble}.")
        else:
            free.append(rep)
    if not free:
        say(_("%(place)s: nobody can take it.") % {"place": place})
        return None
    say(_("%(place)s: %(name)s has the fewest open.") % {"place": place, "name": free[0].name})
    return free[0].id


def _trouble(rep: RepState, case: Case) -> str:
    """Why this person cannot take it now; empty when they can."""
    if not rep.active:
        return _("works here no more")
    if rep.id in case.without:
        return _("has given it back")
    if not rep.present:
        return _("is away")
    if rep.full:
        return _("is full, %(week)d of %(capacity)d this week") % {"week": rep.week, "capacity": rep.capacity}
    return ""


def _last_rung(case: Case, people: People, steps: list[str]) -> Route:
    """The manager, then any sales manager, then an administrator: at work first, else even so.

    Nobody is passed by here for being full, and whoever has said no is asked last.
    """
    chain = [
        rep
        for role in LAST_RUNGS
        for rep in sorted(people.values(), key=lambda rep: rep.load)
        if rep.role == role and rep.active
    ]
    if not chain:
        raise NobodyLeft(_("There is nobody left to hand a lead to."))
    chosen = min(chain, key=lambda rep: (rep.id in case.without, not rep.present))
    words = {
        MANAGER: _("%(name)s manages the team"),
        SALES_MANAGER: _("%(name)s manages sales"),
        ADMINISTRATOR: _("%(name)s is an administrator"),
    }
    away = "" if chosen.present else _(", though away")
    return Route(chosen.id, (*steps, words[chosen.role] % {"name": chosen.name} + away + "."))
