"""Who holds a lead and what comes next: the verbs that pass it on, for one lead or a million.

Each is one statement or two. A deferred trigger refuses any commit in which an open lead has no
custody, so a caller that forgets is told by the database.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from leads.models import Custodian, Custody, Lead, Tally
from people.models import Side

HOLD = """
    INSERT INTO leads_custody
        (lead_id, custodian_id, side, owner_id, next_action, next_action_at, reason, since)
    SELECT lead.id, %(custodian)s, %(side)s, %(owner)s,
           %(next_action)s, %(next_action_at)s, %(reason)s, %(at)s
    FROM leads_lead lead
    WHERE lead.id = ANY(%(leads)s) AND lead.closed_at IS NULL AND lead.merged_into_id IS NULL
    ON CONFLICT (lead_id) DO UPDATE SET
        custodian_id = EXCLUDED.custodian_id, side = EXCLUDED.side, owner_id = EXCLUDED.owner_id,
        next_action = EXCLUDED.next_action, next_action_at = EXCLUDED.next_action_at,
        reason = EXCLUDED.reason,
        since = CASE WHEN leads_custody.custodian_id = EXCLUDED.custodian_id
                     THEN leads_custody.since ELSE EXCLUDED.since END
"""

PUT_BACK = """
    INSERT INTO leads_custody
        (lead_id, custodian_id, side, owner_id, next_action, next_action_at, reason, since)
    SELECT lead.id, hand.id, hand.side, CASE WHEN hand.side = 'sales' THEN hand.user_id END,
           stood.next_action, stood.next_action_at, stood.reason, %(at)s
    FROM jsonb_to_recordset(%(before)s::jsonb) AS stood(
        lead_id bigint, custodian_id bigint, next_action text, next_action_at timestamptz, reason text)
    JOIN leads_lead lead ON lead.id = stood.lead_id AND lead.merged_into_id IS NULL
    JOIN leads_custodian hand ON hand.id = stood.custodian_id
    ON CONFLICT (lead_id) DO UPDATE SET
        custodian_id = EXCLUDED.custodian_id, side = EXCLUDED.side, owner_id = EXCLUDED.owner_id,
        next_action = EXCLUDED.next_action, next_action_at = EXCLUDED.next_action_at,
        reason = EXCLUDED.reason, since = EXCLUDED.since
"""


def hold(
    lead_ids: Collection[int],
    custodian: Custodian,
    *,
    next_action: str,
    next_action_at: datetime,
    reason: str,
    at: datetime,
) -> int:
    """Put open leads into a hand, with what comes next, when and why; returns how many."""
    owner = custodian.user_id if custodian.side == Side.SALES else None
    with connection.cursor() as cursor:
        cursor.execute(
            HOLD,
            {
                "leads": list(lead_ids),
                "custodian": custodian.pk,
                "side": custodian.side,
                "owner": owner,
                "next_action": next_action,
                "next_action_at": next_action_at,
                "reason": reason[:200],
                "at": at,
            },
        )
        return cursor.rowcount


def plan(lead_ids: Collection[int], *, next_action: str, next_action_at: datetime, reason: str) -> int:
    """Change what comes next without changing the hand."""
    return Custody.objects.filter(lead_id__in=lead_ids).update(
        next_action=next_action, next_action_at=next_action_at, reason=reason[:200]
    )


@transaction.atomic
def close(lead_ids: Collection[int], *, cause: str, at: datetime) -> int:
    """Close leads with a cause: nobody holds them and nothing more happens by itself."""
    closed = Lead.objects.open().filter(pk__in=lead_ids).update(closed_at=at, closed_cause=cause[:60])
    Custody.objects.filter(lead_id__in=lead_ids).delete()
    Tally.objects.filter(lead_id__in=lead_ids).update(next_check_at=None)
    return closed


@transaction.atomic
def reopen(
    lead_ids: Collection[int],
    custodian: Custodian,
    *,
    next_action: str,
    next_action_at: datetime,
    reason: str,
    at: datetime,
) -> int:
    """Open closed leads again in somebody's hand: a new episode of the same person."""
    Lead.objects.live().filter(pk__in=lead_ids).update(closed_at=None, closed_cause="")
    return hold(
        lead_ids, custodian, next_action=next_action, next_action_at=next_action_at, reason=reason, at=at
    )


@transaction.atomic
def put_back(before: Mapping[int, Mapping[str, Any]], *, at: datetime) -> int:
    """Put leads back into the hands they were in, each with what came next; the closed are opened."""
    Lead.objects.live().filter(pk__in=before).exclude(closed_at=None).update(closed_at=None, closed_cause="")
    rows = [{**stood, "lead_id": lead} for lead, stood in before.items()]
    with connection.cursor() as cursor:
        cursor.execute(PUT_BACK, {"before": json.dumps(rows), "at": at})
        return cursor.rowcount
