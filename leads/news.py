"""Telling the rest of Baton that leads changed."""

from collections.abc import Collection
from datetime import datetime

from leads.models import Tally
from leads.signals import lead_changed


def changed(lead_ids: Collection[int], *, at: datetime) -> None:
    """Mark the leads as due a look and ring the doorbell; call it inside the change's transaction."""
    if not lead_ids:
        return
    Tally.objects.filter(lead_id__in=lead_ids).update(next_check_at=at)
    lead_changed.send(sender=None, lead_ids=lead_ids, at=at)
