"""Claim, mark and reap: who may send a touch, read again at the last moment.

Claims carry the token of the process that made them and a lease by the database's clock. The mark must
change exactly one row; from then on the touch is never sent again by a machine.
"""

import uuid
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from leads.models import Channel, Lead
from nurture.models import Touch
from nurture.models.track import ChannelName
from nurture.permission import Cap, Objection, Standing, objection
from nurture.schedule import zone_of
from people.clock import WorkingHours
from people.duty import LEASE, gone

MOST_ATTEMPTS = 3  # that end before the mark, as when the process dies each time
#: What each channel asks permission for. A social touch asks for none: people do as the network lets them.
PERMISSION: dict[str, str] = {
    **dict.fromkeys(["email", "newsletter", "survey", "event"], Channel.EMAIL.value),
    **dict.fromkeys(["call", "voicemail", "sms"], Channel.PHONE.value),
    **dict.fromkeys(["letter", "direct_mail"], Channel.POST.value),
    "social": "social",
}

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
    RETURNING touch.id
"""
FRESH = "state = 'due' AND attempts = 0 AND due_at <= %(at)s"
AGAIN = "state = 'due' AND attempts > 0 AND due_at <= %(at)s"
# A process takes its claims in order, so the first that it left is the one it died on: only that one
# loses an attempt, and its neighbours are as fresh as before.
RETURN = """
    UPDATE nurture_touch touch
    SET state = 'due', token = NULL, lease_until = NULL,
        attempts = touch.attempts - CASE WHEN late.suspect THEN 0 ELSE 1 END
    FROM (
        SELECT id, token, row_number() OVER (PARTITION BY token ORDER BY due_at, id) = 1 AS suspect
        FROM nurture_touch
        WHERE state = 'claimed' AND (lease_until < clock_timestamp() OR token = ANY(%(dead)s))
    ) late
    WHERE touch.id = late.id AND touch.token = late.token AND touch.state = 'claimed'
      AND NOT (late.suspect AND touch.attempts >= %(most)s)
"""
SPENT = f"state = 'claimed' AND attempts >= {MOST_ATTEMPTS}"
SENDING_TOO_LONG = "state = 'sending' AND lease_until < clock_timestamp()"

# NO KEY UPDATE: an opt-out waits for us or we for it, and two touches of one lead see each other's cap.
LOCK_LEAD = "SELECT 1 FROM leads_lead WHERE id = %s FOR NO KEY UPDATE"
# A statement of its own, after the lock: it sees everything that was committed while we waited.
STAND = """
    SELECT touch.due_at, lead.time_zone, {address},
           lead.closed_at IS NULL AND lead.merged_into_id IS NULL,
           enrollment.state = 'live',
           coalesce(custody.custodian_id = track.custodian_id, false),
           track.state = 'paused',
           lead.refused ? %(permission)s,
           EXISTS (SELECT 1 FROM leads_suppression suppression
                   WHERE suppression.channel = %(permission)s
                     AND lower(suppression.address) = lower({address})),
           ARRAY(SELECT coalesce(other.sent_at, other.lease_until) FROM nurture_touch other
                 WHERE other.lead_id = lead.id AND other.channel = 'email'
                   AND other.state IN ('sent', 'sending', 'in_doubt')
                   AND coalesce(other.sent_at, other.lease_until) > %(at)s - make_interval(days => %(days)s))
    FROM nurture_touch touch
    JOIN leads_lead lead ON lead.id = touch.lead_id
    JOIN nurture_enrollment enrollment ON enrollment.id = touch.enrollment_id
    JOIN nurture_track track ON track.id = enrollment.track_id
    LEFT JOIN leads_custody custody ON custody.lead_id = lead.id
    WHERE touch.id = %(touch)s AND touch.token = %(token)s AND touch.state = 'claimed'
      AND touch.lease_until > clock_timestamp()
    FOR UPDATE OF touch
"""
ADDRESS = {"email": "lead.email", "phone": "lead.phone", "post": "lead.postal_address", "social": "'by hand'"}


def address_for(channel: str, lead: Lead) -> str:
    """Where a lead is reached on this channel, as `ADDRESS` says it in SQL."""
    by_permission = {
        "email": lead.email,
        "phone": lead.phone,
        "post": lead.postal_address,
        "social": "by hand",
    }
    return by_permission[PERMISSION[channel]]


class Lost(Exception):
    """The claim is no longer ours: somebody else took the touch, or it left."""


def claim(token: uuid.UUID, at: datetime, *, limit: int, again: bool, channels: Collection[str]) -> list[int]:
    """Take due touches for this process; others skip the locked rows.

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
        return [touch for (touch,) in cursor.fetchall()]


@transaction.atomic
def mark(
    touch: Touch, token: uuid.UUID, marked: Callable[[], object], *, address: str, at: datetime
) -> Objection | None:
    """Read everything again under the lead's lock and mark the touch, or say what speaks against it."""
    track = touch.enrollment.track
    cap = Cap.parse(settings.CONTACT_CAP) if touch.channel == ChannelName.EMAIL else None
    standing = _stand(touch, token, track.calendar.hours, cap, at=at)
    against = objection(standing, at=at, cap=cap)
    if against is None and standing.address != address:
        raise Lost  # they have a new address since we prepared: the next attempt uses it
    if against is None:
        marked()
    return against


def _stand(
    touch: Touch, token: uuid.UUID, window: WorkingHours, cap: Cap | None, *, at: datetime
) -> Standing:
    permission = PERMISSION[touch.channel]
    with connection.cursor() as cursor:
        cursor.execute(LOCK_LEAD, [touch.lead_id])
        cursor.execute(
            STAND.format(address=ADDRESS[permission]),
            {
                "touch": touch.pk,
                "token": token,
                "permission": str(permission),
                "at": at,
                "days": cap.days if cap else 0,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise Lost
    due_at, zone_name, address, is_open, enrolled, ours, paused, refused, suppressed, sent = row
    zone: ZoneInfo = zone_of(zone_name, window)
    return Standing(
        due_at, zone, window, address, is_open, enrolled, ours, paused, refused, suppressed, tuple(sent)
    )


def own(touch: Touch, token: uuid.UUID | None, *states: str, **changes: object) -> None:
    """Change a touch that carries our token and is in one of these states; Lost when it is not."""
    mine = Touch.objects.filter(pk=touch.pk, token=token, state__in=states)
    if mine.update(**changes) != 1:
        raise Lost


def release(touch_ids: Collection[int], token: uuid.UUID) -> int:
    """Give claims back as if they had not been made."""
    mine = Touch.objects.filter(pk__in=touch_ids, token=token, state=Touch.State.CLAIMED)
    return mine.update(state=Touch.State.DUE, attempts=F("attempts") - 1, token=None, lease_until=None)


@transaction.atomic
def take_back() -> int:
    """Make due again what was claimed and not marked by a process that is dead, or slower than its lease."""
    claimed = Touch.objects.filter(state=Touch.State.CLAIMED)
    tokens = set(claimed.order_by().values_list("token", flat=True).distinct())
    with connection.cursor() as cursor:
        cursor.execute(RETURN, {"dead": gone(tokens), "most": MOST_ATTEMPTS})
        return cursor.rowcount


def expired(which: str) -> list[Touch]:
    """Touches whose lease ran out by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM nurture_touch WHERE {which} ORDER BY id")  # noqa: S608
        found = [touch for (touch,) in cursor.fetchall()]
    related = ("enrollment__track__calendar", "lead", "step")
    return list(Touch.objects.filter(pk__in=found).select_related(*related))
