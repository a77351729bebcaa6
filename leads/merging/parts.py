"""What other apps bring to a merge: each tells what will happen to its rows, does it, and can undo it.

Leads know nothing of tracks and handoffs, so those register a part. `plan` answers from rows alone; the
preview tells what it found and the merge carries out the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leads.merging.pair import Pair
from leads.models import Merge
from people.models import User

#: Locks are taken in one order everywhere: tally, handoff, custody, enrollment, touch. Parts with a lower
#: number lock before custody, the others after.
CUSTODY = 50


@dataclass(frozen=True)
class Says:
    """One line of the preview: what follows, ends or stands against it."""

    what: str
    words: str
    conflict: bool = False


@dataclass(frozen=True)
class Part:
    """The share of one app."""

    key: str
    order: int
    lock: Callable[[list[int]], None]
    plan: Callable[[Pair], Any]
    tell: Callable[[Any], list[Says]]
    merge: Callable[[Pair, Any, User, datetime], dict[str, Any]]
    objections: Callable[[Merge], list[str]]
    unmerge: Callable[[Merge, dict[str, Any], datetime], None]


_parts: list[Part] = []


def register(part: Part) -> Part:
    _parts.append(part)
    _parts.sort(key=lambda one: one.order)
    return part


def parts() -> list[Part]:
    return list(_parts)


def told(pair: Pair) -> list[Says]:
    """What every part says would happen."""
    return [line for part in _parts for line in part.tell(part.plan(pair))]
