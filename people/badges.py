"""Numbers beside the pages in the bar, such as how many leads wait in the inbox.

@badge("inbox")
def to_answer(user, at):
    return Offer.objects.…count()
"""

from collections.abc import Callable
from datetime import datetime

_counts: dict[str, Callable[..., int]] = {}


def badge(page: str) -> Callable:
    """Register the function that counts what waits on a page; the page is named by its URL name."""

    def register(count):
        _counts[page] = count
        return count

    return register


def count_of(page: str, user, at: datetime) -> int:
    return _counts[page](user, at) if page in _counts else 0
