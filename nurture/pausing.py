"""Pausing a track, and going on: what fell due meanwhile is held, and one of three things becomes of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from leads.models import Custody
from nurture.models import Pause, Touch, Track
from nurture.planning import plan_next
from people.models import User

Policy = Pause.Policy

#: A pause is added on the calendar of the track's zone: three weeks later at nine is nine o'clock.
SHIFT = """
    WITH moved AS (
        UPDATE nurture_touch touch
        SET state = 'due', reason = '',
            due_at = ((touch.due_at AT TIME ZONE %(zone)s)
                      + make_interval(days => %(days)s, secs => %(seconds)s)) AT TIME ZONE %(zone)s
        FROM nurture_enrollment enrollment
        WHERE enrollment.id = touch.enrollment_id AND touch.id = ANY(%(touches)s)
          AND touch.state IN ('due', 'held')
        RETURNING touch.lead_id, touch.due_at)
    UPDATE leads_custody custody SET next_action_at = moved.due_at
    FROM moved WHERE custody.lead_id = moved.lead_id AND custody.custodian_id = %(hand)s
"""


class NotPaused(Exception):
    """The track runs already, or was never paused."""


@dataclass(frozen=True)
class Backlog:
    """What waits on a paused track: what fell due in the pause, and what is planned for later."""

    since: datetime
    fell_due: int
    later: int


@transaction.atomic
def pause(track: Track, *, by: User | None, at: datetime) -> bool:
    """Nothing more goes out from now on; False when the track is not live."""
    if not Track.objects.filter(pk=track.pk, state=Track.State.LIVE).update(state=Track.State.PAUSED):
        return False
    Pause.objects.create(track=track, by=by, at=at)
    return True


def backlog(track: Track, *, at: datetime) -> Backlog:
    """What a choice would be about, at this instant."""
    open_pause = _open(track)
    since = open_pause.at if open_pause else at
    return Backlog(since, _fell_due(track, at).count(), _later(track, at).count())


@transaction.atomic
def resume(track: Track, policy: str, *, by: User | None, at: datetime) -> Backlog:
    """Go on, and do as was chosen with what fell due meanwhile; returns what that was."""
    if not Track.objects.filter(pk=track.pk, state=Track.State.PAUSED).update(state=Track.State.LIVE):
        raise NotPaused
    waited = backlog(track, at=at)
    touches = _fell_due(track, at) | _later(track, at)
    list(Custody.objects.filter(lead__in=touches.values("lead")).order_by("lead").select_for_update())
    {Policy.SHIFT.value: _shift, Policy.SKIP.value: _skip, Policy.SEND.value: _send}[policy](
        track, waited, at
    )
    open_pause = _open(track)
    if open_pause:
        open_pause.resumed_at, open_pause.resumed_by, open_pause.policy = at, by, policy
        open_pause.save(update_fields=["resumed_at", "resumed_by", "policy"])
    return waited


def _open(track: Track) -> Pause | None:
    return track.pauses.filter(resumed_at=None).first()


def _waiting(track: Track) -> QuerySet[Touch]:
    return Touch.objects.filter(enrollment__track=track, enrollment__state="live")


def _fell_due(track: Track, at: datetime) -> QuerySet[Touch]:
    """Held by the pause already, or due and not looked at yet."""
    return _waiting(track).filter(Q(state=Touch.State.HELD) | Q(state=Touch.State.DUE, due_at__lte=at))


def _later(track: Track, at: datetime) -> QuerySet[Touch]:
    return _waiting(track).filter(state=Touch.State.DUE, due_at__gt=at)


def _shift(track: Track, waited: Backlog, at: datetime) -> None:
    span = at - waited.since
    touches = _fell_due(track, at) | _later(track, at)
    params: dict[str, Any] = {
        "touches": list(touches.values_list("pk", flat=True)),
        "hand": track.custodian_id,
        "zone": track.calendar.hours.time_zone.key,
        "days": span.days,
        "seconds": span.seconds,
    }
    with connection.cursor() as cursor:
        cursor.execute(SHIFT, params)


def _skip(track: Track, waited: Backlog, at: datetime) -> None:
    skipped = list(_fell_due(track, at).exclude(channel="wait"))
    words = _("Fell due while the track was paused")
    Touch.objects.filter(pk__in=[touch.pk for touch in skipped]).update(
        state=Touch.State.SKIPPED, reason=words
    )
    _send(track, waited, at)  # branches are decided, not left out
    plan_next(skipped, at=at)


def _send(track: Track, waited: Backlog, at: datetime) -> None:
    """Each lead has one touch that waits: it goes in the next window, and the others follow from there."""
    held = _waiting(track).filter(state=Touch.State.HELD)
    held.update(state=Touch.State.DUE, reason="")
