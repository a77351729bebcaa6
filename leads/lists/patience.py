"""What a page may wait for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction

#: What one page read at random costs beside the next one: a server that was told nothing thinks of a disk
#: that turns, and would rather read a million rows in a row than look up ten thousand.
JUMP = "1.1"
SET = "set_config('statement_timeout', %(most)s, true), set_config('random_page_cost', %(jump)s, true)"
NOW = "current_setting('statement_timeout'), current_setting('random_page_cost')"
CANCELED = "57014"


class TooSlow(Exception):
    """What is asked reads more than a page may wait for."""


@contextmanager
def patience(milliseconds: int) -> Iterator[None]:
    """A transaction whose statements may take so long, longer is TooSlow, and which counts on memory."""
    try:
        with transaction.atomic():
            most, jump, *_set = fetch(f"SELECT {NOW}, {SET}", {"most": str(milliseconds), "jump": JUMP})[0]
            yield
            fetch(f"SELECT {SET}", {"most": most, "jump": jump})
    except OperationalError as trouble:
        if getattr(trouble.__cause__, "sqlstate", "") != CANCELED:
            raise
        raise TooSlow from trouble


def fetch(sql: str, params: dict[str, Any]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
