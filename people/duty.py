"""Being at work, in a way that others can check: a token for one's claims, and a lock that ends with us."""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import DateTimeField, Func

log = logging.getLogger(__name__)
Written = TypeVar("Written")
INSIST = 30.0  # seconds in which a restarted database should be back

#: Longer than any task may run: whoever holds a claim past it is dead, stopped, or asks again.
LEASE = timedelta(seconds=settings.LEASE_SECONDS)


class ClockTimestamp(Func):
    """The database's clock itself; now() would stand still during a transaction."""

    function, output_field = "clock_timestamp", DateTimeField()


LOCK = "SELECT pg_advisory_lock(hashtextextended(%s::text, 0))"
#: True, and held until the transaction ends, when whoever carried this token is gone.
IS_GONE = "pg_try_advisory_xact_lock(hashtextextended(token::text, 0))"


class Duty:
    """One process at work: rows that carry its token are its own for as long as it holds its lock.

    The lock lives on a session of its own, straight to the server, so that a pooler can stand before
    everything else. However the process ends, the server notices and frees it.
    """

    def __init__(self) -> None:
        self.token = uuid.uuid4()

    def __enter__(self) -> "Duty":
        self.session = psycopg.connect(**direct(), autocommit=True)
        self.session.execute(LOCK, [self.token])
        return self

    def __exit__(self, *_trouble: object) -> None:
        self.session.close()


def direct() -> dict[str, Any]:
    """How to reach the server past any pooler."""
    if settings.DATABASE_DIRECT_URL != settings.DATABASE_URL:
        return {"conninfo": settings.DATABASE_DIRECT_URL}
    there = connection.settings_dict
    known = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
    return {key: there[name] for key, name in known.items() if there[name]}


def gone(tokens: set[uuid.UUID | None]) -> list[uuid.UUID]:
    """Which of these have nobody behind them any more; call it in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT token FROM unnest(%s::uuid[]) AS claim (token) WHERE {IS_GONE}",  # noqa: S608
            [list(tokens)],
        )
        return [token for (token,) in cursor.fetchall()]


def insist(write: Callable[[], Written]) -> Written:
    """Write what exists nowhere else: try again while the database is away or found a deadlock."""
    until = time.monotonic() + INSIST
    while True:
        try:
            return write()
        except OperationalError as trouble:
            if connection.in_atomic_block or time.monotonic() > until:
                raise
            log.warning("writing again: %s", trouble)
            connection.close()
            time.sleep(0.5)
