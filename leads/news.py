"""Telling the rest of Baton that leads changed."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from leads.signals import lead_changed

#: In the order in which everybody locks tallies, or two callers could wait in a circle. The update is a
#: statement of its own: joined to the locking one, it took the square of the leads where the table has grown
#: since its statistics were taken (within the transaction of a first import, say).
LOCK = "SELECT FROM leads_tally WHERE lead_id = ANY(%s) ORDER BY lead_id FOR NO KEY UPDATE"
DUE = "UPDATE leads_tally SET next_check_at = %s WHERE lead_id = ANY(%s)"


def changed(lead_ids: Collection[int], *, at: datetime) -> None:
    """Mark the leads as due a look and ring the doorbell; call it inside the change's transaction."""
    if not lead_ids:
        return
    leads = sorted(lead_ids)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [leads])
        cursor.execute(DUE, [at, leads])
    tell(lead_ids, at=at)


def tell(lead_ids: Collection[int], *, at: datetime) -> None:
    """Ring the doorbell for leads that are marked as due already."""
    if lead_ids:
        lead_changed.send(sender=None, lead_ids=lead_ids, at=at)
