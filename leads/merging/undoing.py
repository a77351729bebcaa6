"""Taking a merge back: within 30 days, and only where nothing since has made two of one again impossible.

What arrived since stays with whoever's thread it came on; whose hand went on goes on as it stands now, and
the other lead returns to where it stood.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import dateformat
from django.utils.translation import gettext as _

from leads import activities, news
from leads.consenting import OPTED_OUT
from leads.merging import ledgers, standing
from leads.merging.locking import lock
from leads.merging.pair import COLUMNS, Refused
from leads.merging.parts import parts
from leads.models import Channel, Identity, Lead, Merge, Suppression, Suspicion, Tally, Unmerge
from people.models import Side, User

DAYS = 30


def objections(merge: Merge, at: datetime) -> list[str]:
    """Why this merge can no longer be taken back; nothing where it can."""
    if not merge.stands:
        return [_("It was taken back already.")]
    if at - merge.at > timedelta(days=DAYS):
        until = dateformat.format(merge.at + timedelta(days=DAYS), "j M Y")
        return [_("A merge can be taken back for %(n)d days, until %(day)s.") % {"n": DAYS, "day": until}]
    against = _overtaken(merge)
    return against or [why for part in parts() for why in part.objections(merge)]


def _overtaken(merge: Merge) -> list[str]:
    survivor = merge.survivor
    if survivor.merged_into:
        return [
            _("They were merged into %(lead)s since: take that back first.") % {"lead": survivor.merged_into}
        ]
    later = Merge.objects.filter(survivor=survivor, unmerge=None, pk__gt=merge.pk).order_by("-pk").first()
    if later:
        return [_("%(lead)s was merged into them since: take that back first.") % {"lead": later.loser}]
    if survivor.closed_at and not merge.carried["survivor"]["closed_at"]:
        return [_("They were closed since, as one person: %(cause)s.") % {"cause": survivor.closed_cause}]
    return [why for column in ("email", "outside_id") if (why := _taken_by_others(merge, column))]


def _taken_by_others(merge: Merge, column: str) -> str:
    """Somebody else alive has the address that one of the two would get back."""
    words = [stood[column] for stood in (merge.carried["survivor"], merge.carried["loser"]) if stood[column]]
    others = Lead.objects.live().exclude(pk__in=[merge.survivor_id, merge.loser_id])
    for word in words:
        if other := others.filter(**{f"{column}__iexact": word}).first():
            return _("%(word)s belongs to %(lead)s now.") % {"word": word, "lead": other}
    return ""


@transaction.atomic
def unmerge(merge: Merge, *, by: User, at: datetime) -> Unmerge:
    """Two people again, each where they stood; raises Refused with the reason where that cannot be."""
    ids = sorted([merge.survivor_id, merge.loser_id])
    lock(ids)
    merge = Merge.objects.select_related("survivor__merged_into", "loser", "unmerge").get(pk=merge.pk)
    if against := objections(merge, at):
        raise Refused(" ".join(against))
    done = Unmerge.objects.create(merge=merge, by=by, at=at)
    _part(merge, by, at)
    for part in reversed(parts()):
        part.unmerge(merge, merge.carried[part.key], at)
    _forget(merge)
    activities.rebuild(ids)
    Suspicion.objects.filter(one=ids[0], two=ids[1]).update(
        verdict=Suspicion.Verdict.DIFFERENT, by=by, decided_at=at
    )
    news.changed(ids, at=at)
    return done


def _part(merge: Merge, by: User, at: datetime) -> None:
    """Threads, columns, stage and hands go back; what was edited since the merge stays with the survivor."""
    carried, survivor = merge.carried, merge.survivor
    for key, joined in carried["identities"]:
        Identity.objects.filter(pk=key).update(lead=merge.loser_id, joined_at=standing.instant(joined))
    before = standing.columns_of(carried["survivor"])
    back = {name: before[name] for name in COLUMNS if getattr(survivor, name) == carried["wrote"][name]}
    back |= _closed(carried["survivor"]) if not carried["survivor"]["custody"] else {}
    Lead.objects.filter(pk=survivor.pk).update(**back)
    Lead.objects.filter(pk=merge.loser_id).update(
        merged_into=None, **standing.columns_of(carried["loser"]), **_closed(carried["loser"])
    )
    Lead.objects.filter(pk__in=carried["followers"]).update(merged_into=merge.loser_id)
    if survivor.stage == carried["wrote"]["stage"]:
        survivor.move_to(carried["survivor"]["stage"], trigger=_("Merge taken back"), at=at, by=by)
    _hands(merge, at)


def _closed(stood: dict[str, Any]) -> dict[str, Any]:
    return {"closed_at": standing.instant(stood["closed_at"]), "closed_cause": stood["closed_cause"]}


def _hands(merge: Merge, at: datetime) -> None:
    """Whose hand it was goes on as it stands now, with their own promise where nothing has moved it."""
    carried, now = merge.carried, standing.held_now(merge.survivor_id)
    mine, theirs = carried["survivor"]["custody"], carried["loser"]["custody"]
    winner = theirs if carried["hand_is_losers"] else mine
    if not (now and winner) or _same(now, winner, carried["due_at"]):
        now = winner
    pair = (mine, now) if carried["hand_is_losers"] else (now, theirs)
    standing.hold(merge.survivor_id, pair[0], at)
    standing.hold(merge.loser_id, pair[1], at)


def _same(now: dict[str, Any], winner: dict[str, Any], due_at: str) -> bool:
    """Nothing has moved it since, or one track held both, and each goes on along its own enrollment."""
    return now["custodian_id"] == winner["custodian_id"] and (
        now["next_action_at"] == due_at or now["side"] == Side.MARKETING
    )


def _forget(merge: Merge) -> None:
    """What was told again under the survivor is told no more, and their address is free where we shut it."""
    if merge.carried["suppressed"]:
        word = merge.carried["wrote"]["email"]
        own = Suppression.objects.filter(channel=Channel.EMAIL, address__iexact=word, reason=OPTED_OUT)
        own.delete()
    ledgers.forget(merge)
    Tally.objects.filter(lead=merge.loser_id).update(next_check_at=None)
