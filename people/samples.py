"""What the style guide shows: every component's states, taken from one invented morning."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django import forms

from people.clock import Clock

AT = datetime(2026, 11, 17, 9, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Custody:
    """A custody as the components read it."""

    side: str
    custodian: str
    get_next_action_display: str
    reason: str = ""
    since: datetime | None = AT
    next_action_at: datetime | None = AT


@dataclass(frozen=True)
class Line:
    """A line of a score card."""

    label: str
    points: int
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of a log."""

    at: datetime
    icon: str
    title: str
    answer: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Card:
    """A score card: its lines and their sum."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        return sum(line.points for line in self.lines)


class Sample(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="As it stands on the letterhead.")
    email = forms.EmailField(label="E-mail", initial="marit@kessel")
    hours = forms.IntegerField(label="Working hours to answer", initial=4)
    starts = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), initial="2026-11-23")
    channel = forms.ChoiceField(choices=[("mail", "E-mail"), ("call", "Call"), ("letter", "Letter")])
    answer = forms.ChoiceField(
        choices=[("y", "Yes"), ("n", "Not yet")], widget=forms.RadioSelect, initial="y"
    )
    script = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    talk = forms.BooleanField(label="Talk to sales", required=False, help_text="Goes to a person at once.")
    list = forms.FileField(label="Leads as CSV", required=False)


OPEN, SOON = Clock("open", "3:38", "left", 9), Clock("soon", "0:13", "left", 57)
LATE, PAUSED = Clock("late", "1:02", "late", 100), Clock("paused", "4:00", "from Thu 08:00", 0)
BATONS = (
    (
        Custody("sales", "Marit Dahl", "Accept or reject", "Score 358, line is 320"),
        OPEN,
        "Jonas Weil",
        "else",
    ),
    (Custody("sales", "Amir Haddad", "Accept or reject"), LATE, "Jonas Weil", "at 09:30"),
    (Custody("marketing", "Slow burn", "Next touch", "letter, 3 of 9"), None, "Sales", "then"),
    (Custody("none", "", "", since=None, next_action_at=None), None, "", ""),
)
CARD = Card(
    (
        Line("“Vice President” in the title", 100),
        Line("9 visits to pump pages", 60, "10 each, capped at 60"),
        Line("CAD drawing KS-40", 45, "today 09:02"),
        Line("Left the newsletter", -20),
        Line("7 opens by a mail scanner", 0, "machine evidence earns nothing"),
    )
)
LOG = (
    Entry(
        AT, "mail", "Thank you, and the CIP checklist", "Opened within a second by a mail scanner: no points"
    ),
    Entry(AT, "phone", "Follow-up call, Ruth, 7 min", "Budget, need and date confirmed"),
    Entry(AT, "mailbox", "Seal sample kit by post", "Moved from 23 Dec: the plant is closed", "moved"),
    Entry(AT, "handshake", "Passed to you", "Ruth’s introduction went out at 09:03", "pass"),
)
SOURCES = (
    ("Trade shows", 0.75, 0.87, 0.94, 47),
    ("Whitepapers", 0.38, 0.5, 0.62, 62),
    ("Podcast", 0.21, 0.67, 0.94, 3),
)
ANSWERS = (
    ("within an hour", 46, "46", "", "in"),
    ("within four", 31, "31", "", "is"),
    ("later, in time", 12, "12", "", "idle"),
    ("past the promise", 12, "12", "", "out"),
)
COLOURS = (
    "ground",
    "sheet",
    "well",
    "ink",
    "ink-2",
    "line",
    "line-strong",
    "marketing",
    "sales",
    "late",
    "warn",
    "focus",
)
SHOWN = {
    "clocks": (OPEN, SOON, LATE, PAUSED),
    "batons": BATONS,
    "card": CARD,
    "entries": LOG,
    "sources": SOURCES,
    "answers": ANSWERS,
    "weeks": tuple(zip(("week 42", "43", "44", "45", "week 46"), (6, 9, 8, 14, 13), strict=True)),
    "colours": COLOURS,
    "marks": ("marketing", "sales", "passing", "none", "dropped"),
    "grades": ("verified", "observed", "self", "enriched", "machine"),
    "banner": "Touches are 3 minutes late",
}
