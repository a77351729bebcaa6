"""Some people come a second time by another address: whether they are one, a person must say."""

from datetime import datetime

from leads import intake, suspecting
from leads.arrivals import Arrival
from leads.models import Lead

PAIRS = 3


def come(at: datetime) -> None:
    """The latest people with a phone write from home, and the nightly look finds that they look alike."""
    known = Lead.objects.open().exclude(phone="").exclude(last_name="").order_by("-pk")[:PAIRS]
    intake.admit([_from_home(lead) for lead in known], at=at)
    suspecting.look(at)


def _from_home(lead: Lead) -> Arrival:
    return Arrival(
        email=f"{lead.email.partition('@')[0]}@gmail.com",
        phone=lead.phone,
        first_name=lead.first_name,
        last_name=lead.last_name,
        country=lead.country,
        source=lead.source and lead.source.name,
    )
