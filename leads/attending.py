"""Who registered for an event and who came, as another program tells it: activities of people, known or new.

Somebody registers once for an event and attends it once, however often and from however many places it is
told; the first word counts. Whoever attended was seen there, so that is human-confirmed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import Q

from leads import activities, intake
from leads.arrivals import Arrival
from leads.models import Activity, Asset, Grade, Kind, Saying
from people.models import User

#: Assets that happen on a day.
EVENTS = (Asset.Kind.WEBINAR, Asset.Kind.TRADE_SHOW)
GRADES = {Kind.REGISTERED: Grade.LIKELY, Kind.ATTENDED: Grade.HUMAN}


@dataclass(frozen=True, slots=True)
class Attendance:
    """One person at one event: who, whether they registered or came, and when."""

    who: Arrival
    kind: str
    at: datetime


@dataclass(slots=True)
class Outcome:
    """What became of what was told: new activities, those known already, new leads, and refused rows."""

    recorded: int = 0
    known: int = 0
    created: int = 0
    refusals: list[tuple[int, str, str]] = field(default_factory=list)  # index, field, problem


@transaction.atomic
def attend(event: Asset, told: Sequence[Attendance], *, by: User, via: str, at: datetime) -> Outcome:
    """Everybody comes in by the one door; what is refused names its row, and the others count."""
    done = intake.admit([one.who for one in told], at=at, by=by, saying=Saying.OBSERVED)
    met = [(lead, one) for lead, one in zip(done.lead_ids, told, strict=True) if lead]
    threads = activities.identity_of({lead for lead, _one in met})
    activities.lock(set(threads.values()))
    known = _known(event, threads)
    first = {(lead, one.kind): one for lead, one in reversed(met)}
    new = {key: one for key, one in first.items() if key not in known}
    activities.record(
        [
            activities.Event(
                identity_id=threads[lead],
                kind=kind,
                at=one.at,
                dedupe_key=key_of(lead, kind, event.name),
                about=event.name,
                grade=GRADES[Kind(kind)],
                asset_id=event.pk,
                by_id=by.pk,
                details={"via": via},
            )
            for (lead, kind), one in new.items()
        ],
        known_at=at,
    )
    return Outcome(len(new), len(met) - len(new), done.created, done.refusals)


def key_of(lead: int, kind: str, event: str) -> str:
    """By what an attendance is known; an event is the same whatever its spelling."""
    return f"event-{kind}-{lead}-{sha256(event.casefold().encode()).hexdigest()[:24]}"


def _known(event: Asset, leads: Collection[int]) -> set[tuple[int, str]]:
    """Who is known to have registered or attended, whoever said so: a file, a program, before a merge."""
    told = Activity.objects.filter(identity__lead__in=list(leads), kind__in=GRADES)
    this = told.filter(Q(asset=event) | Q(about__iexact=event.name))
    return set(this.values_list("identity__lead", "kind"))
