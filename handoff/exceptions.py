"""Handing somebody over early, under a code that both teams agreed and only so often a month."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from handoff import agreements, considering
from handoff.agreements import InForce, Refused
from handoff.handing import Passing, hand_over
from handoff.judging import LeadFacts, judge
from handoff.models import Agreement, Handoff, Trigger
from leads.activities import lock_tallies
from leads.models import Custody, Lead
from leads.scoring import cards_of
from leads.vocabulary import facts_of
from people.clock import local_instant
from people.models import Side, User


@transaction.atomic
def hand_early(lead: Lead, *, code: str, by: User, at: datetime) -> Handoff:
    """Best handled by a salesperson now: passed under a code, with what was known against it."""
    lock_tallies([lead.pk])
    if not Custody.objects.filter(lead=lead, side=Side.MARKETING).exists():
        raise Refused(_("Only a lead that marketing holds can be passed early."))
    values = facts_of([lead.pk], at=at)[lead.pk]
    under = considering.under_which(agreements.in_force(), values, at)
    if under is None:
        raise Refused(_("No agreement covers this lead."))
    agreed = next((one for one in under.terms.exceptions.codes if one.code == code), None)
    if agreed is None:
        raise Refused(_("Choose one of the agreed codes."))
    if left_this_month(under, at) < 1:
        raise Refused(_("This month's early handoffs are used up."))
    why = _("%(code)s, %(label)s; passed by %(name)s.") % {
        "code": code, "label": agreed.label, "name": by,
    }  # fmt: skip
    (handoff,) = hand_over([_passing(lead, under, values, code, why, at)], at)
    return handoff


def _passing(lead: Lead, under: InForce, values: dict, code: str, why: str, at: datetime) -> Passing:
    sheet = under.agreement.sheet
    card = cards_of([lead.pk], sheet, at)[lead.pk].lines if sheet else ()
    verdict = judge(LeadFacts.freeze(values, card), under.terms, at)
    row = considering.row_of(considering.Judged(lead.pk, values, under, verdict), at)
    row.save()
    return Passing(
        lead=Lead.objects.select_related("account").get(pk=lead.pk),
        trigger=Trigger.EXCEPTION,
        why=why,
        team=under.agreement.team,
        terms=under.terms,
        agreement=under.agreement,
        verdict=row,
        values=verdict.inputs["values"],
        exception_code=code,
    )


def left_this_month(under: InForce, at: datetime) -> int:
    """How many early handoffs the two teams have left in this calendar month, whatever the version."""
    Agreement.objects.select_for_update().get(pk=under.agreement.pk)  # two at once don't share the last one
    first = local_instant(at.astimezone(_zone(under)).date().replace(day=1), time(), _zone(under))
    early = Handoff.objects.filter(trigger=Trigger.EXCEPTION, at__gte=first, at__lte=at)
    used = early.filter(agreement__team=under.agreement.team_id).exclude(state=Handoff.State.WITHDRAWN)
    return under.terms.exceptions.a_month - used.count()


def _zone(under: InForce) -> ZoneInfo:
    return under.terms.hours.time_zone
