"""What the database refuses of people who are found to be one, and of what is done to many at once."""

from leads import merging
from leads.models import BulkAction, BulkReversal, BulkRow, Custody, Merge, Suspicion
from tests import make
from tests.promises.breaking import AT, Ledger, again, update


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


ILLEGAL = {
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
    "merges_are_never_changed": Ledger(merge_on_paper, erasable={"carried": {}}),
    "unmerges_are_never_changed": Ledger(unmerge),
    "reversals_of_bulk_actions_are_never_changed": Ledger(reversal),
}
WRITERS = {}
