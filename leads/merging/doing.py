"""The merge itself: one transaction, after which the two are one and nothing has been lost or doubled."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from leads import activities, custody, news
from leads.merging import ledgers, standing
from leads.merging.locking import lock
from leads.merging.pair import COLUMNS, Pair, Refused, pair_of
from leads.merging.parts import parts
from leads.models import Channel, Custody, Identity, Lead, Merge, Suspicion, Tally
from people.models import User


@transaction.atomic
def merge(survivor: Lead, loser: Lead, *, by: User, at: datetime, taken: Iterable[str] = ()) -> Merge:
    """Fold one lead into another: histories kept, no touch twice, the earliest promise stands.

    `taken` names the columns that are taken from the one who is folded in.
    """
    if survivor.pk == loser.pk:
        raise Refused(_("A lead cannot be merged with itself."))
    now = lock(sorted([survivor.pk, loser.pk]))
    pair = pair_of(now[survivor.pk], now[loser.pk], taken)
    carried = standing.of(pair)
    plans = [(part, part.plan(pair)) for part in parts()]
    _fold(pair, by, at)
    for part, plan in plans:
        carried[part.key] = part.merge(pair, plan, by, at)
    return _written(pair, carried, by, at)


def _fold(pair: Pair, by: User, at: datetime) -> None:
    """The one who is folded in leaves every hand; the survivor has what both said of themselves."""
    survivor, loser = pair.survivor, pair.loser
    told: dict[str, Any] = {column: pair.value(column) for column in COLUMNS}
    if pair.hands:
        told |= {"closed_at": None, "closed_cause": ""}
    Custody.objects.filter(lead=loser).delete()
    Tally.objects.filter(lead=loser).update(next_check_at=None)
    Lead.objects.filter(merged_into=loser).update(merged_into=survivor)
    Lead.objects.filter(pk=loser.pk).update(merged_into=survivor, **standing.freed(pair))
    Lead.objects.filter(pk=survivor.pk).update(**told)
    survivor.move_to(pair.stage, trigger=_("Merged with %(lead)s") % {"lead": loser}, at=at, by=by)
    if hand := pair.hand:
        custody.hold(
            [survivor.pk],
            hand.custodian,
            next_action=hand.next_action,
            next_action_at=pair.due_at,
            reason=hand.reason,
            at=at,
        )


def _written(pair: Pair, carried: dict[str, Any], by: User, at: datetime) -> Merge:
    """The row that says so, and what was said of the one told again under the other."""
    survivor, loser = pair.survivor, pair.loser
    refused = {*survivor.refused, *loser.refused}
    carried["suppressed"] = (
        ledgers.suppress(pair.value("email"), at) if Channel.EMAIL in loser.refused else False
    )
    Identity.objects.filter(lead=loser).update(lead=survivor, joined_at=at)
    done = Merge.objects.create(survivor=survivor, loser=loser, by=by, at=at, carried=carried)
    ledgers.tell_again(done, at)
    ledgers.hold_refusals(done, refused, at)
    activities.rebuild(pair.ids)
    _settle(pair, by, at)
    news.changed([survivor.pk], at=at)
    return done


def _settle(pair: Pair, by: User, at: datetime) -> None:
    """Whoever suspected that they are one was right; what else was suspected of the one is asked anew."""
    one, two = pair.ids
    said = {"verdict": Suspicion.Verdict.SAME, "by": by, "decided_at": at}
    Suspicion.objects.update_or_create(
        one_id=one, two_id=two, defaults=said, create_defaults={**said, "weight": 0, "at": at}
    )
    open_ones = Suspicion.objects.filter(verdict="")
    open_ones.filter(one=pair.loser).delete()
    open_ones.filter(two=pair.loser).delete()
