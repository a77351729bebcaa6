"""One content, one text, one hash: what both sides sign."""

import hashlib
import json
from typing import Any


def canonical(terms: Any) -> str:
    """The terms as the one text that is signed: keys in order, no spaces, no floats."""
    _refuse_floats(terms, "terms")
    return json.dumps(terms, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_hash(terms: Any) -> str:
    """sha256 over the canonical text."""
    return hashlib.sha256(canonical(terms).encode()).hexdigest()


def plain(number: float | None) -> int | str | None:
    """A number as terms may hold it: whole, else as its own digits."""
    if number is None:
        return None
    return int(number) if number == int(number) else repr(number)


def _refuse_floats(value: Any, path: str) -> None:
    """Two machines may write one float in two ways, and then the hash would differ."""
    if isinstance(value, float):
        raise ValueError(f"{path} holds a float")
    if isinstance(value, dict):
        if strange := [key for key in value if not isinstance(key, str)]:
            raise ValueError(f"{path} has a key that is no text: {strange[0]!r}")
        for key, part in value.items():
            _refuse_floats(part, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            _refuse_floats(part, f"{path}.{index}")
