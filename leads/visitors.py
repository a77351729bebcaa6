"""Who sits behind a browser: a visitor until they say who they are, then a lead, and never two people.

A browser carries a random key of its own, and what it does is written on the thread with that key. Whoever
says who they are takes the thread with all that hangs on it. Where it is somebody else's by then, the key
moves to a new thread from that instant on, and neither gets the other's visits.
"""

import uuid
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from django.core import signing
from django.db import transaction

from leads import activities, sites
from leads.models import Identity, Lead

COOKIE = BOX = "baton_v"
NAME = "baton"
SALT = "leads.visitors"
FRESH = timedelta(minutes=10)  # an address that is copied and passed on speaks for nobody


def read(text: str) -> uuid.UUID | None:
    """The key of a browser as it was sent, or nothing."""
    try:
        return uuid.UUID(hex=text)
    except ValueError:
        return None


def key_of(request) -> uuid.UUID | None:
    """The key that a form carries, else the cookie; never the address, which anybody may have written."""
    carried = (request.POST.get(BOX, ""), request.COOKIES.get(COOKIE, ""))
    return next((key for key in map(read, carried) if key), None)


@transaction.atomic
def hold(key: uuid.UUID, at: datetime) -> Identity:
    """The thread that this browser writes on, kept from others until the transaction ends."""
    Identity.objects.bulk_create([Identity(key=key, at=at)], ignore_conflicts=True)
    return Identity.objects.select_for_update(no_key=True).get(key=key)


@transaction.atomic
def identify(key: uuid.UUID, lead: Lead, *, at: datetime, confirmed: bool = False) -> None:
    """This browser is this lead's from now on; what a visitor did before becomes theirs as well.

    `confirmed` by something that only people do, such as sending a form.
    """
    thread = hold(key, at)
    if thread.lead_id is None:
        activities.join(thread, lead, at)
    elif thread.lead_id != lead.pk:
        Identity.objects.filter(pk=thread.pk).update(key=uuid.uuid4())
        Identity.objects.create(key=key, lead=lead, at=at, joined_at=at)
    if confirmed:
        Identity.objects.filter(key=key, confirmed_at=None).update(confirmed_at=at)


def introducing(address: str, lead: Lead, knock_id: int = 0) -> str:
    """The address of a link in a mail; where it leads to a site that reports to us, it says who comes."""
    if not sites.is_ours(address):
        return address
    parts = urlsplit(address)
    query = "&".join(part for part in (parts.query, urlencode({NAME: introduction(lead, knock_id)})) if part)
    return parts._replace(query=query).geturl()


def introduction(lead: Lead, knock_id: int = 0) -> str:
    """What the address of a page may carry for a few minutes to say who is coming, and by which request."""
    return signing.dumps([lead.public_id.hex, knock_id], salt=SALT)


def introduced(text: str) -> tuple[Lead, int] | None:
    """Whom an introduction of ours names, and by which request they came, while it is fresh."""
    try:
        public_id, knock_id = signing.loads(text, salt=SALT, max_age=FRESH)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    lead = Lead.objects.filter(public_id=public_id).select_related("merged_into").first()
    return (lead.merged_into or lead, knock_id) if lead else None
