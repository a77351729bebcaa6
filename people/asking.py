"""Statements that the server plans once for each session, for what runs thousands of times a minute."""

from typing import Any

import psycopg
from django.conf import settings
from django.db import connection


def ask(sql: str, params: dict[str, Any]) -> list[tuple]:
    """The rows that a statement gives, on Django's own connection and in its transaction.

    Behind a pooler a session is somebody else's the next moment, so there it is planned each time.
    """
    watched = connection.queries_logged or connection.execute_wrappers
    if watched or settings.DATABASE_DIRECT_URL != settings.DATABASE_URL:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        raw = connection.connection
        raw.prepare_threshold = raw.prepare_threshold or 1  # Django's None means never
        prepared = psycopg.Cursor(raw)
        prepared.execute(sql, params, prepare=True)
        return prepared.fetchall() if prepared.description else []
