"""Pages that show several apps are composed of panels, which the upper apps register.

    @panel("lead", order=20)
    def handoffs_of(request, lead, at):
        return Panel("handoff/_panel.html", {"handoffs": …})

A panel that has nothing to say returns None.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string


@dataclass(frozen=True)
class Panel:
    """One part of a composed page: a fragment and what it shows."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)


_registered: dict[str, list[tuple[int, Callable[..., Panel | None]]]] = defaultdict(list)


def panel(page: str, *, order: int) -> Callable:
    """Register a function as a panel of a page; panels show in the order of their numbers."""

    def register(function):
        _registered[page].append((order, function))
        return function

    return register


def panels_of(page: str, request, subject, at: datetime) -> list[Panel]:
    """The panels of a page for this reader and subject, in order."""
    in_order = sorted(_registered[page], key=lambda entry: entry[0])
    made = (function(request, subject, at) for _order, function in in_order)
    return [one for one in made if one]


def shown_on(page: str, request, subject, at: datetime) -> list[str]:
    """The panels as HTML; each fragment sees its own context, the page's subject by its name, and `at`."""
    panels = panels_of(page, request, subject, at)
    return [
        render_to_string(one.template, {page: subject, **one.context, "at": at}, request) for one in panels
    ]
