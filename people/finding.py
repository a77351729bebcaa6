"""What a few typed words find: every app adds what it knows, and only what this reader may see.

@finder(_("Tracks"), order=40)
def tracks(user, words, at):
    return [Found(str(track), track.get_absolute_url(), "route") for track in …]
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SHOWN = 6


@dataclass(frozen=True)
class Found:
    """One thing that was found: what it is called, where it is, and a word beside it."""

    label: str
    url: str
    icon: str
    note: str = ""


Finder = Callable[[Any, str, datetime], Sequence[Found]]
_finders: list[tuple[int, Any, Finder]] = []


def finder(label: Any, *, order: int) -> Callable[[Finder], Finder]:
    """Register a function that finds; groups show in the order of their numbers."""

    def register(function: Finder) -> Finder:
        _finders.append((order, label, function))
        return function

    return register


def find(user, words: str, at: datetime) -> list[tuple[Any, Sequence[Found]]]:
    """What the words find, by groups; a group without a finding is left out."""
    in_order = sorted(_finders, key=lambda entry: entry[0])
    groups = [(label, list(function(user, words, at))[:SHOWN]) for _order, label, function in in_order]
    return [(label, found) for label, found in groups if found]


def fits(words: str, *texts: Any) -> bool:
    """Does every word stand in these texts, whatever its case?"""
    whole = " ".join(str(text) for text in texts).casefold()
    return all(word in whole for word in words.casefold().split())
