"""What a person asks of a bulk action: begin, choose, go, take back; each is settled in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.bulk import Verb, working
from leads.lists.asking import Asked
from leads.lists.finding import Listing, TooSlow, patience
from leads.models import BulkAction, BulkReversal, BulkRow, Lead
from people.models import User

UNDOABLE = timedelta(days=7)
AT_ONCE = 5_000  # so many are gathered while the page waits
NAMED = 20
State, Outcome = BulkAction.State, BulkRow.Outcome


def begin(verb: Verb, user: User, asked: Asked, chosen: Sequence[UUID] | None, at: datetime) -> BulkAction:
    """A new action about the chosen leads, or about all of the list."""
    action = BulkAction(verb=verb.key, by=user, at=at, state=State.DRAFT)
    if chosen is not None:
        return _about(action, list(Lead.objects.visible_to(user).live().filter(public_id__in=chosen)))
    action.said, action.query = asked.sentence or _("everybody"), asked.query(view=None)
    listing = Listing(user, asked, at)
    if _is_small(listing):
        with transaction.atomic():
            action.save()
            working.fill(action, listing)
        return action
    action.save()
    working.ask(action, State.GATHERING, AT_ONCE)
    return action


@transaction.atomic
def _about(action: BulkAction, leads: list[Lead]) -> BulkAction:
    action.said = ngettext("%(n)d chosen lead", "%(n)d chosen leads", len(leads)) % {"n": len(leads)}
    action.save()
    BulkRow.objects.bulk_create(BulkRow(action=action, lead=lead) for lead in leads)
    return action


def _is_small(listing: Listing) -> bool:
    try:
        with patience(1_000):
            return listing.count(AT_ONCE + 1) <= AT_ONCE
    except TooSlow:
        return False


def choose(action: BulkAction, params: Mapping[str, Any], at: datetime) -> None:
    """How it shall be done; then everybody is looked at anew."""
    with transaction.atomic():
        fresh = BulkAction.objects.select_for_update().get(pk=action.pk)
        if fresh.state not in (State.DRAFT, State.READY):
            return
        action.params, size = dict(params), action.rows.count()
        action.rows.update(outcome=Outcome.WAITING, why="")
        working.ask(action, State.WEIGHING, size)
    _at_once(action, size, at)


def go(action: BulkAction, at: datetime) -> bool:
    """Do it; False where it was not ready, or is under way already."""
    return _move(action, (State.READY,), State.RUNNING, at)


def may_undo(action: BulkAction, at: datetime) -> bool:
    return action.state == State.DONE and action.ended_at is not None and at - action.ended_at <= UNDOABLE


def undo(action: BulkAction, by: User, at: datetime) -> bool:
    """Take it back: a row says who did; whoever was changed since stays as they are."""
    with transaction.atomic():
        fresh = BulkAction.objects.select_for_update().get(pk=action.pk)
        if not may_undo(fresh, at):
            return False
        BulkReversal.objects.create(action=action, by=by, at=at)
        return _move(action, (State.DONE,), State.UNDOING, at)


def _move(action: BulkAction, before: tuple[str, ...], after: str, at: datetime) -> bool:
    size = action.rows.exclude(outcome=Outcome.LEFT).count()
    with transaction.atomic():
        found = BulkAction.objects.select_for_update().filter(pk=action.pk, state__in=before)
        if not found.exists():
            return False
        working.ask(action, after, size)
    _at_once(action, size, at)
    return True


def _at_once(action: BulkAction, size: int, at: datetime) -> None:
    if size <= working.INLINE:
        working.work(at, action.pk)
    action.refresh_from_db()


#: What the rows that a running action has not come to yet stand at.
_NEXT: dict[str, str] = {State.RUNNING: Outcome.FITS, State.UNDOING: Outcome.DONE}


def reckoning(action: BulkAction) -> dict[str, Any]:
    """How many stand where, why, and the first of each by name, in two questions."""
    groups = action.rows.values("outcome", "why").annotate(total=Count("pk")).order_by("outcome", "-total")
    totals: dict[str, int] = {}
    for group in groups:
        totals[group["outcome"]] = totals.get(group["outcome"], 0) + group["total"]
    whole = sum(totals.values())
    waiting = totals.get(_NEXT.get(action.state, "waiting"), 0)
    return {
        "totals": totals,
        "whole": whole,
        "left": [group for group in groups if group["why"] and group["outcome"] != "done"],
        "share": round(100 * (whole - waiting) / whole) if whole else 100,
    }


def named(action: BulkAction) -> list[BulkRow]:
    """Some of the leads, by name: those who are left out or overtaken first."""
    rows = action.rows.select_related("lead__account")
    apart = list(rows.filter(outcome__in=["left", "overtaken"]).order_by("lead")[:NAMED])
    rest = rows.filter(outcome__in=["fits", "done", "undone"]).order_by("lead")[:NAMED]
    return [*rest, *apart]
