"""Taking a merge of accounts back, within 30 days: its people return, and who came since by its domains."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import dateformat
from django.utils.translation import gettext as _

from leads import facts, news
from leads.accounts import domains
from leads.accounts.merging import fields_of, lock, standing_of
from leads.merging import DAYS, Refused
from leads.models import Account, AccountMerge, AccountSuspicion, AccountUnmerge, Fact
from people.models import User
from people.promises import erasing

#: Whoever the merge moved and nobody has moved since, and who came since from a domain of the other.
RETURN = """
    WITH back AS (
        SELECT lead.id FROM leads_lead lead
        WHERE lead.account_id = %(survivor)s AND (
            SELECT COALESCE(
                (SELECT move.merge_id IS NOT DISTINCT FROM %(merge)s FROM leads_accountmove move
                 WHERE move.lead_id = lead.id ORDER BY move.at DESC, move.id DESC LIMIT 1),
                lead.known_at >= %(since)s AND split_part(lower(lead.email), '@', 2) = ANY(%(hosts)s)))
        ORDER BY lead.id FOR NO KEY UPDATE
    ), moved AS (
        UPDATE leads_lead lead SET account_id = %(loser)s FROM back WHERE lead.id = back.id RETURNING lead.id
    )
    INSERT INTO leads_accountmove (lead_id, was_id, now_id, by_id, at)
    SELECT id, %(survivor)s, %(loser)s, %(by)s, %(at)s FROM moved
"""


def objections(merge: AccountMerge, at: datetime) -> list[str]:
    """Why this merge can no longer be taken back; nothing where it can."""
    if not merge.stands:
        return [_("It was taken back already.")]
    if at - merge.at > timedelta(days=DAYS):
        until = dateformat.format(merge.at + timedelta(days=DAYS), "j M Y")
        return [_("A merge can be taken back for %(n)d days, until %(day)s.") % {"n": DAYS, "day": until}]
    if into := merge.survivor.merged_into:
        return [_("It was merged into %(account)s since: take that back first.") % {"account": into}]
    later = AccountMerge.objects.filter(survivor=merge.survivor_id, unmerge=None, pk__gt=merge.pk)
    if last := later.select_related("loser").first():
        return [_("%(account)s was merged into it since: take that back first.") % {"account": last.loser}]
    return []


@transaction.atomic
def unmerge(merge: AccountMerge, *, by: User, at: datetime) -> AccountUnmerge:
    """Two accounts again; raises Refused with the reason where that cannot be."""
    ids = sorted([merge.survivor_id, merge.loser_id])
    now = lock(ids)
    merge = AccountMerge.objects.select_related("survivor__merged_into", "unmerge").get(pk=merge.pk)
    if against := objections(merge, at):
        raise Refused(" ".join(against))
    done = AccountUnmerge.objects.create(merge=merge, by=by, at=at)
    survivor, loser = now[merge.survivor_id], now[merge.loser_id]
    Account.objects.filter(pk=loser.pk).update(merged_into=None)
    Account.objects.filter(pk__in=merge.carried["followers"]).update(merged_into=loser)
    _return(merge, loser, by, at)
    _forget(merge)
    _put_back(merge, survivor, by, at)
    said = {"verdict": AccountSuspicion.Verdict.DIFFERENT, "by": by, "decided_at": at}
    AccountSuspicion.objects.filter(one=ids[0], two=ids[1]).update(**said)
    news.changed(sorted(facts.people_of(ids)), at=at)
    return done


def _return(merge: AccountMerge, loser: Account, by: User, at: datetime) -> None:
    told: dict[str, Any] = {
        "survivor": merge.survivor_id, "loser": loser.pk, "merge": merge.pk, "since": merge.at,
        "hosts": [host.lower() for host in domains.of(loser)], "by": by.pk, "at": at,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(RETURN, told)


def _forget(merge: AccountMerge) -> None:
    """What was told again under the one that stayed is told no more."""
    fields = fields_of(merge)
    with erasing():
        Fact.objects.filter(account_merge=merge).delete()
    facts.refresh(account_ids=[merge.survivor_id], field_ids=fields)


def _put_back(merge: AccountMerge, survivor: Account, by: User, at: datetime) -> None:
    """Name, target and owner as before, where nobody has said something else since."""
    before, wrote, now = merge.carried["before"], merge.carried["wrote"], standing_of(survivor)
    if now["name"] == wrote["name"] != before["name"]:
        Account.objects.filter(pk=survivor.pk).update(name=before["name"])
    stood, stands = (wrote["is_target"], wrote["owner"]), (now["is_target"], now["owner"])
    if stands == stood != (before["is_target"], before["owner"]):
        owner = User.objects.filter(pk=before["owner"]).first()
        survivor.stand(is_target=before["is_target"], owner=owner, by=by, at=at)
