"""The list as it is taken home: who, how to reach them, and its columns; audited, and a page at a time."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.lists import columns
from leads.lists.columns import Column
from leads.lists.finding import Listing
from leads.models import Export, Lead

MOST_IN_XLSX = 200_000

STANDARD = (
    "First name", "Last name", "E-mail", "Phone", "Company", "Country", "Stage", "Source", "Score",
    "Rating", "Held by", "Next", "By", "Why", "First contact",
)  # fmt: skip
#: Columns of the page that the standard ones say already.
SAID = {"company", "country", "stage", "source", "score", "rating", "holder", "next", "email", "phone"}


def begin(listing: Listing, user, format: str, at: datetime) -> Export:
    asked = listing.asked
    said = asked.sentence or _("everybody")
    return Export.objects.create(by=user, format=format, said=said, query=asked.query(), at=at)


def begin_chosen(total: int, user, format: str | None, at: datetime) -> Export:
    said = ngettext("%(n)d chosen lead", "%(n)d chosen leads", total) % {"n": total}
    known = format if format in Export.Format.values else Export.Format.CSV
    return Export.objects.create(by=user, format=known, said=said, at=at)


def table(listing: Listing, leads: Iterable[Lead]) -> tuple[list[str], Iterator[list[Any]]]:
    """The head of the file, and its rows."""
    also = [one for one in columns.chosen(listing.asked.columns, columns.columns()) if one.key not in SAID]
    return [*STANDARD, *(str(one.label) for one in also)], (_row(lead, also) for lead in leads)


def counted(rows: Iterable[list[Any]], export: Export) -> Iterator[list[Any]]:
    """The rows as they pass; how many did stands in the audit, also where the reader hung up."""
    count = 0
    try:
        for row in rows:
            count += 1
            yield row
    finally:
        export.end(count, timezone.now())


def _row(lead: Lead, also: list[Column]) -> list[Any]:
    hand = getattr(lead, "custody", None)
    kept: tuple = (_("Closed"), "", "", lead.closed_cause)
    if hand:
        kept = (
            str(hand.custodian),
            hand.get_next_action_display(),
            hand.next_action_at.isoformat(),
            hand.reason,
        )
    return [
        lead.first_name, lead.last_name, lead.email, lead.phone, lead.account and lead.account.name,
        lead.country, lead.get_stage_display(), lead.source and lead.source.name,
        lead.points,  # type: ignore[attr-defined]
        lead.rating, *kept, lead.at.isoformat(), *(_plain(one.value(lead)) for one in also),
    ]  # fmt: skip


def _plain(value: Any) -> Any:
    """Instants as every spreadsheet reads them, and the rest as it is."""
    if isinstance(value, datetime):
        return value.isoformat()
    return ", ".join(map(str, value)) if isinstance(value, list) else value
