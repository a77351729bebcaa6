"""What every attempt to break a promise needs: a row again, a row changed, a promise taken away."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pgtrigger
from django.apps import apps
from django.db import connection, models, transaction

from people.promises import ERASING
from tests.make import MONDAY_9AM

AT, LATER = MONDAY_9AM, MONDAY_9AM + timedelta(hours=1)
TIMES = {"at": AT, "known_at": AT}


@dataclass(frozen=True)
class Ledger:
    """How a row of a ledger is made, and what the columns say that erasure has blanked."""

    make: Callable[[], models.Model]
    erasable: dict = field(default_factory=dict)

    def change(self):
        update(self.make(), at=LATER)

    def delete(self):
        delete(self.make())


def again(row, **changed):
    """The same row once more, with something changed."""
    fields = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}
    fields.pop("public_id", None)
    return type(row).objects.create(**{**fields, **changed})


def twice(builder, one, other):
    """Two rows that only seem to differ."""
    builder(one)
    builder(other)


def update(row, **changed):
    type(row).objects.filter(pk=row.pk).update(**changed)


def delete(row):
    """This row alone, without what Django would delete beside it."""
    rows = type(row).objects.filter(pk=row.pk)
    rows._raw_delete(rows.db)


def settled(row):
    """The row, as if its transaction were over: what waits for the commit has been checked."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return row


def commit(write) -> None:
    """Write it and check what waits for the end of a transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        write()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def erasing() -> None:
    """From here to the end of the transaction, ledgers obey the erasure job."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [ERASING])


def promised() -> dict[str, tuple]:
    """Each constraint and trigger of our apps by its sentence, with the model that carries it."""
    return {
        sentence_of(promise): (model, promise)
        for app in ("people", "leads", "nurture", "handoff")
        for model in apps.get_app_config(app).get_models()
        for promise in [*model._meta.constraints, *getattr(model._meta, "triggers", [])]
    }


def sentence_of(promise) -> str:
    """Its name; the library cuts a trigger's to 47 characters, and the error carries it whole."""
    whole = re.search(r"CONSTRAINT = '(\w+)'", getattr(promise, "func", None) or "")
    return whole[1] if whole else promise.name


def forget(sentence: str) -> None:
    """Take the promise away, until the test's transaction is rolled back."""
    model, promise = promised()[sentence]
    if isinstance(promise, pgtrigger.Trigger):
        promise.uninstall(model)
    else:
        with connection.schema_editor() as editor:
            editor.remove_constraint(model, promise)


def broken(refusal) -> str:
    """The sentence that an error carries; a partition's own name stands for that of its table."""
    said = refusal.__cause__.diag
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT parent.conname FROM pg_constraint part JOIN pg_constraint parent"
            " ON parent.oid = part.conparentid WHERE part.conname = %s AND part.conrelid = to_regclass(%s)",
            [said.constraint_name, said.table_name],
        )
        found = cursor.fetchone()
    return found[0] if found else said.constraint_name
