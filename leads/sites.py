"""Which sites may report, what their links mean, and how much came from each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Max, Q, Sum

from leads import embedding
from leads.models import Asset, Campaign, Site, Traffic

SLOT = timedelta(minutes=5)
KEPT, AN_HOUR = timedelta(days=7), timedelta(hours=1)
SHOWN = 20  # places that are on no list

COUNT = """
    WITH forgotten AS (DELETE FROM leads_traffic WHERE slot < %(kept)s)
    INSERT INTO leads_traffic (origin, slot, outcome, events, last_at)
    SELECT * FROM unnest(
        %(origins)s::text[], %(slots)s::timestamptz[], %(outcomes)s::text[], %(events)s::int[],
        %(lasts)s::timestamptz[])
    ON CONFLICT (origin, slot, outcome) DO UPDATE SET
        events = leads_traffic.events + EXCLUDED.events,
        last_at = GREATEST(leads_traffic.last_at, EXCLUDED.last_at)
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What reports are read against, as it stood a few seconds ago."""

    origins: frozenset[str]
    campaigns: Mapping[str, int]
    assets: Mapping[str, int]


def known() -> Known:
    """The sites that may report, campaigns by their mark in links, assets by their address."""
    campaigns = Campaign.objects.exclude(utm_campaign="").order_by("-pk")
    assets = Asset.objects.exclude(url="").order_by("-pk")
    return Known(
        frozenset(Site.objects.values_list("origin", flat=True)) | {embedding.origin(settings.SITE_URL)},
        {mark.lower(): pk for mark, pk in campaigns.values_list("utm_campaign", "pk")},
        dict(assets.values_list("url", "pk")),
    )


def is_ours(address: str) -> bool:
    """Does this address lead to a site that reports to us?"""
    try:
        return Site.objects.filter(origin=embedding.origin(address)).exists()
    except ValidationError:
        return False


def line_of_ours() -> dict[str, bool] | None:
    """How our hosted forms report, once any site does: only where readers agreed, unless settings say so."""
    return {"asks": settings.TRACKING_ASKS} if Site.objects.exists() else None


def count(told: Mapping[tuple[str, str], int], at: datetime) -> None:
    """Add to the counts of this slot, in the order of their key; forget those of long ago."""
    if not told:
        return
    slot = at.replace(minute=at.minute - at.minute % 5, second=0, microsecond=0)
    rows = sorted(told)
    parameters: dict[str, Any] = {
        "origins": [origin for origin, _outcome in rows],
        "slots": [slot] * len(rows),
        "outcomes": [outcome for _origin, outcome in rows],
        "events": [told[row] for row in rows],
        "lasts": [at] * len(rows),
        "kept": at - KEPT,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, parameters)


@dataclass
class Place:
    """Where reports came from: how many were recorded and refused within the hour, and when the last came."""

    origin: str
    site: Site | None = None
    is_us: bool = False
    taken: int = 0
    last_at: datetime | None = None
    refused: dict[str, int] = field(default_factory=dict)

    def heard(self, row: Mapping[str, Any]) -> None:
        if row["outcome"] == Traffic.Outcome.TAKEN:
            self.taken, self.last_at = row["lately"] or 0, row["last"]
        elif row["lately"]:
            self.refused[str(Traffic.Outcome(row["outcome"]).label)] = row["lately"]


def places(at: datetime) -> list[Place]:
    """Ours first, those on the list, then others that were refused within the hour, the loudest first."""
    us = embedding.origin(settings.SITE_URL)
    listed = {site.origin: Place(site.origin, site) for site in Site.objects.all()}
    found = {us: Place(us, is_us=True)} | listed
    lately = Sum("events", filter=Q(last_at__gt=at - AN_HOUR))
    for row in Traffic.objects.values("origin", "outcome").annotate(lately=lately, last=Max("last_at")):
        found.setdefault(row["origin"], Place(row["origin"])).heard(row)
    known = [place for place in found.values() if place.is_us or place.site]
    others = [place for place in found.values() if place not in known and (place.refused or place.taken)]
    return known + sorted(others, key=lambda place: -sum(place.refused.values()))[:SHOWN]
