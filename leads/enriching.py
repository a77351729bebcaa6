"""Looking leads up where more is known of them: adapters answer, and what they say is the weakest saying.

A lead is looked up at most once in 30 days by each adapter, long after it came in: nothing here can keep
anybody out. Who could not be asked for is asked for again after five minutes, ten, twenty …, a few times. Two
workers at once look up twice at worst; the second then writes nothing.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from leads import addresses, facts, values
from leads.directories import Resting, Web
from leads.models import Directory, Field, Lead, Lookup, LookupEntry, LookupTable, Saying

log = logging.getLogger(__name__)
AGAIN = timedelta(days=30)
BATCH, MOST = 500, 20_000
TRIES = 6  # of a look-up that fails before it waits its 30 days
PATIENCE = 40.0  # seconds that one run may wait for directories

WRITE = """
    INSERT INTO leads_lookup AS lookup (lead_id, adapter, at, outcome, learned, trouble, tries, again_at)
    SELECT told.lead, %(adapter)s, %(at)s, told.outcome, told.learned, told.trouble,
           CASE WHEN told.away THEN 1 ELSE 0 END, CASE WHEN told.away THEN %(at)s + interval '5 minutes' END
    FROM unnest(%(leads)s::bigint[], %(outcomes)s::text[], %(learned)s::int[], %(troubles)s::text[],
                %(away)s::bool[]) AS told (lead, outcome, learned, trouble, away)
    JOIN leads_lead lead ON lead.id = told.lead
    ORDER BY told.lead
    ON CONFLICT (lead_id, adapter) DO UPDATE
    SET at = excluded.at, outcome = excluded.outcome, learned = excluded.learned, trouble = excluded.trouble,
        tries = CASE WHEN excluded.tries = 0 THEN 0 WHEN lookup.again_at IS NULL THEN 1
                     ELSE lookup.tries + 1 END,
        again_at = CASE WHEN excluded.tries = 0 THEN NULL WHEN lookup.again_at IS NULL THEN excluded.again_at
                        WHEN lookup.tries + 1 < %(most)s
                        THEN excluded.at + interval '5 minutes' * 2 ^ lookup.tries END
    WHERE lookup.at < %(before)s OR lookup.again_at <= %(at)s
    RETURNING lead_id
"""


class Adapter(Protocol):
    """Somewhere to look people up: what is known there of an address, by the keys of fields."""

    @property
    def name(self) -> str: ...

    @property
    def since(self) -> datetime | None:
        """Who was looked up before this is looked up again."""

    def look_up(self, email: str, domain: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class OwnTable:
    """The table that the customer has uploaded; a row of the address itself goes before its domain's."""

    table: LookupTable
    name: str = "table"

    @property
    def since(self) -> datetime:
        return self.table.at

    def look_up(self, email: str, domain: str) -> Mapping[str, Any]:
        return self.look_up_all([(email, domain)])[0]

    def look_up_all(self, asked: Sequence[tuple[str, str]]) -> list[Mapping[str, Any]]:
        keys = {key.lower() for pair in asked for key in pair if key}
        rows = LookupEntry.objects.filter(table=self.table, key__in=keys)
        found = dict(rows.values_list("key", "answers"))
        return [{**found.get(domain, {}), **found.get(email.lower(), {})} for email, domain in asked]


def adapters(at: datetime) -> list[Adapter]:
    """Where this installation looks people up."""
    table = LookupTable.objects.order_by("-at", "-pk").first()
    return [*([OwnTable(table)] if table else []), *(Web(one, at) for one in Directory.objects.all())]


@dataclass(frozen=True)
class Result:
    """What came of one look-up: answers that can be kept, and why anything could not."""

    lead: Lead
    answers: tuple[facts.Answer, ...] = ()
    trouble: str = ""
    away: bool = False  # nobody answered, so it is worth another try

    @property
    def outcome(self) -> str:
        if self.trouble:
            return Lookup.Outcome.FAILED
        return Lookup.Outcome.LEARNED if self.answers else Lookup.Outcome.NOTHING


def enrich(at: datetime) -> int:
    """Look up whoever is due, the newest first; returns how many."""
    return sum(_enrich(adapter, at) for adapter in adapters(at))


def _enrich(adapter: Adapter, at: datetime) -> int:
    before, done, until = due_before(adapter, at), 0, time.monotonic() + PATIENCE
    for leads in _due(adapter, before, at):
        fields = {field.key: field for field in Field.objects.all()}
        results = [_read(lead, told, fields, at) for lead, told in _ask(adapter, leads, until)]
        done += _keep(adapter, results, before, at)
        if len(results) < len(leads):
            break
    return done


def due_before(adapter: Adapter, at: datetime) -> datetime:
    """Who was looked up before this is due again."""
    return max(at - AGAIN, adapter.since) if adapter.since else at - AGAIN


def _due(adapter: Adapter, before: datetime, at: datetime) -> Iterator[list[Lead]]:
    fresh = Lookup.objects.filter(lead=OuterRef("pk"), adapter=adapter.name, at__gte=before)
    fresh = fresh.filter(Q(again_at=None) | Q(again_at__gt=at))
    waiting = Lead.objects.open().exclude(email="").filter(~Exists(fresh)).order_by("-pk")
    last: int | None = None
    for _turn in range(MOST // BATCH):
        rest = waiting if last is None else waiting.filter(pk__lt=last)
        leads = list(rest.only("pk", "email", "account_id")[:BATCH])
        if not leads:
            return
        last = leads[-1].pk
        yield leads


Told = Mapping[str, Any] | Exception


def _ask(adapter: Adapter, leads: Sequence[Lead], until: float) -> list[tuple[Lead, Told]]:
    """All at once where the adapter can; whatever goes wrong otherwise is one lead's alone.

    Those whom there is no time for, or whom a tired directory is not asked for, stay due.
    """
    asked = [(lead.email, addresses.company_domain(lead.email)) for lead in leads]
    if isinstance(adapter, OwnTable):
        return list(zip(leads, adapter.look_up_all(asked), strict=True))
    found: list[tuple[Lead, Told]] = []
    for lead, pair in zip(leads, asked, strict=True):
        told = _carefully(adapter, *pair)
        if isinstance(told, Resting) or time.monotonic() > until:
            break
        found.append((lead, told))
    return found


def _carefully(adapter: Adapter, email: str, domain: str) -> Told:
    try:
        return adapter.look_up(email, domain)
    except Resting as rest:
        return rest
    except Exception as trouble:
        log.warning("%s could not be asked: %r", adapter.name, trouble)
        return trouble


def _read(lead: Lead, told: Told, fields: Mapping[str, Field], at: datetime) -> Result:
    """What was told as answers: those that a field cannot hold are trouble, and the others count."""
    if isinstance(told, Exception):
        return Result(lead, trouble=_one_line(f"{type(told).__name__}: {told}"), away=True)
    answers, troubles = [], []
    for key, value in told.items():
        try:
            answer = _answer(lead, fields[key], value, at)
        except KeyError:
            troubles.append(f"{key}: no such field")
        except ValueError as problem:
            troubles.append(f"{key}: {problem}")
        else:
            answers += [answer] if answer else []
    return Result(lead, tuple(answers), _one_line("; ".join(troubles)))


def _answer(lead: Lead, field: Field, value: Any, at: datetime) -> facts.Answer | None:
    """One answer; what is said of the company of somebody without one is kept by nobody."""
    of_account = field.about == Field.About.ACCOUNT
    kept = values.read(field, value)
    if kept is None or (of_account and not lead.account_id):
        return None
    about = {"account_id": lead.account_id} if of_account else {"lead_id": lead.pk}
    return facts.Answer(**about, key=field.key, value=kept, saying=Saying.ENRICHED, at=at)


def _one_line(text: str) -> str:
    return " ".join(text.replace("\x00", " ").encode("utf-8", "replace").decode().split())[:300]


@transaction.atomic
def _keep(adapter: Adapter, results: Sequence[Result], before: datetime, at: datetime) -> int:
    """Write what came of it, and learn from those that nobody else has looked up meanwhile."""
    told: dict[str, Any] = {
        "adapter": adapter.name,
        "at": at,
        "before": before,
        "leads": [one.lead.pk for one in results],
        "outcomes": [str(one.outcome) for one in results],
        "learned": [len(one.answers) for one in results],
        "troubles": [one.trouble for one in results],
        "away": [one.away for one in results],
        "most": TRIES,
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, told)
        mine = {lead for (lead,) in cursor.fetchall()}
    heard = [answer for one in results if one.lead.pk in mine for answer in one.answers]
    of_each = {(one.key, one.lead_id, one.account_id): one for one in reversed(heard)}
    if of_each:
        facts.learn(of_each.values(), known_at=at)
    return len(mine)
