"""Promises that the database keeps by a trigger, named as the sentence they enforce.

Each raises a check violation that carries the sentence as its constraint's name, so code and tests
read a broken promise the same way whether a CHECK or a trigger found it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pgtrigger
from django.db import connection

ERASING = "baton.erasing"  # the erasure job and the undo of an import set it, for their transaction alone


@contextmanager
def erasing() -> Iterator[None]:
    """Within this, and within its transaction, ledgers let rows go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [ERASING])
        yield
        cursor.execute("SELECT set_config(%s, 'off', true)", [ERASING])


def _trigger(sentence: str, **kwargs) -> pgtrigger.Trigger:
    # pgtrigger allows 47 characters; the error carries the whole sentence.
    return pgtrigger.Trigger(name=sentence[:47], **kwargs)


def refuse(sentence: str) -> str:
    """The words of a trigger that say which promise would be broken."""
    words = sentence.replace("_", " ")
    return f"RAISE EXCEPTION '{words}' USING ERRCODE = 'check_violation', CONSTRAINT = '{sentence}';"


def append_only(sentence: str, *, erasable: tuple[str, ...] = ()) -> pgtrigger.Trigger:
    """A ledger: rows are added and never changed; erasure may blank the named columns or remove a row."""
    blank = ", ".join(f"'{column}'" for column in erasable)
    return _trigger(
        sentence,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF current_setting('{ERASING}', true) = 'on' THEN
                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                IF to_jsonb(NEW) - ARRAY[{blank}]::text[] = to_jsonb(OLD) - ARRAY[{blank}]::text[] THEN
                    RETURN NEW;
                END IF;
            END IF;
            {refuse(sentence)}
        """,
    )


def forward_only(sentence: str, *, field: str, moves: dict[str, tuple[str, ...]]) -> pgtrigger.Trigger:
    """A state that only moves along the named ways; anything else is refused."""
    ways = " OR ".join(
        f"(OLD.{field} = '{before}' AND NEW.{field} IN ({', '.join(repr(after) for after in afters)}))"
        for before, afters in moves.items()
        if afters
    )
    return _trigger(
        sentence,
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(field),
        func=f"IF OLD.{field} = NEW.{field} OR {ways} THEN RETURN NEW; END IF; {refuse(sentence)}",
    )


def frozen_when(sentence: str, *, condition: str, except_columns: tuple[str, ...] = ()) -> pgtrigger.Trigger:
    """A row that no longer changes once `condition` (SQL over OLD) holds, but for the named columns."""
    spared = ", ".join(f"'{column}'" for column in except_columns)
    return _trigger(
        sentence,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF NOT ({condition}) THEN RETURN COALESCE(NEW, OLD); END IF;
            IF TG_OP = 'UPDATE' AND
               to_jsonb(NEW) - ARRAY[{spared}]::text[] = to_jsonb(OLD) - ARRAY[{spared}]::text[]
            THEN RETURN NEW; END IF;
            {refuse(sentence)}
        """,
    )


def at_commit(sentence: str, *, operation, broken: str) -> pgtrigger.Trigger:
    """A sentence that holds at every commit: `broken` is SQL that is true where it doesn't."""
    return _trigger(
        sentence,
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        func=f"IF {broken} THEN {refuse(sentence)} END IF; RETURN NULL;",
    )


def refuse_when(sentence: str, *, operation, broken: str) -> pgtrigger.Trigger:
    """A sentence checked before the row is written: `broken` is SQL over NEW and OLD."""
    return _trigger(
        sentence,
        when=pgtrigger.Before,
        operation=operation,
        func=f"IF {broken} THEN {refuse(sentence)} END IF; RETURN NEW;",
    )
