"""The ends of touches as rows: over, or put off. For one or for a group, in a few statements.

Locks: custody, then enrollment, then touch, each in the order of its numbers. Whoever took a touch from us
meanwhile knows how it ends, so every end is for those that still carry our token.
"""

import json
import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, transaction

from leads import activities
from leads.models import Kind
from leads.tallying import write_ours
from nurture.enrolling import end
from nurture.models import Enrollment, Touch
from nurture.permission import Objection
from nurture.planning import NEXT, Passed, plan_next
from people.asking import ask

State = Touch.State
OURS = State.CLAIMED, State.SENDING

LOCK = (
    "SELECT FROM leads_custody WHERE lead_id = ANY(%(leads)s) ORDER BY lead_id FOR UPDATE",
    "SELECT FROM nurture_enrollment WHERE id = ANY(%(enrollments)s) ORDER BY id FOR NO KEY UPDATE",
)
#: What was done to whom, as the lead's history tells it, of the touches in the table expression `ended`.
TOLD = """
    SELECT thread.id AS identity_id, %(kind)s::text AS kind, %(at)s::timestamptz AS at,
           'touch.' || ended.public_id || '.' || %(kind)s::text AS dedupe_key, step.name AS about,
           jsonb_build_object('touch', ended.public_id) AS details
    FROM ended JOIN nurture_step step ON step.id = ended.step_id
    CROSS JOIN LATERAL (
        SELECT id FROM leads_identity WHERE lead_id = ended.lead_id ORDER BY id LIMIT 1) thread
"""
END = """
    UPDATE nurture_touch touch SET state = %(state)s, sent_at = %(sent_at)s, reason = ending.reason
    FROM jsonb_to_recordset(%(endings)s::jsonb) AS ending (id bigint, reason text)
    WHERE touch.id = ending.id AND touch.id = ANY(%(touches)s)
      AND touch.token = %(token)s AND touch.state = ANY(%(before)s)
    RETURNING touch.id, touch.public_id, touch.lead_id, touch.step_id
"""
END_SILENTLY = f"WITH ended AS ({END}) SELECT id FROM ended"  # noqa: S608
END_AND_TELL = f"WITH ended AS ({END}), told AS ({write_ours(TOLD)}) SELECT id FROM ended"  # noqa: S608
PUT_OFF = """
    WITH later AS (
        UPDATE nurture_touch touch
        SET state = 'due', due_at = delay.until, reason = delay.reason, attempts = delay.attempts
        FROM jsonb_to_recordset(%(delays)s::jsonb) AS delay (
            id bigint, until timestamptz, reason text, attempts smallint)
        WHERE touch.id = delay.id AND touch.token = %(token)s AND touch.state IN ('claimed', 'sending')
        RETURNING touch.id, touch.lead_id, touch.enrollment_id, touch.due_at, touch.channel, touch.reason
    ), told AS (
        UPDATE leads_custody custody
        SET next_action = %(actions)s::jsonb ->> later.channel, next_action_at = later.due_at,
            reason = left(later.reason, 200)
        FROM later JOIN nurture_enrollment enrollment ON enrollment.id = later.enrollment_id
        JOIN nurture_track track ON track.id = enrollment.track_id
        WHERE custody.lead_id = later.lead_id AND custody.custodian_id = track.custodian_id
    )
    SELECT id FROM later
"""


GIVE_BACK = """
    UPDATE nurture_touch SET state = 'due', attempts = attempts - 1, token = NULL, lease_until = NULL
    WHERE id = ANY(%(touches)s) AND token = %(token)s AND state = ANY(%(before)s)
"""


class Ending(Passed, Protocol):
    """A touch that is about to end; the model is one."""

    @property
    def id(self) -> int: ...
    @property
    def lead_id(self) -> int: ...
    @property
    def attempts(self) -> int: ...


Delay = tuple[Ending, datetime, str, int]  # until when, why, and as how many attempts it counts


@transaction.atomic
def finish(
    endings: Collection[tuple[Ending, str]],
    token: uuid.UUID,
    state: str,
    *,
    at: datetime,
    before: Collection[str] = OURS,
    told: Kind | None = None,
) -> None:
    """These touches are over, each for its reason, and their tracks go on; `told` is for the history."""
    plan_next(_end(endings, token, state, at=at, before=before, told=told), at=at)


@transaction.atomic
def leave(endings: Collection[tuple[Ending, str]], token: uuid.UUID, *, at: datetime) -> None:
    """These touches are skipped, and with them ends their lead's way along the track."""
    for touch in _end(endings, token, State.SKIPPED, at=at, before=OURS):
        reason = next(words for one, words in endings if one.id == touch.id)
        end(Enrollment.objects.live().filter(pk=touch.enrollment_id), reason, at=at)


def put_off(delays: Iterable[Delay], token: uuid.UUID) -> None:
    """These are due again later, and custody says so."""
    rows = [
        {"id": touch.id, "until": until.isoformat(), "reason": reason[:300], "attempts": attempts}
        for touch, until, reason, attempts in delays
    ]
    actions = {str(channel): str(action) for channel, action in NEXT.items()}
    with connection.cursor() as cursor:
        cursor.execute(PUT_OFF, {"delays": json.dumps(rows), "token": token, "actions": json.dumps(actions)})


def hold(touch_ids: Collection[int], reason: str, token: uuid.UUID) -> None:
    """The pause holds these until the track goes on."""
    mine = Touch.objects.filter(pk__in=touch_ids, token=token, state=State.CLAIMED)
    mine.update(state=State.HELD, attempts=0, reason=reason)


def give_back(touch_ids: Collection[int], token: uuid.UUID, *, before: Collection[str] = OURS) -> int:
    """These are as if they had not been claimed; no server has seen them."""
    states = [str(state) for state in before]
    given: dict[str, Any] = {"touches": list(touch_ids), "token": token, "before": states}
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, given)
        return cursor.rowcount


def object_to(against: Collection[tuple[Ending, Objection]], token: uuid.UUID, *, at: datetime) -> None:
    """Something spoke against these at the last moment: put them off, skip them, or end the enrollment."""
    if held := [(touch.id, said.reason) for touch, said in against if said.holds]:
        hold([touch for touch, _reason in held], held[0][1], token)
        against = [one for one in against if not one[1].holds]
    if later := [(touch, said.until, said.reason, 0) for touch, said in against if said.until]:
        put_off(later, token)
    if leaving := [(touch, said.reason) for touch, said in against if said.leaves and not said.until]:
        leave(leaving, token, at=at)
    skipped = [(touch, said.reason) for touch, said in against if not said.leaves and not said.until]
    if skipped:
        finish(skipped, token, State.SKIPPED, at=at)


def _end(
    endings: Collection[tuple[Ending, str]],
    token: uuid.UUID,
    state: str,
    *,
    at: datetime,
    before: Collection[str],
    told: Kind | None = None,
) -> list[Ending]:
    """Returns those that were still ours."""
    ending = {touch.id: touch for touch, _reason in endings}
    if told:
        activities.make_room([at])
    given: dict[str, Any] = {
        "endings": json.dumps([{"id": touch.id, "reason": reason[:300]} for touch, reason in endings]),
        "state": str(state),
        "sent_at": at if state == State.SENT else None,
        "before": [str(one) for one in before],
        "token": token,
        "kind": str(told),
        "at": at,
        "touches": list(ending),
        "leads": [touch.lead_id for touch in ending.values()],
        "enrollments": [touch.enrollment_id for touch in ending.values()],
    }
    for statement in LOCK:
        ask(statement, given)
    return [ending[touch] for (touch,) in ask(END_AND_TELL if told else END_SILENTLY, given)]
