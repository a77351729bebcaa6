"""Where a lead gets what a form promised: a page of ours behind a signed link, and the taking of it.

A mail gateway opens every link, so opening the page says nothing about anybody: the button on it is what
counts as a download, and only then is the file, or the address elsewhere, handed out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.urls import reverse

from leads import activities
from leads.models import Asset, Grade, Kind, Lead

SALT, FILE_SALT = "leads.delivering", "leads.delivering.file"
GOOD_FOR = timedelta(days=180)  # of the link in a mail
FILE_GOOD_FOR = timedelta(minutes=10)  # of the file's own address


@dataclass(frozen=True)
class Taker:
    """Whoever holds a signed link: a lead, or somebody that we cannot name."""

    lead: Lead | None


def where_to_get(asset: Asset, lead: Lead | None = None) -> str:
    """The address at which this lead, or somebody unnamed, finds the asset; empty where there is none."""
    return page_of(asset, key_of(asset, lead)) if asset.is_there else ""


def page_of(asset: Asset, key: str) -> str:
    page = reverse("asset_page", args=[asset.public_id])
    return f"{settings.SITE_URL}{page}?{urlencode({'k': key})}"


def key_of(asset: Asset, lead: Lead | None) -> str:
    """What opens this asset, and says who took it."""
    return signing.dumps([asset.public_id.hex, lead.public_id.hex if lead else ""], salt=SALT)


def read_key(asset: Asset, key: str) -> Taker | None:
    """Who a link was made for; None for one that is forged, too old or another asset's."""
    try:
        named, lead = signing.loads(key, salt=SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if named != asset.public_id.hex:
        return None
    return Taker(Lead.objects.filter(public_id=lead).first() if lead else None)


def take(asset: Asset, taker: Taker, *, at: datetime) -> str:
    """Note that a person took it; returns where it lies. Twice in a minute is once."""
    if taker.lead:
        event = activities.Event(
            identity_id=activities.identity_of([taker.lead.pk])[taker.lead.pk],
            kind=Kind.DOWNLOAD,
            at=at.replace(second=0, microsecond=0),
            dedupe_key=f"take.{asset.pk}.{taker.lead.pk}",
            about=asset.name,
            grade=Grade.HUMAN,
            asset_id=asset.pk,
        )
        activities.record([event], known_at=at)
    return file_address(asset) if asset.file else asset.url


def file_address(asset: Asset) -> str:
    """Where the file itself lies, for a few minutes."""
    key = signing.dumps(asset.public_id.hex, salt=FILE_SALT)
    return f"{reverse('asset_file', args=[asset.public_id])}?{urlencode({'k': key})}"


def opens_file(asset: Asset, key: str) -> bool:
    try:
        return signing.loads(key, salt=FILE_SALT, max_age=FILE_GOOD_FOR) == asset.public_id.hex
    except (signing.BadSignature, ValueError, TypeError):
        return False
