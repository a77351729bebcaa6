"""A pass in a link that we mailed: it lets our own forms leave out what is known, and tells nobody what.

It is signed, dated by the mail, and good for two weeks. It says who a mail was sent to; whoever follows it
sees which questions remain, never an answer.
"""

import uuid
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core import signing
from django.db.models import Max, Q
from django.urls import Resolver404, resolve

from leads.models import Fact, Lead, Submission
from leads.profiling import STRANGER, Known

SALT = "leads.passes"
NAME = "who"
GOOD_FOR = timedelta(days=14)


def written(lead: Lead, at: datetime) -> str:
    """A pass for whoever we write to at this instant."""
    return signing.dumps([lead.public_id.hex, int(at.timestamp())], salt=SALT)


def lead_of(text: str, at: datetime) -> Lead | None:
    """Whom a pass was written for; nobody where it isn't ours, is too old, or they are gone."""
    try:
        public_id, written_at = signing.loads(text, salt=SALT)
        age = at.timestamp() - int(written_at)
        found = Lead.objects.select_related("account").get(public_id=uuid.UUID(public_id))
    except (signing.BadSignature, ValueError, TypeError, Lead.DoesNotExist):
        return None
    if not 0 <= age <= GOOD_FOR.total_seconds():
        return None
    return found.merged_into or found


def with_pass(address: str, lead: Lead, at: datetime | None) -> str:
    """The address of a link in a mail; where it leads to a form of ours, with a pass."""
    if at is None or not _is_our_form(address):
        return address
    parts = urlsplit(address)
    query = "&".join(part for part in (parts.query, urlencode({NAME: written(lead, at)})) if part)
    return parts._replace(query=query).geturl()


def _is_our_form(address: str) -> bool:
    ours, there = urlsplit(settings.SITE_URL), urlsplit(address)
    if (ours.scheme, ours.netloc) != (there.scheme, there.netloc):
        return False
    try:
        return resolve(there.path).url_name == "form_page"
    except Resolver404:
        return False


def known_of(lead: Lead | None) -> Known:
    """Which fields of a lead and their company are known since when, and what they have sent."""
    if lead is None:
        return STRANGER
    about = Q(lead=lead) | (Q(account=lead.account_id) if lead.account_id else Q(pk__in=[]))
    told = Fact.objects.filter(about, value__isnull=False).order_by()
    return Known(
        since=dict(told.values_list("field__key").annotate(Max("at"))),
        submissions=Submission.objects.filter(
            lead__in=Lead.objects.same_as(lead).values("pk"), outcome=Submission.Outcome.ADMITTED
        ).count(),
        name=bool(lead.first_name and lead.last_name),
        company=lead.account_id is not None,
    )
