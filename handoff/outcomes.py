"""What became of leads, as a file tells it: won and lost deals, by whom, when and worth what."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from handoff.models import Handoff, Opportunity
from leads import custody, holding, news
from leads.imports import kinds, undoing
from leads.imports.kinds import Outcome, Refused, Target, Told
from leads.models import Custody, Import, Lead, Stage
from nurture import enrolling

DEAL, WHO = gettext_lazy("The deal"), gettext_lazy("Whose")
WON = "won"
TARGETS = [
    Target(
        "outside_id",
        gettext_lazy("Lead's outside id"),
        WHO,
        ("mql_id", "lead_id", "outside_id", "contact_id"),
    ),
    Target("email", gettext_lazy("Lead's e-mail"), WHO, ("email", "e_mail", "email_address")),
    Target("deal", gettext_lazy("Deal's outside id"), DEAL, ("seller_id", "deal_id", "opportunity_id")),
    Target(
        "ended_at", gettext_lazy("Won or lost on"), DEAL, ("won_date", "closed_at", "close_date", "lost_date")
    ),
    Target("state", gettext_lazy("Won or lost"), DEAL, ("state", "status", "outcome", "result")),
    Target("name", gettext_lazy("Name"), DEAL, ("name", "deal_name", "opportunity_name")),
    Target("amount", gettext_lazy("Amount"), DEAL, ("amount", "deal_size", "value", "revenue")),
    Target("segment", gettext_lazy("Segment"), DEAL, ("business_segment", "segment")),
    Target("qualified_by", gettext_lazy("Qualified by"), DEAL, ("sdr_id", "sdr", "qualified_by")),
    Target("closed_by", gettext_lazy("Closed by"), DEAL, ("sr_id", "rep", "sales_rep", "closed_by")),
    Target("detail", gettext_lazy("Kept as a detail"), DEAL),
]
STATES = {WON: "won", "closed won": "won", "true": "won", "yes": "won", "lost": "lost", "closed lost": "lost",
          "false": "lost", "no": "lost"}  # fmt: skip

CLOSED_THEN = """
    WITH dated AS (
        UPDATE leads_lead lead SET closed_at = won.at, closed_cause = 'won', stage = 'customer'
        FROM unnest(%(leads)s::bigint[], %(stages)s::text[], %(ats)s::timestamptz[]) won (id, stage, at)
        WHERE lead.id = won.id RETURNING won.*
    )
    INSERT INTO leads_stagechange (
        lead_id, from_stage, to_stage, trigger, by_id, imported_by_id, at, known_at)
    SELECT id, stage, 'customer', %(trigger)s, %(by)s, %(batch)s, at, at FROM dated WHERE stage <> 'customer'
"""


def admit(rows: Sequence[Told], batch: Import, at: datetime) -> Outcome:
    """An opportunity for each deal that is not known yet; whoever was won becomes a customer."""
    outcome, leads, known = Outcome(), _leads(rows), _known(rows)
    busy = set(Handoff.objects.open().filter(lead__in=leads.values()).values_list("lead", flat=True))
    made: list[Opportunity] = []
    for index, told in enumerate(rows):
        lead = _lead_of(told, leads)
        outcome.lead_ids.append(lead.pk if lead else None)
        try:
            deal = _deal(told, lead, busy, batch, at)
        except Refused as refused:
            outcome.refusals.append((index, refused.target, str(refused)))
            continue
        if _key(deal) in known:
            outcome.unchanged += 1
        else:
            known.add(_key(deal))
            made.append(deal)
            outcome.created += 1
    Opportunity.objects.bulk_create(made)
    _close([deal for deal in made if deal.state == WON], batch, at)
    outcome.sources.update(str(deal.lead.source or "") for deal in made)
    return outcome


def _leads(rows: Sequence[Told]) -> dict[tuple[str, str], Lead]:
    found: dict[tuple[str, str], Lead] = {}
    for name in ("outside_id", "email"):
        wanted = {told.values[name].lower() for told in rows if told.values.get(name)}
        people = Lead.objects.live().annotate(lower=Lower(name)).filter(lower__in=wanted)
        for lead in people.select_related("source"):
            found[name, lead.lower] = lead
    return found


def _lead_of(told: Told, leads: dict[tuple[str, str], Lead]) -> Lead | None:
    keys = ((name, str(told.values.get(name, "")).lower()) for name in ("outside_id", "email"))
    return next((leads[key] for key in keys if key in leads), None)


def _key(deal: Opportunity) -> tuple:
    return (deal.outside_id,) if deal.outside_id else (deal.lead_id, deal.state, deal.ended_at)


def _known(rows: Sequence[Told]) -> set[tuple]:
    deals = [told.values["deal"] for told in rows if told.values.get("deal")]
    ends = [told.values["ended_at"] for told in rows if told.values.get("ended_at")]
    by_id = Opportunity.objects.filter(outside_id__in=deals).values_list("outside_id")
    by_end = Opportunity.objects.filter(ended_at__in=ends).values_list("lead", "state", "ended_at")
    return {*by_id, *by_end}


def _deal(told: Told, lead: Lead | None, busy: set[int], batch: Import, at: datetime) -> Opportunity:
    values = told.values
    if lead is None:
        raise Refused("outside_id" if values.get("outside_id") else "email", _("No lead is known by this."))
    if lead.pk in busy:
        raise Refused("outside_id", _("A rep is being asked about this lead; first the handoff is answered."))
    state = STATES.get(values.get("state", WON).casefold())
    if not state:
        raise Refused("state", _("“%s” is neither won nor lost.") % values["state"][:80])
    if not (ended_at := values.get("ended_at")):
        raise Refused("ended_at", _("The date is missing."))
    return Opportunity(
        lead=lead,
        name=values.get("name", "")[:200] or str(lead)[:200],
        state=state,
        amount=_amount(values.get("amount")),
        outside_id=_short(values, "deal"),
        segment=_short(values, "segment"),
        qualified_by=_short(values, "qualified_by"),
        closed_by=_short(values, "closed_by"),
        details={key.partition(":")[2]: value for key, value in values.items() if key.startswith("detail:")},
        imported_by=batch,
        at=ended_at,
        known_at=ended_at if batch.rules.get("history") else at,
        ended_at=ended_at,
    )


def _short(values: dict[str, Any], target: str) -> str:
    text = values.get(target, "")
    if len(text) > 120 or "\x00" in text:
        raise Refused(target, _("The text is longer than 120 characters, or holds a NUL character."))
    return text


def _amount(text: str | None) -> Decimal | None:
    try:
        amount = Decimal(text) if text else None
    except InvalidOperation:
        raise Refused("amount", _("“%s” is not an amount, such as 1250.50.") % str(text)[:80]) from None
    if amount is not None and (not amount.is_finite() or abs(amount) >= 10**12):
        raise Refused("amount", _("“%s” is too large an amount.") % str(text)[:80])
    return amount


def _close(deals: Sequence[Opportunity], batch: Import, at: datetime) -> None:
    """Won leads become customers on the day they were won, and nothing more is planned for them."""
    won = {deal.lead_id: deal for deal in sorted(deals, key=lambda deal: deal.ended_at or at)}
    if not won:
        return
    enrolling.leave(list(won), _("Won"), at)
    custody.close(list(won), cause=WON, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            CLOSED_THEN,
            {
                "leads": list(won),
                "stages": [deal.lead.stage for deal in won.values()],
                "ats": [deal.ended_at for deal in won.values()],
                "trigger": (_("Imported from %s") % batch.name)[:120],
                "by": batch.by_id,
                "batch": batch.pk,
            },
        )


def undo(batch: Import, at: datetime) -> list[str]:
    """The deals go; leads that they had closed are put before a marketer, for they may be anything now."""
    deals = Opportunity.objects.filter(imported_by=batch)
    leads = list(deals.filter(state=WON, lead__closed_cause=WON).values_list("lead", flat=True).distinct())
    count = deals.delete()[0]
    still = set(Opportunity.objects.filter(lead__in=leads, state=WON).values_list("lead", flat=True))
    back = [lead for lead in leads if lead not in still]
    if back:
        custody.reopen(
            back,
            holding.hands([None])[None],
            next_action=Custody.Next.REVIEW,
            next_action_at=at,
            reason=_("The import that called them won was undone"),
            at=at,
        )
        Lead.objects.move(back, Stage.LEAD, trigger=_("Import undone"), at=at, by=batch.by)
        news.changed(back, at=at)
    return [
        ngettext("%d outcome was removed.", "%d outcomes were removed.", count) % count,
        ngettext(
            "%d lead is open again and waits for a marketer.",
            "%d leads are open again and wait for a marketer.",
            len(back),
        )
        % len(back),
    ]


@undoing.touched
def passed_on(lead_ids: Collection[int], _batch: Import) -> dict[int, str]:
    """A lead that sales have seen stays."""
    handed = Handoff.objects.filter(lead__in=lead_ids).values_list("lead", flat=True)
    dealt = Opportunity.objects.filter(lead__in=lead_ids).values_list("lead", flat=True)
    return dict.fromkeys(handed, _("was handed to sales")) | dict.fromkeys(dealt, _("has an opportunity"))


kinds.register(
    kinds.Kind(
        what=Import.What.OUTCOMES,
        targets=lambda: TARGETS,
        instants=frozenset({"ended_at"}),
        needs=(("outside_id", "email"), ("ended_at",)),
        recognised_by=frozenset({"won_date", "close_date", "lost_date", "deal_id"}),
        admit=admit,
        undo=undo,
        otherwise="detail",
        repeatable=frozenset({"detail"}),
    )
)
