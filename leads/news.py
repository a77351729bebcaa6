"""Telling the rest of Baton that leads changed."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from leads.signals import lead_changed

#: In the order in which everybody locks tallies, or two callers could wait in a circle.
DUE = """
    UPDATE leads_tally tally SET next_check_at = %(at)s
    FROM (SELECT lead_id FROM leads_tally WHERE lead_id = ANY(%(leads)s)
          ORDER BY lead_id FOR NO KEY UPDATE) due
    WHERE tally.lead_id = due.lead_id
"""


def changed(lead_ids: Collection[int], *, at: datetime) -> None:
    """Mark the leads as due a look and ring the doorbell; call it inside the change's transaction."""
    if not lead_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"leads": sorted(lead_ids), "at": at})
    lead_changed.send(sender=None, lead_ids=lead_ids, at=at)
