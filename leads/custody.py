"""Who holds a lead and what comes next: the verbs that pass it on, for one lead or a million.

Each is one statement or two. A deferred trigger refuses any commit in which an open lead has no
custody, so a caller that forgets is told by the database.
"""

from collections.abc import Collection
from datetime import datetime

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
