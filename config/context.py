"""What every page knows: the company, the theme, the reader's navigation."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
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

SEEING = (*MARKETERS, *MANAGERS, VIEWERS)
#: Of the bar: URL name, label, icon, the groups that see it.
PAGES = (
    ("inbox", later("Inbox"), "inbox", REPS),
    ("worklist", later("Worklist"), "list-checks", MARKETERS),
    ("leads", later("Leads"), "users", EVERYBODY),
    ("accounts", later("Accounts"), "building-2", EVERYBODY),
    ("tracks", later("Tracks"), "route", SEEING),
    ("agreements", later("Agreements"), "handshake", EVERYBODY),
    ("sla", later("SLA"), "gauge", (*MANAGERS, VIEWERS)),
)
#: Behind “More”, under a heading: what is opened once a week rather than once an hour.
MORE = (
    (
        later("Where leads come from"),
        (
            ("forms", later("Forms"), "text-cursor-input", MARKETERS),
            ("assets", later("Assets"), "book-open", SEEING),
            ("tracking", later("Tracking"), "radar", MARKETERS),
            ("imports", later("Imports"), "file-up", MARKETERS),
            ("sources", later("Sources"), "wallet", MARKETERS),
            ("enrichment", later("Enrichment"), "sparkles", MARKETERS),
        ),
    ),
    (
        later("What is known of them"),
        (
            ("scores", later("Scores"), "scale", EVERYBODY),
            ("evidence", later("Evidence"), "shield-question-mark", (*MARKETERS, *MANAGERS)),
            ("duplicates", later("Duplicates"), "merge", MARKETERS),
            ("activities", later("Activities"), "activity", EVERYBODY),
        ),
    ),
    (
        later("The house"),
        (
            ("outbox", later("Outbox"), "send", MANAGERS),
            ("exports", later("Exports"), "download", MANAGERS),
            ("keys", later("API keys"), "key-round", (ADMINISTRATORS,)),
            ("admin:index", later("Admin"), "settings", (ADMINISTRATORS,)),
        ),
    ),
)
EVERY_PAGE = (*PAGES, *(row for _heading, rows in MORE for row in rows))
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
    """The pages of the bar that this reader's groups may open, in the order of a working day."""
    return _items(PAGES, request) if request.user.is_authenticated else []


def more(request) -> list[tuple[str, list[Item]]]:
    """The other pages, under their headings."""
    if not request.user.is_authenticated:
        return []
    headed = ((_(heading), _items(rows, request)) for heading, rows in MORE)
    return [(heading, items) for heading, items in headed if items]


def _items(rows, request) -> list[Item]:
    at = timezone.now()
    return [
        Item(url, _(label), icon, request.path.startswith(url), count_of(name, request.user, at))
        for name, label, icon, groups in rows
        if request.user.is_in(*groups) and (url := address(name))
    ]


def address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def warning(request) -> str:
    """What a manager must know whatever they are doing."""
    told = request.user.is_authenticated and request.user.is_manager
    return health.banner(timezone.now()) if told else ""


def site(request):
    if not hasattr(request, "user"):  # refused at the door, before anybody was known
        request.user = AnonymousUser()
    theme = request.COOKIES.get("theme")
    return {
        "COMPANY": SimpleLazyObject(lambda: str(Company.current())),
        "DEMO": settings.DEMO,
        "demo_accounts": demo.ACCOUNTS if settings.DEMO else (),
        "demo_password": demo.PASSWORD if settings.DEMO else "",
        "banner": SimpleLazyObject(lambda: warning(request)),
        "theme": theme if theme in THEMES else "",
        "nav": SimpleLazyObject(lambda: navigation(request)),
        "more": SimpleLazyObject(lambda: more(request)),
        "unread": SimpleLazyObject(lambda: count_of("notices", request.user, timezone.now())),
    }
