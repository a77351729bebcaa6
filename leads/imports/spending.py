"""What campaigns cost, as a file tells it: an amount for each campaign and month."""

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import gathering
from leads.imports import dates, kinds, mapping
from leads.imports.kinds import Outcome, Target, Told
from leads.models import Campaign, Import, Source, Spend

TARGETS = [
    Target("campaign", gettext_lazy("Campaign"), "", ("campaign", "campaign_name", "kampagne", "campanha")),
    Target("source", gettext_lazy("Source"), "",
           ("source", "channel", "vendor", "quelle", "kanal", "origem")),
    Target("month", gettext_lazy("Month or day"), "",
           ("month", "period", "date", "day", "monat", "datum", "mes", "data", "reporting_starts")),
    Target("amount", gettext_lazy("Amount"), "",
           ("amount", "spend", "cost", "costs", "amount_spent", "ad_spend", "kosten", "ausgaben", "custo",
            "gasto", "valor", "betrag")),
]  # fmt: skip
MONTH = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})|(?P<month2>\d{1,2})[-/.](?P<year2>\d{4})")
FIGURE = re.compile(r"[0-9][0-9.,'\s\u00a0]*")
LARGEST = Decimal("1e10")


def month(text: str, order: str) -> date:
    """2026-05, 05/2026, May 2026, or any day of the month."""
    if found := MONTH.fullmatch(text):
        return date(int(found["year"] or found["year2"]), int(found["month"] or found["month2"]), 1)
    for shape in ("%B %Y", "%b %Y"):
        try:
            return datetime.strptime(text, shape).date()  # noqa: DTZ007  a month has no zone
        except ValueError:
            continue
    return dates.instant(text, order).date().replace(day=1)


def amount(text: str) -> Decimal:
    """1250.50, 1.250,50 or 1,250.50, with or without our currency; a lone 1.250 may mean two things."""
    bare = text.upper().replace(settings.CURRENCY, "").strip("€$£ \u00a0").strip()
    if not FIGURE.fullmatch(bare):
        raise ValueError
    digits = re.sub(r"[\s\u00a0']", "", bare)
    if "," in digits and "." in digits:
        thousands = "," if digits.rindex(",") < digits.rindex(".") else "."
        digits = digits.replace(thousands, "")
    elif re.fullmatch(r"\d{1,3}[.,]\d{3}", digits):
        raise ValueError
    figure = Decimal(digits.replace(",", "."))
    if figure >= LARGEST or figure != round(figure, 2):
        raise ValueError
    return figure


def admit(rows: Sequence[Told], batch: Import, at: datetime) -> Outcome:
    """One amount for each campaign and month: a file's days are added up, and what stood is replaced."""
    outcome = Outcome(lead_ids=[None] * len(rows))
    order = _order(batch)
    campaigns = _campaigns(rows, batch)
    sums: dict[tuple, Decimal] = defaultdict(Decimal)
    for index, told in enumerate(rows):
        try:
            key = _key(told.values, campaigns, order)
            sums[key] += _read(told.values, "amount", amount)
        except kinds.Refused as refused:
            outcome.refusals.append((index, refused.target, str(refused)))
    _write(sums, batch, at, outcome)
    outcome.unchanged = len(rows) - len(outcome.refusals) - outcome.created - outcome.updated
    return outcome


def _order(batch: Import) -> str:
    columns = [column for column, target in batch.mapping.items() if target == "month"]
    return mapping.order_of_dates(batch, columns[0])


def _campaigns(rows: Sequence[Told], batch: Import) -> dict[str, dict[str, Any]]:
    """Campaigns and sources by name; new ones are made, and a campaign without a source gets the row's."""
    sources = gathering.ids(Source, [told.values.get("source") for told in rows], batch)
    names = gathering.ids(Campaign, [told.values.get("campaign") for told in rows], batch)
    known = Campaign.objects.in_bulk(names.values())
    campaigns = {name: known[pk] for name, pk in names.items()}
    for told in rows:
        campaign = campaigns.get(told.values.get("campaign", "").lower())
        source = sources.get(told.values.get("source", "").lower())
        if campaign and source and campaign.source_id is None:
            campaign.source_id = source
            campaign.save(update_fields=["source"])
    return {"sources": sources, "campaigns": campaigns}


def _key(values: dict[str, Any], known: dict[str, dict[str, Any]], order: str) -> tuple:
    when = _read(values, "month", lambda text: month(text, order))
    campaign = known["campaigns"].get(values.get("campaign", "").lower())
    source = campaign.source_id if campaign else known["sources"].get(values.get("source", "").lower())
    if source is None:
        raise kinds.Refused("source", _("The campaign belongs to no source yet; name one."))
    return source, campaign and campaign.pk, when


def _read(values: dict[str, Any], target: str, read) -> Any:
    text = values.get(target, "")
    if not text:
        raise kinds.Refused(target, _("It is blank."))
    try:
        return read(text)
    except (ValueError, OverflowError, InvalidOperation):
        said = _("“%s” is not a month, such as 2026-05.") if target == "month" else _not_an_amount()
        raise kinds.Refused(target, said % text[:80]) from None


def _not_an_amount() -> str:
    return _("“%%s” is not an amount in %s, such as 1250.50.") % settings.CURRENCY


def _write(sums: dict[tuple, Decimal], batch: Import, at: datetime, outcome: Outcome) -> None:
    months = {when for _source, _campaign, when in sums}
    stands = {
        (one.source_id, one.campaign_id, one.month): one for one in Spend.objects.filter(month__in=months)
    }
    fresh, changed = [], []
    for key, figure in sums.items():
        spend = stands.get(key)
        told = {"imported_by": batch, "by": batch.by, "at": at}
        if spend is None:
            fresh.append(Spend(source_id=key[0], campaign_id=key[1], month=key[2], amount=figure, **told))
        elif spend.imported_by_id == batch.pk:
            spend.amount += figure  # a later part of the same file
            changed.append(spend)
        elif spend.amount != figure:
            spend.before, spend.amount, spend.imported_by, spend.by, spend.at = (
                spend.amount, figure, batch, batch.by, at,
            )  # fmt: skip
            changed.append(spend)
            outcome.updated += 1
    Spend.objects.bulk_create(fresh)
    Spend.objects.bulk_update(changed, ["amount", "before", "imported_by", "by", "at"])
    outcome.created += len(fresh)


def undo(batch: Import, at: datetime) -> list[str]:
    """Amounts that the file brought go, and those that it replaced come back; edited ones stay."""
    told = Spend.objects.filter(imported_by=batch)
    back = list(told.exclude(before=None))
    for spend in back:
        spend.amount, spend.before, spend.imported_by, spend.at = spend.before or 0, None, None, at
    Spend.objects.bulk_update(back, ["amount", "before", "imported_by", "at"])
    gone = told.delete()[0]
    left = batch.counts.get("created", 0) + batch.counts.get("updated", 0) - gone - len(back)
    said = [ngettext("%d amount was removed.", "%d amounts were removed.", gone) % gone]
    if back:
        said.append(ngettext("%d amount was put back.", "%d amounts were put back.", len(back)) % len(back))
    if left > 0:
        said.append(
            ngettext(
                "%d amount was changed since and was left alone.",
                "%d amounts were changed since and were left alone.",
                left,
            )
            % left
        )
    return said


kinds.register(
    kinds.Kind(
        what=Import.What.SPEND,
        targets=lambda: TARGETS,
        instants=frozenset(),
        needs=(("campaign", "source"), ("month",), ("amount",)),
        recognised_by=frozenset(
            {"spend", "cost", "costs", "amount_spent", "ad_spend", "kosten", "ausgaben", "custo", "gasto"}
        ),
        admit=admit,
        undo=undo,
        asks=("slashes",),
    )
)
