"""May this touch go out now? Pure rules on what was read a moment before it would."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from people.clock import WorkingHours, in_window, next_in_window

TOLERANCE = timedelta(minutes=30)  # this late a touch still counts as on time


@dataclass(frozen=True)
class Cap:
    """At most so many mails to one person in so many days; 0 means none at all."""

    most: int
    days: int

    @classmethod
    def parse(cls, text: str) -> "Cap | None":
        """Read "3/7"; nothing written means no cap, which is not a cap of 0."""
        if not text.strip():
            return None
        most, _slash, days = text.partition("/")
        cap = cls(int(most), int(days))
        if cap.most < 0 or cap.days < 1:
            raise ValueError(f"{text} is no cap: write mails/days, such as 3/7")
        return cap

    def free_at(self, sent: tuple[datetime, ...], at: datetime) -> datetime | None:
        """The first instant from `at` on at which one more may go out; None when none ever may."""
        if not self.most:
            return None
        span = timedelta(days=self.days)
        recent = sorted((instant for instant in sent if instant > at - span), reverse=True)
        return at if len(recent) < self.most else recent[self.most - 1] + span


@dataclass(frozen=True)
class Standing:
    """What holds of a touch, its lead and its track at the instant before it goes out."""

    due_at: datetime
    zone: ZoneInfo
    window: WorkingHours
    address: str
    is_open: bool = True
    enrolled: bool = True
    ours: bool = True
    paused: bool = False
    refused: bool = False
    suppressed: bool = False
    sent: tuple[datetime, ...] = field(default=())


@dataclass(frozen=True)
class Objection:
    """Why a touch does not go out now: it is skipped, or put off until an instant."""

    reason: str
    until: datetime | None = None
    leaves: bool = False  # the whole enrollment is over
    holds: bool = False  # until the track goes on


def objection(standing: Standing, *, at: datetime, cap: Cap | None = None) -> Objection | None:
    """The first reason against this touch; None when it may go out."""
    return _over(standing) or _forbidden(standing) or _untimely(standing, at, cap)


def _over(standing: Standing) -> Objection | None:
    if not standing.is_open:
        return Objection(_("The lead is closed"), leaves=True)
    if not standing.enrolled:
        return Objection(_("The lead left the track"), leaves=True)
    if not standing.ours:
        return Objection(_("The lead is in another hand"), leaves=True)
    return None


def _forbidden(standing: Standing) -> Objection | None:
    if standing.refused:
        return Objection(_("They told us not to use this channel"))
    if not standing.address:
        return Objection(_("There is no address for this channel"))
    if standing.suppressed:
        return Objection(_("The address must not be used"))
    return None


def _untimely(standing: Standing, at: datetime, cap: Cap | None) -> Objection | None:
    if standing.paused:
        return Objection(_("The track is paused"), holds=True)
    late = at - standing.due_at > TOLERANCE
    if late and not in_window(at, standing.window, standing.zone):
        opens = next_in_window(at, standing.window, standing.zone)
        return Objection(_("Moved into the next send window"), until=opens)
    if cap is None:
        return None
    free = cap.free_at(standing.sent, at)
    if free is None:
        return Objection(_("The contact cap allows no mail at all"))
    if free > at:
        free = next_in_window(free, standing.window, standing.zone)
        return Objection(_("Put off by the contact cap"), until=free)
    return None
