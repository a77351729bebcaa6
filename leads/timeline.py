"""Activities as people read them: newest first, a page at a time, found by instant and number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from leads.models import Activity, Grade, Kind
from leads.models.activity import ActivityQuerySet
from leads.newest import newest

ICONS = {
    Kind.VISIT: "mouse-pointer-click",
    Kind.FORM: "square-pen",
    Kind.TALK_TO_SALES: "message-circle",
    Kind.DOWNLOAD: "download",
    Kind.OPEN: "mail-open",
    Kind.CLICK: "mouse-pointer-click",
    Kind.REPLY: "reply",
    Kind.REGISTERED: "calendar-check",
    Kind.ATTENDED: "calendar-check",
    Kind.CALL: "phone",
    Kind.VOICEMAIL: "voicemail",
    Kind.CALL_FAILED: "phone-off",
    Kind.SENT: "mail",
    Kind.BY_HAND: "pen-line",
    Kind.BOUNCED: "mail-x",
    Kind.UNSUBSCRIBED: "mail-x",
    Kind.OTHER: "circle-dot",
}


@dataclass(frozen=True)
class Done:
    """One activity with the drawing that stands for its kind."""

    activity: Activity

    @property
    def icon(self) -> str:
        return ICONS.get(Kind(self.activity.kind), "circle-dot")

    @property
    def grade(self) -> int:
        """How sure we are today."""
        return self.activity.graded  # type: ignore[attr-defined]

    @property
    def grade_words(self) -> str:
        return str(Grade(self.grade).label)

    @property
    def words(self) -> str:
        """What it was about, in the words that were recorded."""
        details = self.activity.details or {}
        about = str(self.activity.asset or self.activity.about)
        about = "" if about.startswith("touch.") else about  # a key of ours, not words
        said = details.get("note") or details.get("subject") or details.get("title") or ""
        parts = (about, str(said), _words_of(details.get("referrer")))
        return " · ".join(part for part in parts if part)


def _words_of(referrer: object) -> str:
    """The site that a visitor came from."""
    place = urlsplit(str(referrer or "")).netloc
    return _("from %s") % place if place else ""


@dataclass(frozen=True)
class Stretch:
    """Some activities, and the key of those that are older."""

    rows: list[Done]
    older: str = ""

    def __iter__(self) -> Iterator[Done]:
        return iter(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows)


def read(activities: ActivityQuerySet, older_than: str, size: int) -> Stretch:
    """The next of these activities after a key; a key that nobody wrote begins with the newest."""
    rows, older = newest(activities.graded().select_related("asset", "campaign", "by"), older_than, size)
    return Stretch([Done(activity) for activity in rows], older)


@dataclass(frozen=True)
class Month:
    """A month of activities: one partition of their table, so that a page never reads the rest."""

    year: int
    month: int

    @classmethod
    def read(cls, text: str, at: datetime) -> "Month":
        """The month that is asked for, else the one of `at`."""
        try:
            asked = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
        except ValueError:
            asked = at.astimezone(UTC)
        return cls(min(max(asked.year, 1970), 2999), asked.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def starts(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def before(self) -> "Month":
        return Month(self.year - (self.month == 1), (self.month - 2) % 12 + 1)

    @property
    def after(self) -> "Month":
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def of(self, activities: ActivityQuerySet) -> ActivityQuerySet:
        return activities.filter(at__gte=self.starts, at__lt=self.after.starts)
