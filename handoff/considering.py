"""Judging leads and passing the ready ones: what to look at, what changed, what is new evidence.

Judging holds no lock. What it found is written in one short transaction per batch, and only for leads
whose next check is still the one that was seen: of two workers at once, the second writes nothing.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Q

from handoff import agreements, evidence, lifecycle
from handoff.agreements import InForce
from handoff.handing import Passing, hand_over
from handoff.judging import READY, LeadFacts, Verdict, covers, judge
from handoff.models import Handoff, Trigger
from handoff.models import Verdict as VerdictRow
from handoff.terms import Terms
from leads.models import Custody, Lead, Tally
from leads.scoring import cards_of, keep_up
from leads.vocabulary import facts_of
from people.models import Side

log = logging.getLogger(__name__)
BATCH = 200
AN_HOUR = timedelta(hours=1)

#: Locks are taken in the order of leads; a lead that changed since it was looked at stays due.
SETTLE = """
    WITH held AS (
        SELECT lead_id, next_check_at FROM leads_tally WHERE lead_id = ANY(%(leads)s)
        ORDER BY lead_id FOR NO KEY UPDATE
    )
    UPDATE leads_tally tally SET next_check_at = found.next
    FROM unnest(%(leads)s::bigint[], %(seen)s::timestamptz[], %(next)s::timestamptz[])
         AS found (lead_id, seen, next), held
    WHERE tally.lead_id = found.lead_id AND held.lead_id = found.lead_id
      AND tally.next_check_at IS NOT DISTINCT FROM found.seen
    RETURNING tally.lead_id
"""


@dataclass(frozen=True)
class Judged:
    """A lead with what the agreement that covers it says now."""

    lead_id: int
    values: Mapping[str, Any]
    under: InForce
    verdict: Verdict


def consider(lead_ids: Collection[int], at: datetime) -> list[Handoff]:
    """Judge these leads, keep what changed, hand over whoever is ready; returns the new handoffs."""
    ids = sorted(set(lead_ids))
    batches = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
    return [handoff for batch in batches for handoff in _carefully(batch, at)]


def consider_due(at: datetime) -> list[Handoff]:
    """Everybody whose verdict can have changed by now, each once; what falls due meanwhile waits its turn."""
    return [handoff for batch in _due(at) for handoff in _carefully(batch, at)]


def _carefully(lead_ids: list[int], at: datetime) -> list[Handoff]:
    """A lead that cannot be judged harms itself only: it is logged and looked at again in an hour."""
    try:
        return _consider(lead_ids, at)
    except OperationalError:
        raise  # the database is away or two met: everybody stays due
    except Exception:
        if len(lead_ids) > 1:
            return [handoff for lead in lead_ids for handoff in _carefully([lead], at)]
        log.exception("lead %s cannot be judged", lead_ids[0])
        Tally.objects.filter(lead=lead_ids[0]).update(next_check_at=at + AN_HOUR)
        return []


def _due(at: datetime) -> Iterator[list[int]]:
    after: tuple[datetime, int] | None = None
    while True:
        due = Tally.objects.filter(next_check_at__lte=at).order_by("next_check_at", "lead_id")
        rows = list(_beyond(due, after).values_list("next_check_at", "lead_id")[:BATCH])
        if not rows:
            return
        after = rows[-1]
        yield [lead_id for _check, lead_id in rows]


def _beyond(due, after: tuple[datetime, int] | None):
    if after is None:
        return due
    check, lead = after
    return due.filter(Q(next_check_at__gt=check) | Q(next_check_at=check, lead_id__gt=lead))


def _consider(lead_ids: list[int], at: datetime) -> list[Handoff]:
    seen = dict(Tally.objects.filter(lead__in=lead_ids).values_list("lead_id", "next_check_at"))
    keep_up(lead_ids, at)
    judged = judge_all(lead_ids, at)
    with transaction.atomic():
        won = [lead for lead in sorted(_settle(seen, judged)) if lead in judged]
        lifecycle.follow(_courses([judged[lead] for lead in won], at), at)
        rows = _keep_what_changed([judged[lead] for lead in won], at)
        ready = [lead for lead in won if judged[lead].verdict.outcome == READY]
        return _pass_on([judged[lead] for lead in _lock_in_marketing(ready)], rows, at)


def judge_all(lead_ids: Collection[int], at: datetime) -> dict[int, Judged]:
    """Each open lead that an agreement covers, judged; the number of queries grows with agreements only."""
    held = agreements.in_force()
    if not held:
        return {}
    open_ids = list(Lead.objects.open().filter(pk__in=lead_ids).values_list("pk", flat=True))
    values, asked = facts_of(open_ids, at=at), _asked(open_ids)
    chosen = {lead: under_which(held, values[lead], at) for lead in open_ids}
    judged: dict[int, Judged] = {}
    for under in held:
        mine = [lead for lead, one in chosen.items() if one is under]
        judged |= _judge_under(under, mine, values, asked, at, noted=False)
        ready = [lead for lead in mine if judged[lead].verdict.outcome == READY]
        judged |= _judge_under(under, ready, values, asked, at, noted=True)
    return judged


def _judge_under(
    under: InForce, lead_ids: list[int], values, asked, at: datetime, *, noted: bool
) -> dict[int, Judged]:
    """Judge with the card as it stands; the words beside its lines are read for few."""
    sheet = under.agreement.sheet
    cards = cards_of(lead_ids, sheet, at, noted=noted) if lead_ids and sheet else {}
    judged = {}
    for lead in lead_ids:
        card = cards[lead].lines if lead in cards else ()
        facts = LeadFacts.freeze(values[lead], card, asked.get(lead))
        judged[lead] = Judged(lead, values[lead], under, judge(facts, under.terms, at))
    return judged


def under_which(held: list[InForce], values: Mapping[str, Any], at: datetime) -> InForce | None:
    """The first agreement in order that covers the lead."""
    frozen = LeadFacts.freeze(values).values
    return next((under for under in held if covers(frozen, under.terms, at)), None)


def _asked(lead_ids: Collection[int]) -> dict[int, datetime]:
    """Since when a request to talk to sales is open."""
    waiting = Handoff.objects.open().filter(lead__in=lead_ids, trigger=Trigger.CONSULTATION)
    return dict(waiting.values_list("lead_id", "at"))


def _lock_in_marketing(lead_ids: list[int]) -> list[int]:
    """Those that marketing holds: a lead in sales' hand is being worked on, whatever its score."""
    mine = Custody.objects.filter(lead__in=lead_ids, side=Side.MARKETING).order_by("lead_id")
    return list(mine.select_for_update().values_list("lead_id", flat=True))


def _courses(judged: list[Judged], at: datetime) -> dict[int, tuple[str, lifecycle.Course, Terms]]:
    return {
        one.lead_id: (one.values["stage"], course, one.under.terms)
        for one in judged
        if (course := lifecycle.course(one.values, one.under.terms, at))
    }


def _settle(seen: Mapping[int, datetime | None], judged: Mapping[int, Judged]) -> set[int]:
    """Note when to look again; leads that nobody judges (closed, not covered) are not looked at again."""
    leads = sorted(seen)
    following = [judged[lead].verdict.next_check_at if lead in judged else None for lead in leads]
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"leads": leads, "seen": [seen[lead] for lead in leads], "next": following})
        return {lead for (lead,) in cursor}


def _keep_what_changed(judged: list[Judged], at: datetime) -> dict[int, VerdictRow]:
    """The verdict that stands for each lead: the stored one while it says the same, else a new row."""
    newest = VerdictRow.objects.filter(lead__in=[one.lead_id for one in judged])
    standing = {row.lead_id: row for row in newest.order_by("lead_id", "-at", "-pk").distinct("lead_id")}
    fresh = [row_of(one, at) for one in judged if _says_something_new(one, standing.get(one.lead_id))]
    VerdictRow.objects.bulk_create(fresh)
    return standing | {row.lead_id: row for row in fresh}


def _says_something_new(one: Judged, row: VerdictRow | None) -> bool:
    """Another outcome, another set of cases that hold, or another agreement."""
    if row is None or row.agreement_id != one.under.agreement.pk or row.outcome != one.verdict.outcome:
        return True
    return evidence.fired(row) != one.verdict.fired


def row_of(one: Judged, at: datetime) -> VerdictRow:
    verdict = one.verdict
    return VerdictRow(
        lead_id=one.lead_id,
        agreement=one.under.agreement,
        outcome=verdict.outcome,
        trigger=verdict.trigger,
        score=verdict.score,
        inputs=dict(verdict.inputs),
        readings=verdict.as_readings(),
        lines=verdict.as_lines(),
        at=at,
    )


def _pass_on(ready: list[Judged], rows: Mapping[int, VerdictRow], at: datetime) -> list[Handoff]:
    """Hand over the ready ones that have something new to say since sales last said no."""
    by_lead = {one.lead_id: one for one in ready}
    triggers = evidence.new_triggers({lead: one.verdict for lead, one in by_lead.items()})
    leads = Lead.objects.filter(pk__in=[lead for lead, found in triggers.items() if found])
    passings = []
    for lead in leads.select_related("account", "source__marketer"):
        one, trigger = by_lead[lead.pk], triggers[lead.pk]
        passings.append(
            Passing(
                lead=lead,
                trigger=trigger,
                why=one.verdict.says(trigger),
                team=one.under.agreement.team,
                terms=one.under.terms,
                agreement=one.under.agreement,
                verdict=rows[lead.pk],
                values=one.verdict.inputs["values"],
            )
        )
    return hand_over(passings, at)
