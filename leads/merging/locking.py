"""Locks of a merge in the one order: identities, tallies, handoffs, leads, custody, enrollments, touches."""

from django.db import connection

from leads import activities
from leads.merging.parts import CUSTODY, parts
from leads.models import Identity, Lead

CUSTODIES = "SELECT FROM leads_custody WHERE lead_id = ANY(%s) ORDER BY lead_id FOR UPDATE"
LEADS = "SELECT FROM leads_lead WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def lock(ids: list[int]) -> dict[int, Lead]:
    """Let nobody else change these leads until we commit; returns them as they stand now."""
    activities.lock(Identity.objects.filter(lead__in=ids).values_list("pk", flat=True))
    activities.lock_tallies(ids)
    for part in parts():
        if part.order < CUSTODY:
            part.lock(ids)
    with connection.cursor() as cursor:
        cursor.execute(LEADS, [ids])
        cursor.execute(CUSTODIES, [ids])
    for part in parts():
        if part.order > CUSTODY:
            part.lock(ids)
    return read(ids)


def read(ids: list[int]) -> dict[int, Lead]:
    """Leads with everything that a merge asks of them."""
    related = ("custody__custodian", "custody__owner", "account", "source", "campaign", "merged_into")
    return Lead.objects.select_related(*related).in_bulk(ids)
