"""Folding two accounts into one: people, target, owner, domains and what is known follow; nothing is lost.

The one that is folded in stays as a row that points at the other. Its people move with a dated row each, what
was said of it is told again under the one that stays, and whoever comes by its domains later comes there.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from leads import facts, news
from leads.accounts.pair import Pair, pair_of
from leads.merging.ledgers import FACTS
from leads.models import Account, AccountMerge, AccountSuspicion, Fact
from people.models import User

#: Writers of leads hold leads and wait for accounts; we give up before the database has to choose.
PATIENCE = "SET LOCAL lock_timeout = '500ms'"
MOVE = """
    WITH moving AS (SELECT id FROM leads_lead WHERE account_id = %(loser)s ORDER BY id FOR NO KEY UPDATE),
    moved AS (
        UPDATE leads_lead lead SET account_id = %(survivor)s FROM moving WHERE lead.id = moving.id
        RETURNING lead.id
    )
    INSERT INTO leads_accountmove (lead_id, was_id, now_id, by_id, merge_id, at)
    SELECT id, %(loser)s, %(survivor)s, %(by)s, %(merge)s, %(at)s FROM moved
"""


@transaction.atomic
def merge(
    survivor: Account, loser: Account, *, by: User, at: datetime, taken: Iterable[str] = ()
) -> AccountMerge:
    """Fold one account into another; `taken` names what is taken from the one that is folded in."""
    now = lock([survivor.pk, loser.pk])
    pair = pair_of(now[survivor.pk], now[loser.pk], taken)
    done = AccountMerge.objects.create(
        survivor=pair.survivor, loser=pair.loser, by=by, carried=_stood(pair), at=at
    )
    told: dict[str, Any] = {
        "survivor": survivor.pk,
        "loser": loser.pk,
        "merge": done.pk,
        "by": by.pk,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, told)
        cursor.execute(FACTS.format(about="account", merge="account_merge"), told)
    Account.objects.same_as(pair.loser).update(merged_into=pair.survivor)
    facts.refresh(account_ids=[survivor.pk], field_ids=fields_of(done))
    _write(pair, by, at)
    _settle(pair, by, at)
    news.changed(sorted(facts.people_of([survivor.pk])), at=at)
    return done


def lock(ids: list[int]) -> dict[int, Account]:
    """Let nobody join or change these accounts until we commit; returns them as they stand now."""
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
    rows = Account.objects.order_by("pk").select_for_update(of=("self",))
    return rows.select_related("owner", "merged_into").in_bulk(ids)


def _stood(pair: Pair) -> dict[str, Any]:
    owner = pair.value("owner")
    folded = pair.loser.merged.order_by("pk").values_list("pk", flat=True)
    return {
        "before": standing_of(pair.survivor),
        "wrote": {"name": pair.value("name"), "is_target": pair.is_target, "owner": owner and owner.pk},
        "followers": list(folded),
    }


def standing_of(account: Account) -> dict[str, Any]:
    """What a merge may change of the account that stays."""
    return {"name": account.name, "is_target": account.is_target, "owner": account.owner_id}


def fields_of(merge: AccountMerge) -> list[int]:
    return list(Fact.objects.filter(account_merge=merge).values_list("field_id", flat=True).distinct())


def _write(pair: Pair, by: User, at: datetime) -> None:
    account, owner = pair.survivor, pair.value("owner")
    if account.name != pair.value("name"):
        Account.objects.filter(pk=account.pk).update(name=pair.value("name"))
    if (account.is_target, account.owner) != (pair.is_target, owner):
        account.stand(is_target=pair.is_target, owner=owner, by=by, at=at)


def _settle(pair: Pair, by: User, at: datetime) -> None:
    """Whoever suspected that they are one was right; what else was suspected of the one is asked anew."""
    one, two = sorted([pair.survivor.pk, pair.loser.pk])
    said = {"verdict": AccountSuspicion.Verdict.SAME, "by": by, "decided_at": at}
    AccountSuspicion.objects.update_or_create(
        one_id=one, two_id=two, defaults=said, create_defaults={**said, "weight": 0, "at": at}
    )
    open_ones = AccountSuspicion.objects.filter(verdict="")
    (open_ones.filter(one=pair.loser) | open_ones.filter(two=pair.loser)).delete()
