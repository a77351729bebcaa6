"""A chunk of arrivals made ready for the staging table: clean, sources known, each person's rows together."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from leads import holding
from leads.arrivals import Arrival, clean
from leads.models import Campaign, Field, Import, Source

NEW_IDS = "SELECT nextval(pg_get_serial_sequence('leads_lead', 'id')) FROM generate_series(1, %s)"


@dataclass(slots=True)
class Row:
    """A clean arrival; `leader` is the line of the first row about the same person."""

    line: int
    leader: int
    texts: dict[str, str]
    facts: dict[str, Any]
    account_facts: dict[str, Any]
    consent: str
    at: datetime
    known_at: datetime
    dated: bool
    source_id: int | None = None
    campaign_id: int | None = None
    custodian_id: int | None = None
    new_id: int | None = None

    def fill_from(self, other: "Row") -> None:
        """Take over what we lack from a later row about the same person; of one instant its facts win."""
        for name, text in other.texts.items():
            self.texts[name] = self.texts[name] or text
        self.source_id = self.source_id or other.source_id
        self.campaign_id = self.campaign_id or other.campaign_id
        self.consent = self.consent or other.consent
        if other.at == self.at:
            self.facts |= other.facts
            other.facts = {}

    @property
    def cells(self) -> tuple:
        """What COPY takes, in the order of `staging.COLUMNS`."""
        text = self.texts
        return (
            self.line, self.leader, text["email"], text["phone"], text["postal_address"], text["outside_id"],
            text["first_name"], text["last_name"], text["company"], text["domain"], text["country"],
            text["time_zone"], self.source_id, self.campaign_id, self.custodian_id, self.new_id, self.at,
            self.known_at, self.dated, self.leader == self.line, self.consent, json.dumps(self.facts),
            json.dumps(self.account_facts),
        )  # fmt: skip


@dataclass(slots=True)
class Gathered:
    """The rows that may come in, and who may not, with column and problem."""

    rows: list[Row] = field(default_factory=list)
    refusals: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def refused(self) -> set[int]:
        return {line for line, _column, _problem in self.refusals}


def gather(
    arrivals: Sequence[Arrival], *, at: datetime, known_at: datetime, dated: bool, batch: Import | None
) -> Gathered:
    """Clean and group a chunk; `dated` says that an arrival without an instant happened at `at`."""
    gathered = Gathered()
    fields = {one.key: one for one in Field.objects.all()}
    sources = ids(Source, [arrival.source for arrival in arrivals], batch)
    campaigns = ids(Campaign, [arrival.campaign for arrival in arrivals], batch)
    people: dict[tuple, Row] = {}
    for line, arrival in enumerate(arrivals):
        texts, facts, account_facts, problems = clean(arrival, fields)
        if problems:
            gathered.refusals += [(line, *problem) for problem in problems]
            continue
        row = Row(
            line, line, texts, facts, account_facts,
            consent=_evidence(arrival),
            at=arrival.at or at,
            known_at=arrival.known_at or known_at,
            dated=dated or arrival.at is not None,
            source_id=_id(arrival.source, sources),
            campaign_id=_id(arrival.campaign, campaigns),
        )  # fmt: skip
        _place(row, people, gathered)
    _number(gathered.rows)
    return gathered


def _evidence(arrival: Arrival) -> str:
    return arrival.consent if isinstance(arrival.consent, str) else _("Agreed") if arrival.consent else ""


def _keys(row: Row) -> list[tuple]:
    """By what a person is recognised: e-mail, outside id, else name with phone or with postal address."""
    text = row.texts
    keys = [(name, text[name].lower()) for name in ("email", "outside_id") if text[name]]
    if keys:
        return keys
    reach = "phone" if text["phone"] else "postal_address"
    return [(reach, text[reach].lower(), text["first_name"].lower(), text["last_name"].lower())]


def _place(row: Row, people: dict[tuple, Row], gathered: Gathered) -> None:
    """Put a row with the first one about the same person; a row about two people is refused."""
    leaders = {people[key].line: people[key] for key in _keys(row) if key in people}
    if len(leaders) > 1:
        problem = _("The e-mail and the outside id stand in two other rows, of two people.")
        gathered.refusals.append((row.line, "outside_id", problem))
        return
    leader = next(iter(leaders.values()), row)
    row.leader = leader.line
    if leader is not row:
        leader.fill_from(row)
    for key in _keys(leader):
        people.setdefault(key, leader)
    gathered.rows.append(row)


def _number(rows: list[Row]) -> None:
    """Give each person the id they will have if they are new, and the hand that will hold them."""
    hands = holding.hands(row.source_id for row in rows) if rows else {}
    with connection.cursor() as cursor:
        cursor.execute(NEW_IDS, [len(rows)])
        ids = dict(zip((row.line for row in rows), (new for (new,) in cursor), strict=True))
    for row in rows:
        row.new_id = ids[row.leader]
        row.custodian_id = hands[row.source_id].pk


def _id(told: Any, ids: dict[str, int]) -> int | None:
    """The key of a source or campaign that was given as itself or by its name."""
    if isinstance(told, str):
        return ids.get(told.strip().lower())
    return told and told.pk


def ids(model: Any, told: Iterable[Any], batch: Import | None = None) -> dict[str, int]:
    """The keys of those given by name; a name that nobody used before is made."""
    names = {name.strip() for name in {one for one in told if isinstance(one, str)} if name.strip()}
    wanted = {name.lower(): name for name in sorted(names) if len(name) <= 120 and "\x00" not in name}
    known = model.objects.annotate(lower=Lower("name")).filter(lower__in=wanted)
    found = dict(known.values_list("lower", "pk"))
    if missing := [
        model(name=name, imported_by=batch) for lower, name in wanted.items() if lower not in found
    ]:
        model.objects.bulk_create(missing, ignore_conflicts=True)
        found = dict(known.all().values_list("lower", "pk"))
    return found
