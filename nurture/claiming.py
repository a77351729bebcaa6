"""Claim, mark and reap: who may send a touch, read again at the last moment.

Claims carry the token of the process that made them and a lease by the database's clock. From the mark on a
touch is never sent again by a machine.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from nurture import standing
from nurture.due import Due
from nurture.models import Touch
from nurture.models.track import ChannelName
from nurture.permission import Cap, Objection, Standing, objection
from people.asking import ask
from people.duty import LEASE, gone

MOST_ATTEMPTS = 3  # that end before the mark, as when the process dies each time

CLAIM = """
    UPDATE nurture_touch touch
    SET state = 'claimed', token = %(token)s, attempts = attempts + 1,
        lease_until = clock_timestamp() + %(lease)s
    FROM (
        SELECT id FROM nurture_touch
        WHERE {which} AND channel = ANY(%(channels)s)
        ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) due
    WHERE touch.id = due.id
    RETURNING touch.id, touch.channel
"""
FRESH = "state = 'due' AND attempts = 0 AND due_at <= %(at)s"
AGAIN = "state = 'due' AND attempts > 0 AND due_at <= %(at)s"
# A process takes its claims in order and a group at a time, so it died on one of the first that it left:
# only those lose an attempt, and are then tried alone; the others are as fresh as before.
RETURN = """
    UPDATE nurture_touch touch
    SET state = 'due', token = NULL, lease_until = NULL,
        attempts = touch.attempts - CASE WHEN late.suspect THEN 0 ELSE 1 END
    FROM (
        SELECT id, token, row_number() OVER (PARTITION BY token ORDER BY due_at, id) <= %(group)s AS suspect
        FROM nurture_touch
        WHERE state = 'claimed' AND (lease_until < clock_timestamp() OR token = ANY(%(dead)s))
    ) late
    WHERE touch.id = late.id AND touch.token = late.token AND touch.state = 'claimed'
      AND NOT (late.suspect AND touch.attempts >= %(most)s)
"""
SPENT = f"state = 'claimed' AND attempts >= {MOST_ATTEMPTS}"
SENDING_TOO_LONG = "state = 'sending' AND lease_until < clock_timestamp()"

# NO KEY UPDATE: an opt-out waits for us or we for it, and two touches of one lead see each other's cap.
LOCK_LEADS = "SELECT id FROM leads_lead WHERE id = ANY(%(leads)s) ORDER BY id FOR NO KEY UPDATE{waiting}"
# A statement of its own, after the lock: it sees everything that was committed while we waited.
STAND = """
    SELECT touch.id, {standing}
    FROM {tables}
    WHERE touch.id = ANY(%(touches)s) AND touch.lead_id = ANY(%(held)s)
      AND touch.token = %(token)s AND touch.state = 'claimed'
      AND touch.lease_until > clock_timestamp()
    ORDER BY touch.id FOR UPDATE OF touch{waiting}
"""


def claim(
    token: uuid.UUID, at: datetime, *, limit: int, again: bool, channels: Collection[str]
) -> dict[str, list[int]]:
    """Take due touches for this process, by channel; others skip the locked rows.

    Fresh ones come in a batch. One that was tried before comes alone, so that it harms nobody else.
    """
    params: dict[str, Any] = {
        "token": token,
        "lease": LEASE,
        "at": at,
        "limit": limit,
        "channels": list(channels),
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM.format(which=AGAIN if again else FRESH), params)
        claimed: dict[str, list[int]] = {}
        for touch, channel in cursor:
            claimed.setdefault(channel, []).append(touch)
        return claimed


@dataclass(frozen=True, eq=False, slots=True)
class Ready:
    """A touch with what was prepared for it."""

    due: Due
    prepared: Any


@dataclass(frozen=True)
class Marking:
    """Which of a group are ours to make now, what speaks against others, and whom somebody else holds."""

    marked: list[Ready]
    against: list[tuple[Due, Objection]]
    held: list[Ready]


@transaction.atomic
def mark(
    group: Sequence[Ready], token: uuid.UUID, write: Callable[[list[Ready]], object], *, at: datetime
) -> Marking:
    """Read everything again under the leads' locks and mark these touches, or say what speaks against them.

    All of one channel, each of another lead. A group waits for no lock, so that it is in no circle: what
    somebody else holds is left out. A touch alone waits. Who has a new address meanwhile is left out too.
    """
    channel = group[0].due.channel
    cap = cap_of(channel)
    standings = _stand(group, token, channel, cap, at=at)
    found = Marking([], [], [])
    for one in group:
        stands = standings.get(one.due.id)
        against = objection(stands, at=at, cap=cap) if stands else None
        if against:
            found.against.append((one.due, against))
        elif stands is None:
            found.held.append(one)
        elif stands.address == one.prepared.address:
            found.marked.append(one)
    if found.marked:
        write(found.marked)
    return found


def cap_of(channel: str) -> Cap | None:
    return Cap.parse(settings.CONTACT_CAP) if channel == ChannelName.EMAIL else None


def _stand(
    group: Sequence[Ready], token: uuid.UUID, channel: str, cap: Cap | None, *, at: datetime
) -> dict[int, Standing]:
    """What holds of those whose lead and touch nobody else holds, under lock, by touch."""
    waiting = "" if len(group) == 1 else " SKIP LOCKED"
    windows = {one.due.id: one.due.track.calendar.hours for one in group}
    given = {**standing.params(channel, cap, at), "touches": list(windows), "token": token}
    given["leads"] = [one.due.lead_id for one in group]
    columns = standing.columns(channel, cap)
    given["held"] = [lead for (lead,) in ask(LOCK_LEADS.format(waiting=waiting), given)]
    rows = ask(STAND.format(standing=columns, tables=standing.TABLES, waiting=waiting), given)
    return {touch: standing.standing(rest, windows[touch]) for touch, *rest in rows}


@transaction.atomic
def take_back() -> int:
    """Make due again what was claimed and not marked by a process that is dead, or slower than its lease."""
    claimed = Touch.objects.filter(state=Touch.State.CLAIMED)
    tokens = set(claimed.order_by().values_list("token", flat=True).distinct())
    with connection.cursor() as cursor:
        cursor.execute(RETURN, {"dead": gone(tokens), "most": MOST_ATTEMPTS, "group": settings.MAIL_GROUP})
        return cursor.rowcount


def expired(which: str) -> dict[uuid.UUID, list[Touch]]:
    """Touches whose lease ran out by the database's clock, by whose they were."""
    found: dict[uuid.UUID, list[Touch]] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM nurture_touch WHERE {which} ORDER BY id")  # noqa: S608
        ids = [touch for (touch,) in cursor.fetchall()]
    for touch in Touch.objects.filter(pk__in=ids).order_by("pk"):
        if touch.token:
            found.setdefault(touch.token, []).append(touch)
    return found
