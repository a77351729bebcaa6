"""The share of handoffs in a merge: one open handoff at most, and the earliest promise stands.

Who works on the person already goes on; else the handoff that is due first stays open and the other is
withdrawn. All of them, and all opportunities, move to the survivor.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from handoff.handing import page_of
from handoff.models import Handoff, Offer, Opportunity
from leads.merging import Pair, Part, Says, register
from leads.models import Custody, Merge
from people.models import Notice, User

LOCK = "SELECT FROM handoff_handoff WHERE lead_id = ANY(%s) ORDER BY id FOR UPDATE"


@dataclass(frozen=True)
class Plan:
    """Which open handoff goes on, which are withdrawn, and what moves."""

    kept: Handoff | None
    withdrawn: tuple[Handoff, ...]
    handoffs: tuple[int, ...]
    deals: tuple[int, ...]
    holder: str


def lock(ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [ids])


def plan(pair: Pair) -> Plan:
    found = Handoff.objects.open().filter(lead__in=pair.ids).select_related("lead", "agreement")
    hand, waiting = pair.hand, list(found.order_by("pk"))
    answered = hand is not None and hand.next_action == Custody.Next.ANSWER
    kept = next((one for one in waiting if answered and hand and one.lead_id == hand.lead_id), None)
    return Plan(
        kept=kept,
        withdrawn=tuple(one for one in waiting if one != kept),
        handoffs=tuple(Handoff.objects.filter(lead=pair.loser).order_by("pk").values_list("pk", flat=True)),
        deals=tuple(Opportunity.objects.filter(lead=pair.loser).order_by("pk").values_list("pk", flat=True)),
        holder=str(hand.custodian) if hand else "",
    )


def tell(plan: Plan) -> list[Says]:
    lines = []
    if plan.kept:
        words = _("The handoff before %(name)s stays open.") % {"name": plan.holder}
        lines.append(Says(_("Handoff"), words))
    for one in plan.withdrawn:
        offer = one.open_offer
        words = _("The handoff of %(lead)s before %(name)s is withdrawn: %(holder)s has the person.") % {
            "lead": one.lead, "name": offer.user if offer else "–", "holder": plan.holder,
        }  # fmt: skip
        lines.append(Says(_("Handoff"), words, conflict=True))
    if plan.handoffs or plan.deals:
        words = ngettext("%(n)d handoff", "%(n)d handoffs", len(plan.handoffs)) % {"n": len(plan.handoffs)}
        deals = ngettext("%(n)d opportunity", "%(n)d opportunities", len(plan.deals)) % {"n": len(plan.deals)}
        lines.append(Says(_("Follows"), f"{words}, {deals}."))
    return lines


def merge(pair: Pair, plan: Plan, by: User, at: datetime) -> dict[str, Any]:
    """Withdraw what cannot stay open, move the rest, and tell the reps."""
    carried = {"withdrawn": [_withdraw(one, plan, by, at) for one in plan.withdrawn]}
    Handoff.objects.filter(pk__in=plan.handoffs).update(lead=pair.survivor)
    Opportunity.objects.filter(pk__in=plan.deals).update(lead=pair.survivor)
    if pair.hand and pair.hand.owner:
        page = pair.survivor.get_absolute_url()
        _tell([pair.hand.owner], pair, _("they are one person now, and yours"), page, at)
    return carried | {"handoffs": plan.handoffs, "deals": plan.deals}


def _withdraw(handoff: Handoff, plan: Plan, by: User, at: datetime) -> dict[str, Any]:
    offer = handoff.open_offer
    Offer.objects.filter(pk=offer.pk).update(outcome=Offer.Outcome.WITHDRAWN, ended_at=at)
    Handoff.objects.filter(pk=handoff.pk).update(
        state=Handoff.State.WITHDRAWN, closed_at=at, lock=F("lock") + 1
    )
    Notice.objects.tell(
        [offer.user],
        key=f"merged-{handoff.pk}-{offer.pk}",
        subject=_("%(lead)s: nothing to answer any more") % {"lead": handoff.lead},
        body=_("%(by)s found that they are one person with somebody whom %(holder)s has.")
        % {"by": by, "holder": plan.holder},
        url=page_of(handoff),
        at=at,
    )
    return {"handoff": handoff.pk, "offer": offer.pk}


def _tell(users: list[User], pair: Pair, words: str, url: str, at: datetime) -> None:
    Notice.objects.tell(
        users,
        key=f"merge-{pair.survivor.pk}-{pair.loser.pk}-{at.isoformat()}",
        subject=_("%(one)s and %(two)s: %(words)s")
        % {"one": pair.survivor, "two": pair.loser, "words": words},
        url=url,
        at=at,
    )


def objections(merge: Merge) -> list[str]:
    """Sales has been asked about them as one person: that cannot be told apart."""
    asked = Handoff.objects.filter(lead=merge.survivor, at__gt=merge.at).exclude(
        pk__in=merge.carried["handoff"]["handoffs"]
    )
    if newer := asked.order_by("at").first():
        return [_("They were passed to sales since, as one person: %(why)s") % {"why": newer.why}]
    deals = Opportunity.objects.filter(lead=merge.survivor, known_at__gt=merge.at)
    return [_("There is business with them since, as one person: %s.") % deal for deal in deals[:1]]


def unmerge(merge: Merge, carried: dict[str, Any], at: datetime) -> None:
    """Handoffs and opportunities go back; what was withdrawn lies before the same rep again."""
    Handoff.objects.filter(pk__in=carried["handoffs"]).update(lead=merge.loser_id)
    Opportunity.objects.filter(pk__in=carried["deals"]).update(lead=merge.loser_id)
    for gone in carried["withdrawn"]:
        _open_again(gone)


def _open_again(gone: dict[str, Any]) -> None:
    """The same promise on a new row: its clock never stopped."""
    Handoff.objects.filter(pk=gone["handoff"], state=Handoff.State.WITHDRAWN).update(
        state=Handoff.State.OPEN, closed_at=None, round=F("round") + 1, lock=F("lock") + 1
    )
    old = Offer.objects.get(pk=gone["offer"])
    Offer.objects.create(
        handoff_id=old.handoff_id,
        user_id=old.user_id,
        at=old.at,
        due_at=old.due_at,
        level=old.level,
        why=[*old.why, _("A merge was taken back.")],
    )


register(Part("handoff", 10, lock, plan, tell, merge, objections, unmerge))
