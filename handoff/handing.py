"""Handing leads over: a handoff, an offer before one person, the lead in their hand, and word of it.

Everything here runs inside the caller's transaction, for one lead or for many, in a number of
statements that grows with the reps and never with the leads. Locks: tally, custody, handoff.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import dateformat
from django.utils.translation import gettext as _

from handoff import lifecycle, waves
from handoff.manning import Staff, due_for, hours_of, staff_of
from handoff.models import Agreement, Handoff, Offer, Trigger
from handoff.models import Verdict as VerdictRow
from handoff.routing import Case, Route, route
from handoff.terms import Terms
from leads import custody
from leads.holding import hands
from leads.models import Custodian, Custody, Import, Lead
from nurture.enrolling import leave
from people.doorbell import ring
from people.models import Notice, Side, Team, User
from people.tasks import send_notices

URGENT = (Trigger.CONSULTATION, Trigger.TARGET)


@dataclass(frozen=True)
class Passing:
    """A lead about to be handed over: why, under which terms, and what the ladder must know."""

    lead: Lead  # with its account
    trigger: str
    why: str
    team: Team
    terms: Terms
    agreement: Agreement | None = None
    verdict: VerdictRow | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    preferred_times: str = ""
    exception_code: str = ""
    holder: int | None = None
    without: frozenset[int] = frozenset()

    @property
    def case(self) -> Case:
        clause = self.terms.clause(self.trigger)
        owner = self.lead.account.owner_id if self.lead.account else None
        to = clause.to if clause else "ladder"
        return Case(self.values, to, self.holder, owner, self.without)


@dataclass(frozen=True)
class Placed:
    """A passing with the person found for it."""

    passing: Passing
    user: User
    route: Route
    handoff: Handoff
    due_at: datetime


@transaction.atomic
def hand_over(passings: Collection[Passing], at: datetime) -> list[Handoff]:
    """Pass these leads to sales; one that has an open handoff already is left as it is."""
    if not passings:
        return []
    leads = [passing.lead.pk for passing in passings]
    leave(leads, _("Handed over to sales"), at)
    placed = _made([_place(passing, staff, at) for passing, staff in _with_staff(passings, at)])
    _offer(placed, at)
    _hold(placed, at)
    _to_mql(placed, at)
    _tell(placed, at)
    return [one.handoff for one in placed]


def _with_staff(passings: Collection[Passing], at: datetime):
    """The most urgent first, as long as there is room; the staff of each team is read once."""
    staffs: dict[int, Staff] = {}
    order = list(Trigger.values)
    for passing in sorted(passings, key=lambda one: (order.index(one.trigger), one.lead.pk)):
        key = passing.team.pk
        if key not in staffs:
            staffs[key] = staff_of(passing.team, passing.terms, at)
        yield passing, staffs[key]


def _place(passing: Passing, staff: Staff, at: datetime) -> Placed:
    found = route(passing.case, passing.terms, list(staff.states.values()), at)
    user = staff.take(found.person)
    minutes = passing.terms.minutes_for(passing.trigger)
    handoff = Handoff(
        lead=passing.lead,
        agreement=passing.agreement,
        verdict=passing.verdict,
        trigger=passing.trigger,
        why=passing.why[:300],
        preferred_times=passing.preferred_times[:200],
        exception_code=passing.exception_code,
        at=at,
    )
    return Placed(passing, user, found, handoff, due_for(user, passing.terms, minutes, at))


def _made(placed: list[Placed]) -> list[Placed]:
    """Those that the database let in: at most one open handoff per lead, whoever came first."""
    Handoff.objects.bulk_create([one.handoff for one in placed], ignore_conflicts=True)
    keys = dict(
        Handoff.objects.filter(public_id__in=[one.handoff.public_id for one in placed]).values_list(
            "public_id", "pk"
        )
    )
    made = [one for one in placed if one.handoff.public_id in keys]
    for one in made:
        one.handoff.pk = keys[one.handoff.public_id]
        one.handoff._state.adding = False
    return made


def _offer(placed: list[Placed], at: datetime) -> None:
    Offer.objects.bulk_create(
        Offer(handoff=one.handoff, user=one.user, at=at, due_at=one.due_at, why=list(one.route.steps))
        for one in placed
    )


def _hold(placed: list[Placed], at: datetime) -> None:
    """One statement for each rep, deadline and reason."""
    groups: dict[tuple[User, datetime, str], list[Lead]] = defaultdict(list)
    for one in placed:
        reason = str(Trigger(one.passing.trigger).label)
        groups[one.user, one.due_at, reason].append(one.passing.lead)
    for (user, due_at, reason), leads in groups.items():
        give(leads, user, Custody.Next.ANSWER, due_at, reason, at)


def give(
    leads: Collection[Lead], user: User, next_action: str, next_action_at: datetime, reason: str, at: datetime
) -> None:
    """Put leads into a salesperson's hand; one that was closed opens again."""
    hand = Custodian.of(user, Side.SALES)
    ids = [lead.pk for lead in leads]
    pass_on = custody.reopen if any(lead.closed_at for lead in leads) else custody.hold
    pass_on(ids, hand, next_action=next_action, next_action_at=next_action_at, reason=reason, at=at)


def marketing_hand(lead: Lead) -> Custodian:
    """Who takes a lead back that no track holds: whoever new leads of its source start with."""
    return hands([lead.source_id])[lead.source_id]


def _to_mql(placed: list[Placed], at: datetime) -> None:
    """Each goes where its own agreement says that a lead goes when it is passed."""
    groups: dict[tuple[str, str], list[Placed]] = defaultdict(list)
    for one in placed:
        groups[one.passing.terms.hash, str(Trigger(one.passing.trigger).label)].append(one)
    for (_hash, words), ones in groups.items():
        leads = {one.passing.lead.pk: one.passing.lead for one in ones}
        move = lifecycle.happened("passed", list(leads), ones[0].passing.terms, words=words, at=at)
        for lead in leads.values():
            lead.stage = move.to if move and lead.stage in move.since else lead.stage


def _tell(placed: list[Placed], at: datetime) -> None:
    """One notice for each rep, whether they got one lead or thirty; and one for each import behind it."""
    imported = waves.behind([one.passing.lead.pk for one in placed], at)
    by_rep: dict[tuple[User, Import | None], list[Placed]] = defaultdict(list)
    for one in placed:
        asked = one.passing.trigger == Trigger.CONSULTATION
        by_rep[one.user, None if asked else imported.get(one.passing.lead.pk)].append(one)
    for (user, batch), ones in by_rep.items():
        urgent = any(one.passing.trigger in URGENT for one in ones)
        if batch:
            urgent = urgent and not batch.rules.get("history")
            _tell_of_import(user, batch, at, urgent=urgent)
        else:
            _tell_of(user, ones, at, urgent=urgent)
        if urgent:
            ring(send_notices, queue="urgent")


def _tell_of(user: User, ones: list[Placed], at: datetime, *, urgent: bool) -> None:
    first, several = ones[0], len(ones) > 1
    Notice.objects.tell(
        [user],
        key=f"handoff-{first.handoff.pk}" + (f"-and-{len(ones) - 1}" if several else ""),
        subject=_("%(n)d leads passed to you") % {"n": len(ones)} if several else _headline(first),
        body="\n".join(_line(one) for one in ones),
        url=page_of(None if several else first.handoff),
        at=at,
        urgent=urgent,
    )


def _tell_of_import(user: User, batch: Import, at: datetime, *, urgent: bool) -> None:
    """The first says it for all that follow: the inbox has them, with their deadlines."""
    Notice.objects.tell(
        [user],
        key=f"import-{batch.pk}" + ("-urgent" if urgent else ""),
        subject=_("Leads from %s are passed to you") % batch.name,
        body=_("They are in your inbox, each with why and until when."),
        url=page_of(None),
        at=at,
        urgent=urgent,
    )


def page_of(handoff: Handoff | None) -> str:
    """The page of a handoff, or the inbox."""
    return handoff.get_absolute_url() if handoff else reverse("inbox")


def _headline(one: Placed) -> str:
    return f"{one.passing.lead}: {one.passing.why}"


def _line(one: Placed) -> str:
    zone = hours_of(one.user, one.passing.terms).time_zone
    by = dateformat.format(one.due_at.astimezone(zone), "D j M, H:i")
    times = one.passing.preferred_times
    asked = _(" They suggest: %(times)s.") % {"times": times} if times else ""
    return _("%(lead)s: %(why)s Answer by %(by)s.%(asked)s") % {
        "lead": one.passing.lead,
        "why": one.passing.why,
        "by": by,
        "asked": asked,
    }
