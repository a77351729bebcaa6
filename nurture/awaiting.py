"""What waits for its hour or for an act: branches that are decided, and touches that an act brings forward.

Locks are taken in one order everywhere: custody, enrollment, touch.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from leads.counting import GRADE, human, regraded
from nurture.models import Touch, Track
from nurture.planning import plan_next
from nurture.schedule import narrowed, zone_of
from people.clock import next_in_window

BATCH = 1_000

OVER = """
    SELECT touch.id, touch.lead_id FROM nurture_touch touch
    JOIN nurture_enrollment enrollment ON enrollment.id = touch.enrollment_id
    JOIN nurture_track track ON track.id = enrollment.track_id
    WHERE touch.state = 'due' AND touch.channel = 'wait' AND touch.due_at <= %(at)s
      AND track.state <> 'paused'
    ORDER BY touch.due_at, touch.id LIMIT %(batch)s
"""
LOCK = "SELECT FROM leads_custody WHERE lead_id = ANY(%(leads)s) ORDER BY lead_id FOR UPDATE"
LOCK_ENROLLED = """
    SELECT FROM nurture_enrollment
    WHERE id IN (SELECT enrollment_id FROM nurture_touch WHERE id = ANY(%(touches)s))
    ORDER BY id FOR NO KEY UPDATE
"""
GO_BY = "UPDATE nurture_touch SET state = 'passed' WHERE id = ANY(%(touches)s) AND state = 'due' RETURNING id"

#: An act counts from the touch before on. What was put off by a cap or a refusal is not brought forward.
DONE = f"""
    SELECT touch.id, touch.lead_id, enrollment.track_id, lead.time_zone, step.at_time, step.by_time
    FROM nurture_step step JOIN nurture_touch touch ON touch.step_id = step.id
    JOIN nurture_enrollment enrollment ON enrollment.id = touch.enrollment_id AND enrollment.state = 'live'
    JOIN leads_lead lead ON lead.id = touch.lead_id
    WHERE step.event <> '' AND touch.part <= 1 AND touch.state = 'due' AND touch.due_at > %(at)s
      AND touch.attempts = 0 AND touch.reason = ''
      AND EXISTS (SELECT FROM leads_activity activity
                  JOIN leads_identity identity ON identity.id = activity.identity_id
                  {regraded()}
                  WHERE identity.lead_id = lead.id AND activity.kind = step.event AND {human(GRADE)}
                    AND activity.at <= %(at)s AND activity.at >= coalesce(
                        (SELECT max(sent.sent_at) FROM nurture_touch sent
                         WHERE sent.enrollment_id = enrollment.id), enrollment.at))
    ORDER BY touch.id LIMIT %(batch)s
"""  # noqa: S608 - put together from constants of our own
FORWARD = """
    WITH moved AS (
        UPDATE nurture_touch touch SET due_at = new.due_at
        FROM unnest(%(touches)s::bigint[], %(due)s::timestamptz[]) AS new (id, due_at)
        WHERE touch.id = new.id AND touch.state = 'due' AND touch.due_at > new.due_at
        RETURNING touch.lead_id, touch.enrollment_id, touch.due_at)
    UPDATE leads_custody custody SET next_action_at = moved.due_at
    FROM moved JOIN nurture_enrollment enrollment ON enrollment.id = moved.enrollment_id
    JOIN nurture_track track ON track.id = enrollment.track_id
    WHERE custody.lead_id = moved.lead_id AND custody.custodian_id = track.custodian_id
"""


def pass_branches(at: datetime) -> int:
    """Decide every branch whose wait is over: each lead gets what its lane has next. How many there were."""
    passed = 0
    while found := _pass(at):
        passed += found
    return passed


@transaction.atomic
def _pass(at: datetime) -> int:
    over = _rows(OVER, at=at, batch=BATCH)
    touches = [touch for touch, _lead in over]
    _rows(LOCK, leads=[lead for _touch, lead in over])
    _rows(LOCK_ENROLLED, touches=touches)
    passed = [touch for (touch,) in _rows(GO_BY, touches=touches)]
    plan_next(Touch.objects.filter(pk__in=passed), at=at)
    return len(passed)


def bring_forward(at: datetime) -> int:
    """Touches that wait for an act which has been done fall due now, in their hours. How many there were."""
    moved = 0
    while True:
        with transaction.atomic():
            found = _rows(DONE, at=at, batch=BATCH)
            moved += _bring(found, at)
        if len(found) < BATCH:
            return moved


def _bring(found: Sequence[tuple], at: datetime) -> int:
    tracks = Track.objects.select_related("calendar").in_bulk({row[2] for row in found})
    dates: dict[tuple, datetime] = defaultdict(lambda: at)
    for _touch, _lead, *when in found:
        track, zone, at_time, by_time = when
        hours = narrowed(tracks[track].calendar.hours, at_time, by_time)
        dates[tuple(when)] = next_in_window(at, hours, zone_of(zone, hours))
    _rows(LOCK, leads=sorted(row[1] for row in found))
    with connection.cursor() as cursor:
        due = [dates[tuple(when)] for _touch, _lead, *when in found]
        cursor.execute(FORWARD, {"touches": [row[0] for row in found], "due": due})
    return len(found)


def _rows(sql: str, **params) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
