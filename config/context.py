"""What every page knows: the company, the theme, the reader's navigation."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from config import health
from handoff import demo
from people.access import EVERYBODY, MANAGERS, MARKETERS, REPS
from people.badges import count_of
from people.models import Company
from people.models.user import ADMINISTRATORS, VIEWERS

#: URL name, label, icon, the groups that see it.
PAGES = (
    ("inbox", later("Inbox"), "inbox", REPS),
    ("worklist", later("Worklist"), "list-checks", MARKETERS),
    ("leads", later("Leads"), "users", EVERYBODY),
    ("tracks", later("Tracks"), "route", (*MARKETERS, *MANAGERS, VIEWERS)),
    ("forms", later("Forms"), "text-cursor-input", MARKETERS),
    ("imports", later("Imports"), "file-up", MARKETERS),
    ("agreements", later("Agreements"), "handshake", EVERYBODY),
    ("sla", later("SLA"), "gauge", (*MANAGERS, VIEWERS)),
    ("outbox", later("Outbox"), "send", MANAGERS),
    ("admin:index", later("Admin"), "settings", (ADMINISTRATORS,)),
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
    at = timezone.now()
    return [
        Item(url, _(label), icon, request.path.startswith(url), count_of(name, request.user, at))
        for name, label, icon, groups in PAGES
        if request.user.is_in(*groups) and (url := _address(name))
    ]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def warning(request) -> str:
    """What a manager must know whatever they are doing."""
    told = request.user.is_authenticated and request.user.is_manager
    return health.banner(timezone.now()) if told else ""


def site(request):
    theme = request.COOKIES.get("theme")
    return {
        "COMPANY": SimpleLazyObject(lambda: str(Company.current())),
        "DEMO": settings.DEMO,
        "demo_accounts": demo.ACCOUNTS if settings.DEMO else (),
        "demo_password": demo.PASSWORD if settings.DEMO else "",
        "banner": SimpleLazyObject(lambda: warning(request)),
        "theme": theme if theme in THEMES else "",
        "nav": SimpleLazyObject(lambda: navigation(request)),
        "unread": SimpleLazyObject(lambda: count_of("notices", request.user, timezone.now())),
    }
