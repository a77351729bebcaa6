"""The customer's own table, read from a CSV: one column says whom a row is about, others fill fields."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from leads import addresses, values
from leads.imports import reading
from leads.imports.formats import Unreadable
from leads.imports.kinds import simple
from leads.models import Field, LookupEntry, LookupTable
from people.models import User

#: By these names the column is known that says whom a row is about; the first that is there.
KEYS = ("email", "e_mail", "email_address", "e_mail_address", "mail", "domain", "email_domain",
        "e_mail_domain", "website", "web_site")  # fmt: skip
MOST_ROWS, SHOWN, BATCH = 200_000, 20, 5_000


@dataclass
class Plan:
    """What the columns of a file are for."""

    key: str
    fields: dict[str, Field]
    ignored: list[str]


@dataclass
class Read:
    """The rows that can be used, by their key, and what was wrong with the others."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[list[Any]] = field(default_factory=list)
    refusals: int = 0

    def refuse(self, row: int, column: str, problem: str) -> None:
        self.refusals += 1
        if len(self.refused) < SHOWN:
            self.refused.append([row, column[:200], problem[:300]])


def plan(columns: Iterable[str]) -> Plan:
    """Tell by their names what the columns are; Unreadable where nothing can be looked up in them."""
    names = {simple(column): column for column in columns}
    key = next((names[name] for name in KEYS if name in names), None)
    if key is None:
        raise Unreadable(_("No column is called “domain” or “email”: nothing says whom a row is about."))
    known = {name: one for one in Field.objects.all() for name in (simple(one.label), one.key)}
    rest = [column for column in columns if column != key]
    fields = {column: known[simple(column)] for column in rest if simple(column) in known}
    if not fields:
        raise Unreadable(_("No other column has the name of a field, such as “employees” or “industry”."))
    if len({one.key for one in fields.values()}) < len(fields):
        raise Unreadable(_("Two columns fill the same field."))
    return Plan(key, fields, [column for column in rest if column not in fields])


def keep(file: BinaryIO, *, name: str, by: User | None, at: datetime) -> LookupTable:
    """Take this table instead of the one there was; what that one told us stays known."""
    survey = reading.survey(file)
    if survey.rows > MOST_ROWS:
        raise Unreadable(_("The table has more than %s rows.") % f"{MOST_ROWS:,}")
    found = plan(survey.columns)
    read = _rows(file, survey, found)
    if not read.entries:
        why = f" {read.refused[0][2]}" if read.refused else ""
        raise Unreadable(_("No row of the table can be used.") + why)
    return _write(name, found, read, by=by, at=at)


def _rows(file: BinaryIO, survey: reading.Survey, found: Plan) -> Read:
    read = Read()
    with closing(reading.rows(file, survey.layout)) as records:
        next(records)
        for number, cells in records:
            _row(read, number, dict(zip(survey.columns, cells, strict=False)), found)
    return read


def _row(read: Read, number: int, cells: dict[str, str], found: Plan) -> None:
    try:
        key = _key(cells.get(found.key, ""))
    except ValueError as problem:
        return read.refuse(number, found.key, str(problem))
    if key in read.entries:
        return read.refuse(number, found.key, _("“%s” stands in an earlier row.") % key)
    answers: dict[str, Any] = {}
    for column, one in found.fields.items():
        try:
            value = values.read(one, cells.get(column, ""))
        except ValueError as problem:
            read.refuse(number, column, str(problem))
        else:
            answers |= {} if value is None else {one.key: value}
    read.entries[key] = answers
    return None


def _key(text: str) -> str:
    """An address or a domain, as leads are looked up by it."""
    text = text.strip()
    if "@" in text and "://" not in text:
        return addresses.email(text).lower()
    key = addresses.domain(text)
    if key in addresses.FREE_MAIL:
        raise ValueError(_("“%s” is a domain of private mailboxes.") % key)
    return key


@transaction.atomic
def _write(name: str, found: Plan, read: Read, *, by: User | None, at: datetime) -> LookupTable:
    forget()
    table = LookupTable.objects.create(
        name=name[:200],
        key=found.key,
        columns={column: one.key for column, one in found.fields.items()},
        ignored=found.ignored,
        rows=len(read.entries),
        refused=read.refused,
        refusals=read.refusals,
        by=by,
        at=at,
    )
    rows = (LookupEntry(table=table, key=key, answers=told) for key, told in read.entries.items())
    LookupEntry.objects.bulk_create(rows, batch_size=BATCH)
    return table


@transaction.atomic
def forget() -> None:
    """Take the table away."""
    entries = LookupEntry.objects.all()
    entries._raw_delete(entries.db)
    LookupTable.objects.all().delete()
