"""The tasks of handoff: each calls one verb."""

from celery import shared_task
from django.utils import timezone

from handoff import considering, escalation


@shared_task
def consider_leads(lead_ids: list[int]):
    """Look at these leads, which have just changed."""
    considering.consider(lead_ids, timezone.now())


@shared_task
def consider_due():
    """Look at every lead whose verdict can have changed by now."""
    considering.consider_due(timezone.now())


@shared_task
def escalate_overdue():
    """Tell broken promises upward, and take open handoffs from people who are not there."""
    escalation.escalate(timezone.now())
