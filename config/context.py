"""What every page knows: the company, the theme, the reader's navigation."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from people.access import EVERYBODY, MANAGERS, MARKETERS, REPS
from people.models.user import ADMINISTRATORS, VIEWERS

#: URL name, label, icon, the groups that see it.
PAGES = (
    ("inbox", "Inbox", "inbox", REPS),
    ("worklist", "Worklist", "list-checks", MARKETERS),
    ("leads", "Leads", "users", EVERYBODY),
    ("tracks", "Tracks", "route", (*MARKETERS, *MANAGERS, VIEWERS)),
    ("forms", "Forms", "text-cursor-input", MARKETERS),
    ("imports", "Imports", "file-up", MARKETERS),
    ("agreements", "Agreements", "handshake", EVERYBODY),
    ("sla", "SLA", "gauge", (*MANAGERS, VIEWERS)),
    ("outbox", "Outbox", "send", MANAGERS),
    ("admin:index", "Admin", "settings", (ADMINISTRATORS,)),
)
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Item:
    """One line of the main navigation."""

    url: str
    label: str
    icon: str
    current: bool
    count: int = 0


def navigation(request) -> list[Item]:
    """The pages this reader's groups may open, in the order of a working day."""
    if not request.user.is_authenticated:
        return []
    return [
        Item(url, _(label), icon, current=request.path.startswith(url))
        for name, label, icon, groups in PAGES
        if request.user.is_in(*groups) and (url := _address(name))
    ]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def site(request):
    theme = request.COOKIES.get("theme")
    return {
        "COMPANY": settings.COMPANY,
        "DEMO": settings.DEMO,
        "theme": theme if theme in THEMES else "",
        "nav": SimpleLazyObject(lambda: navigation(request)),
    }
