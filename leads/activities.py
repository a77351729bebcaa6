"""The one door for activities: what is new is written, and the tallies behind scores move with it.

Everything happens in the caller's transaction, for one event or 100,000. Locks are taken in one order
everywhere (identities by id, then tallies by lead), so writers wait for each other and never for a
circle. A tally is the sum over its lead's history: `rebuild` computes it anew and finds the same.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from django.db import connection, transaction

from leads import news, partitions
from leads.models import Grade, Identity, Lead, Merge
from leads.tallying import NOTE_AHEAD, NOTE_FRESH, NOTE_HISTORY

BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened on an identity, before it is written; the key says which event it is."""

    identity_id: int
    kind: str
    at: datetime
    dedupe_key: str
    about: str = ""
    grade: int = Grade.LIKELY
    campaign_id: int | None = None
    asset_id: int | None = None
    utm: dict | None = None
    details: dict | None = None
    by_id: int | None = None
    imported_by_id: int | None = None


@transaction.atomic
def record(events: Iterable[Event], *, known_at: datetime) -> int:
    """Write what is new, move the tallies and tell the news; returns how many were new.

    An event is known by its key and instant, so one that arrives again changes nothing. Nothing happens
    in the future: an event of a clock that runs ahead is dated `known_at`, and known by its key alone.
    """
    waiting = sorted(events, key=lambda event: event.dedupe_key)
    if not waiting:
        return 0
    make_room(min(event.at, known_at) for event in waiting)
    lock({event.identity_id for event in waiting})
    moved: set[int] = set()
    written, rest = 0, iter(waiting)
    with connection.cursor() as cursor:
        while batch := list(islice(rest, BATCH)):
            ahead = any(event.at > known_at for event in batch)
            note = NOTE_AHEAD if ahead else NOTE_FRESH
            cursor.execute(note, {**columns(batch), "known_at": known_at})
            count, lead_ids, _all = cursor.fetchone()
            written += count
            moved.update(lead_ids or ())
    news.tell(sorted(moved), at=known_at)
    return written


def make_room(instants: Iterable[datetime]) -> None:
    """A partition for each month in which something happened, and for no other."""
    for year, month in sorted({(at.year, at.month) for at in (one.astimezone(UTC) for one in instants)}):
        partitions.ensure(first := datetime(year, month, 1, tzinfo=UTC), first)


def columns(events: Collection[Event]) -> dict[str, list]:
    """The events as one array for each column."""
    return {
        "identities": [event.identity_id for event in events],
        "kinds": [str(event.kind) for event in events],
        "ats": [event.at for event in events],
        "keys": [event.dedupe_key for event in events],
        "abouts": [event.about[:200] for event in events],
        "grades": [int(event.grade) for event in events],
        "campaigns": [event.campaign_id for event in events],
        "assets": [event.asset_id for event in events],
        "utms": [event.utm and json.dumps(event.utm) for event in events],
        "details": [event.details and json.dumps(event.details) for event in events],
        "bys": [event.by_id for event in events],
        "imports": [event.imported_by_id for event in events],
    }


def lock(identity_ids: Collection[int]) -> list[int]:
    """Let nobody else write to these threads or to the tallies of their leads; returns those leads."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lead_id FROM leads_identity WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(identity_ids)],
        )
        lead_ids = sorted({lead_id for (lead_id,) in cursor if lead_id})
    lock_tallies(lead_ids)
    return lead_ids


def lock_tallies(lead_ids: Collection[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM leads_tally WHERE lead_id = ANY(%s) ORDER BY lead_id FOR NO KEY UPDATE",
            [sorted(lead_ids)],
        )
        if cursor.rowcount < len(lead_ids):
            raise LookupError(f"{len(lead_ids) - cursor.rowcount} leads have no tally")


def identity_of(lead_ids: Collection[int]) -> dict[int, int]:
    """The first identity of each lead: where to hang what we know that they did.

    Who was merged away keeps writing on their own thread, which now belongs to the survivor.
    """
    rows = Identity.objects.filter(lead__in=lead_ids).order_by("lead", "pk").distinct("lead")
    found = dict(rows.values_list("lead", "pk"))
    if gone := set(lead_ids) - found.keys():
        merges = Merge.objects.filter(loser__in=gone, unmerge=None)
        found |= {one.loser_id: one.carried["identities"][0][0] for one in merges}
    return found


def thread_of(lead: Lead, address: str) -> int:
    """Where to hang what somebody did under this e-mail address: on the thread of whoever had it."""
    named = Lead.objects.filter(merged_into=lead, email__iexact=address).exclude(email="").first()
    asked = named or lead
    return identity_of([asked.pk])[asked.pk]


@transaction.atomic
def join(identity: Identity, lead: Lead, at: datetime) -> None:
    """Hang a thread of activities on a lead: the visitor has said who they are, or people merge."""
    before = Identity.objects.select_for_update(no_key=True).get(pk=identity.pk).lead_id
    identity.lead, identity.joined_at = lead, at
    if before == lead.pk:
        return
    Identity.objects.filter(pk=identity.pk).update(lead=lead, joined_at=at)
    touched = sorted({lead.pk} | ({before} if before else set()))
    rebuild(touched)
    news.changed(touched, at=at)


@transaction.atomic
def rebuild(lead_ids: Collection[int]) -> None:
    """Forget the tallies of these leads and sum up their history anew."""
    lock_tallies(lead_ids)
    with connection.cursor() as cursor:
        for kept in ("leads_counted", "leads_recent"):
            cursor.execute(f"DELETE FROM {kept} WHERE lead_id = ANY(%s)", [list(lead_ids)])  # noqa: S608
        cursor.execute(
            "UPDATE leads_tally SET sums = '{}', last_human_at = NULL WHERE lead_id = ANY(%s)",
            [list(lead_ids)],
        )
        cursor.execute(NOTE_HISTORY, {"leads": list(lead_ids)})
