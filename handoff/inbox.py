"""What a rep has to answer now, and everything worth knowing before answering."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import QuerySet

from handoff import agreements
from handoff.manning import clock_of
from handoff.models import Decision, Handoff, Offer
from handoff.terms.reasons import ReasonText, reasons
from leads import disagreeing, dossier, timeline
from leads.models import Activity, Kind
from people.badges import badge
from people.clock import Clock
from people.models import User

SHOWN = 100  # offers in the list; more than a rep should ever have
UNDO = timedelta(seconds=10)
#: What the rep reads of the path so far: what we sent and what came back.
TOLD = (Kind.SENT, Kind.CALL, Kind.VOICEMAIL, Kind.DOWNLOAD, Kind.CLICK, Kind.REPLY, Kind.FORM,
        Kind.TALK_TO_SALES, Kind.REGISTERED, Kind.ATTENDED)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One handoff waiting in somebody's inbox, with its clock."""

    offer: Offer
    clock: Clock
    disagreements: Sequence[str] = ()  # about what the rep asks first


def waiting(user: User) -> QuerySet[Offer]:
    """Open offers before this person, the oldest promise first."""
    found = Offer.objects.open().filter(user=user).order_by("due_at", "pk")
    return found.select_related(
        "handoff__lead__account",
        "handoff__lead__custody__custodian",
        "handoff__agreement",
        "user__calendar",
        "user__team__calendar",
    ).prefetch_related("user__absences")


@badge("inbox")
def to_answer(user: User, at: datetime) -> int:
    """How many the bar counts."""
    return waiting(user).count()


def queue(user: User, at: datetime) -> list[Row]:
    offers = list(waiting(user)[:SHOWN])
    found = disagreeing.among([offer.handoff.lead for offer in offers])
    return [Row(one, clock_of(one, at), found[one.handoff.lead_id]) for one in offers]


def just_decided(user: User, at: datetime) -> Decision | None:
    """The rep's own last decision while it can still be taken back."""
    mine = Decision.objects.filter(by=user, at__gt=at - UNDO, reversal=None)
    return mine.select_related("handoff__lead__custody__custodian").order_by("-at").first()


@dataclass(frozen=True)
class Opened:
    """One handoff as the rep reads it."""

    handoff: Handoff
    offer: Offer | None
    at: datetime

    @property
    def lead(self):
        return self.handoff.lead

    @cached_property
    def clock(self) -> Clock | None:
        return clock_of(self.offer, self.at) if self.offer else None

    @cached_property
    def terms(self):
        return agreements.terms_for(self.handoff)

    @cached_property
    def reasons(self) -> list[ReasonText]:
        return reasons(self.terms)

    @cached_property
    def known(self) -> dict[str, dossier.Known]:
        return dossier.known_of(self.lead)

    @cached_property
    def lines(self) -> list[dossier.Line]:
        return dossier.lines(self.known, dossier.ratings_of(self.lead))

    @cached_property
    def disagreements(self) -> list[str]:
        return disagreeing.sentences(self.known)

    @cached_property
    def path(self) -> timeline.Stretch:
        told = Activity.objects.filter(identity__lead=self.lead, kind__in=TOLD)
        return timeline.read(told, "", 20)

    @property
    def late_holder(self) -> User | None:
        """Who has it next when the promise is broken twice over: the team's manager."""
        return self.handoff.agreement.team.manager if self.handoff.agreement else None

    @cached_property
    def decision(self) -> Decision | None:
        """What was answered, if it was not taken back."""
        return self.handoff.decisions.filter(reversal=None).select_related("by").first()


def opened(handoff: Handoff, at: datetime) -> Opened:
    offer = (
        Offer.objects.open()
        .filter(handoff=handoff)
        .select_related("handoff__agreement", "user__calendar", "user__team__calendar")
        .prefetch_related("user__absences")
        .first()
    )
    return Opened(handoff, offer, at)
