"""Ringing for a worker: a message without content that may get lost, so a page never waits for it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import KombuError, OperationalError
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def ring(task: Task, *args: Any, queue: str) -> None:
    """After the commit, ask a worker to look; when the broker is away, the timetable looks later."""
    transaction.on_commit(lambda: _publish(task, args, queue), robust=True)


_silent = False


@contextmanager
def silence() -> Iterator[None]:
    """Ring for nobody meanwhile: for histories that are lived through without workers."""
    global _silent
    _silent, before = True, _silent
    try:
        yield
    finally:
        _silent = before


def _publish(task: Task, args: tuple, queue: str) -> None:
    if _silent:
        return
    try:
        task.apply_async(args, queue=queue, retry=False, ignore_result=True, expires=60)
    except (OperationalError, KombuError, RedisError, OSError) as trouble:
        log.warning("no doorbell for %s: %s", task.name, trouble)
