"""What the database refuses of people who are found to be one, and of what is done to many at once."""

from leads import merging
from leads.accounts.merging import merge as merge_accounts
from leads.accounts.unmerging import unmerge as unmerge_accounts
from leads.models import (
    AccountDomain,
    AccountMerge,
    AccountSuspicion,
    BulkAction,
    BulkReversal,
    BulkRow,
    Custody,
    Merge,
    Suspicion,
)
from tests import make
from tests.promises.breaking import AT, Ledger, again, twice, update


def merge():
    return merging.merge(make.lead(), make.lead(), by=make.marketing_manager(), at=AT)


def merge_on_paper():
    return Merge.objects.create(survivor=make.lead(), loser=make.lead(), by=make.user(), at=AT)


def unmerge():
    made = merge()
    return merging.unmerge(made, by=made.by, at=AT)


def merged_by_nobody():
    survivor, loser = make.lead(), make.lead()
    update(loser, merged_into=survivor)
    Custody.objects.filter(lead=loser).delete()


def suspicion(**details):
    given = {"one": make.lead(), "two": make.lead(), "weight": 2, "at": AT, **details}
    return Suspicion.objects.create(**given)


def action(**details):
    given = {"verb": "close", "said": "Everybody", "state": "draft", "by": make.user(), "at": AT, **details}
    return BulkAction.objects.create(**given)


def row(**details):
    return BulkRow.objects.create(action=action(), lead=make.lead(), **details)


def reversal():
    return BulkReversal.objects.create(action=action(), by=make.user(), at=AT)


def accounts_merged(**details):
    return merge_accounts(make.account(), make.account(), by=make.user(), at=AT, **details)


def account_merge_on_paper():
    return AccountMerge.objects.create(survivor=make.account(), loser=make.account(), by=make.user(), at=AT)


def account_unmerge():
    made = accounts_merged()
    return unmerge_accounts(made, by=made.by, at=AT)


def alias(domain="acme.example", account=None):
    return AccountDomain.objects.create(
        account=account or make.account(), domain=domain, by=make.user(), at=AT
    )


def own_domain_is_an_alias():
    alias()
    make.account(domain="ACME.example")


def alias_is_an_own_domain():
    make.account(domain="ACME.example")
    alias()


def suspicion_of_accounts(**details):
    given = {"one": make.account(), "two": make.account(), "weight": 2, "at": AT, **details}
    return AccountSuspicion.objects.create(**given)


def does_a_merged_account_pass_its_people_on():
    made, lead = accounts_merged(), make.lead()
    update(lead, account=made.loser)
    lead.refresh_from_db()
    return (make.lead(account=made.loser).account_id, lead.account_id) == (made.loser_id, made.survivor_id)


ILLEGAL = {
    "two_accounts_are_merged_by_a_person_only": lambda: update(make.account(), merged_into=make.account()),
    "no_account_is_merged_into_itself": lambda: again(one := accounts_merged(), loser_id=one.survivor_id),
    "an_account_is_merged_away_once": lambda: again(accounts_merged()),
    "an_alias_domain_is_of_one_account": lambda: twice(alias, "acme.example", "ACME.example"),
    "an_alias_domain_is_a_word": lambda: alias(""),
    "an_alias_domain_is_no_accounts_own": alias_is_an_own_domain,
    "an_accounts_own_domain_is_nobodys_alias": own_domain_is_an_alias,
    "one_suspicion_per_pair_of_accounts": lambda: again(suspicion_of_accounts()),
    "a_pair_of_accounts_is_written_one_way": lambda: again(
        one := suspicion_of_accounts(), one_id=one.two_id, two_id=one.one_id
    ),
    "a_suspicion_of_accounts_is_settled_by_somebody": [
        lambda: suspicion_of_accounts(verdict="different", decided_at=AT),
        lambda: suspicion_of_accounts(by=make.user(), decided_at=AT),
    ],
    "two_people_are_merged_by_a_person_only": merged_by_nobody,
    "nobody_is_merged_into_themselves": lambda: again(one := merge(), loser_id=one.survivor_id),
    "a_lead_is_merged_away_once": lambda: again(merge()),
    "one_suspicion_per_pair": lambda: again(suspicion()),
    "a_pair_is_written_one_way": lambda: again(one := suspicion(), one_id=one.two_id, two_id=one.one_id),
    "a_suspicion_is_settled_by_somebody": [
        lambda: suspicion(verdict="different", decided_at=AT),
        lambda: suspicion(verdict="same", by=make.user()),
        lambda: suspicion(by=make.user(), decided_at=AT),
    ],
    "a_bulk_action_that_is_done_has_ended": lambda: action(state="done"),
    "a_bulk_action_meets_a_lead_once": lambda: again(row()),
    "who_is_left_out_is_told_why": [lambda: row(outcome="left"), lambda: row(outcome="overtaken")],
}
LEDGERS = {
    "account_merges_are_never_changed": Ledger(account_merge_on_paper, erasable={"carried": {}}),
    "account_unmerges_are_never_changed": Ledger(account_unmerge),
    "merges_are_never_changed": Ledger(merge_on_paper, erasable={"carried": {}}),
    "unmerges_are_never_changed": Ledger(unmerge),
    "reversals_of_bulk_actions_are_never_changed": Ledger(reversal),
}
WRITERS = {"a_merged_account_passes_its_people_on": does_a_merged_account_pass_its_people_on}
