"""Activities as people read them: newest first, a page at a time, found by instant and number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from leads.models import Activity, Kind

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
    def words(self) -> str:
        """What it was about, in the words that were recorded."""
        details = self.activity.details or {}
        about = str(self.activity.asset or self.activity.about)
        about = "" if about.startswith("touch.") else about  # a key of ours, not words
        said = details.get("note") or details.get("subject") or ""
        return " · ".join(part for part in (about, str(said)) if part)


@dataclass(frozen=True)
class Stretch:
    """Some activities, and the key of those that are older."""

    rows: list[Done]
    older: str = ""

    def __iter__(self) -> Iterator[Done]:
        return iter(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows)


def read(activities: QuerySet, older_than: str, size: int) -> Stretch:
    """The next of these activities after a key; a key that nobody wrote begins with the newest."""
    if key := _key(older_than):
        at, number = key
        activities = activities.filter(Q(at__lte=at), Q(at__lt=at) | Q(id__lt=number))
    found = list(activities.select_related("asset", "campaign", "by").order_by("-at", "-id")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    older = f"{last.at.isoformat()}~{last.id}" if last else ""
    return Stretch([Done(activity) for activity in found[:size]], older)


def _key(text: str) -> tuple[datetime, int] | None:
    try:
        at, number = text.split("~")
        return datetime.fromisoformat(at).astimezone(UTC), int(number)
    except (ValueError, OverflowError):
        return None


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

    def of(self, activities: QuerySet) -> QuerySet:
        return activities.filter(at__gte=self.starts, at__lt=self.after.starts)
