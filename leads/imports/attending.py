"""Who registered for an event and who came, as a file tells it: activities of people, known or new."""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import activities, attending, intake
from leads.imports import kinds, people, undoing
from leads.imports.kinds import Outcome, Target, Told
from leads.models import Activity, Grade, Identity, Import, Kind, Saying

EVENT = gettext_lazy("The event")
WHO = ("email", "outside_id", "first_name", "last_name", "name", "phone", "company", "source")
TARGETS = [
    *(target for target in people.TARGETS if target.key in WHO),
    Target("event", gettext_lazy("Event"), EVENT,
           ("event", "event_name", "webinar", "topic", "veranstaltung", "evento")),
    Target("at", gettext_lazy("When"), EVENT,
           ("at", "when", "date", "registration_time", "registered_at", "join_time", "start_time", "datum",
            "data", "fecha")),
    Target("kind", gettext_lazy("Registered or attended"), EVENT,
           ("kind", "status", "attended", "attendance", "teilgenommen", "participou", "asistio")),
]  # fmt: skip
_ATTENDED = "attended attendance attendee yes y true 1 x ja teilgenommen sim participou si oui"
_REGISTERED = """
    registered registration registrant no n false 0 nein angemeldet nao inscrito non no_show absent
"""
ATTENDED, REGISTERED = frozenset(_ATTENDED.split()), frozenset(_REGISTERED.split())


def admit(rows: Sequence[Told], batch: Import, at: datetime) -> Outcome:
    """Everybody comes in by the one door; whoever attended is human-confirmed by whoever was there."""
    rules = batch.rules | {"mapped": list(batch.mapping.values())}
    outcome, good = Outcome(lead_ids=[None] * len(rows)), []
    for index, told in enumerate(rows):
        try:
            good.append((index, _event(told.values, rules)))
        except kinds.Refused as refused:
            outcome.refusals.append((index, refused.target, str(refused)))
    arrivals = [people.arrival(rows[index], rules) for index, _told in good]
    done = intake.admit(arrivals, at=at, by=batch.by, batch=batch, saying=Saying.OBSERVED)
    for place, column, problem in done.refusals:
        outcome.refusals.append((good[place][0], column, problem))
    met = [(lead, told) for lead, (_index, told) in zip(done.lead_ids, good, strict=True) if lead]
    for lead, (index, _told) in zip(done.lead_ids, good, strict=True):
        outcome.lead_ids[index] = lead
    outcome.created = _record(met, batch, at)
    outcome.unchanged = len(rows) - len({index for index, *_why in outcome.refusals}) - outcome.created
    return outcome


def _event(values: dict[str, Any], rules: dict[str, Any]) -> dict[str, Any]:
    name = str(values.get("event") or rules.get("event") or "")
    if not name:
        raise kinds.Refused("event", _("The event is missing."))
    if len(name) > 200:
        raise kinds.Refused("event", _("The text is longer than %d characters.") % 200)
    if not values.get("at"):
        raise kinds.Refused("at", _("The date is missing."))
    word = kinds.simple(str(values.get("kind", "")))
    if word and word not in ATTENDED | REGISTERED:
        problem = _("“%s” is neither registered nor attended.") % values["kind"][:80]
        raise kinds.Refused("kind", problem)
    kind = Kind.ATTENDED if word in ATTENDED else Kind.REGISTERED
    return {"about": name, "at": values["at"], "kind": kind}


def _record(met: list[tuple[int, dict[str, Any]]], batch: Import, at: datetime) -> int:
    """History is known since it happened; otherwise we know it from now on."""
    threads = activities.identity_of({lead for lead, _told in met})
    events = [
        activities.Event(
            identity_id=threads[lead],
            grade=Grade.HUMAN if told["kind"] == Kind.ATTENDED else Grade.LIKELY,
            dedupe_key=attending.key_of(lead, told["kind"], told["about"]),
            by_id=batch.by_id,
            imported_by_id=batch.pk,
            **told,
        )
        for lead, told in met
    ]
    if not batch.rules.get("history"):
        return activities.record(events, known_at=at)
    events.sort(key=lambda event: event.at)
    return sum(activities.record(list(some), known_at=when) for when, some in groupby(events, lambda e: e.at))


def undo(batch: Import, at: datetime) -> list[str]:
    """What the file says that people did goes, and so do the people it made."""
    told = Activity.objects.filter(imported_by=batch)
    threads = set(told.values_list("identity", flat=True))
    leads = sorted(set(Identity.objects.filter(pk__in=threads).values_list("lead", flat=True)) - {None})
    count = told.count()
    told._raw_delete(using=connection.alias)
    _rebuild(leads)
    said = [ngettext("%d activity was removed.", "%d activities were removed.", count) % count]
    return said + undoing.undo_leads(batch, at)


def _rebuild(leads: Collection[Any]) -> None:
    ids = list(leads)
    for start in range(0, len(ids), undoing.CHUNK):
        activities.rebuild(ids[start : start + undoing.CHUNK])


kinds.register(
    kinds.Kind(
        what=Import.What.ATTENDANCE,
        targets=lambda: TARGETS,
        instants=frozenset({"at"}),
        needs=(("email", "outside_id"), ("event",), ("at",)),
        recognised_by=frozenset(
            {
                "webinar",
                "attended",
                "attendance",
                "registration_time",
                "join_time",
                "teilgenommen",
                "participou",
            }
        ),
        admit=admit,
        undo=undo,
        asks=("event", "source", "slashes", "history"),
    )
)
