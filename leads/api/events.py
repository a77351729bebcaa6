"""Events over the API: which there are, who registered and who came."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from pydantic import AwareDatetime, Field, WithJsonSchema
from pydantic import ValidationError as Invalid

from leads import attending
from leads.api import Problem, Refused, Trouble, allow
from leads.arrivals import Arrival
from leads.models import Asset
from leads.models.key import Scope

router = Router(tags=["events"])
MOST = 1_000
OLDEST = timedelta(days=3650)
CLOCKS = timedelta(minutes=10)  # by which another clock may run ahead
REFUSALS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429), Problem)


class Event(Schema):
    """A webinar or a trade show, as it stands among the assets."""

    id: UUID
    name: str
    kind: str


class Person(Schema, extra="forbid"):
    """Who registered or came, and when; blanks of whoever is known are filled, nothing is overwritten."""

    email: str = Field(max_length=254)
    status: Literal["registered", "attended"]
    at: AwareDatetime = Field(description="When they registered or came, with its zone.")
    first_name: str = Field("", max_length=120)
    last_name: str = Field("", max_length=120)
    company: str = Field("", max_length=200)
    phone: str = Field("", max_length=40)


#: Each is read by itself, so that a bad one spoils no other.
Row = Annotated[Any, WithJsonSchema(Person.model_json_schema())]


class People(Schema):
    """Up to 1,000 people of one event."""

    people: list[Row] = Field(min_length=1)


class Told(Schema):
    """What became of them: the same told twice is recorded once, and a refused row can be sent again."""

    recorded: int
    known: int
    created: int
    refused: list[Trouble]


@router.get("", response={200: list[Event], **dict.fromkeys((401, 403, 429), Problem)}, url_name="api_events")
def events(request):
    """The events that people can be told of, by name."""
    allow(request, Scope.EVENTS)
    found = Asset.objects.filter(kind__in=attending.EVENTS).order_by("name", "pk")[:MOST]
    return [Event(id=one.public_id, name=one.name, kind=one.kind) for one in found]


@router.post("/{event}/people", response={200: Told, **REFUSALS}, url_name="api_event_people")
def people(request, event: str, told: People):
    """Record who registered for an event and who came. Rows that are refused are named; the others count."""
    key, at = allow(request, Scope.EVENTS), timezone.now()
    found = _event(event)
    if len(told.people) > MOST:
        raise Refused(413, _("At most %d people fit into one request.") % MOST)
    rows, troubles = _read(told.people, at)
    done = attending.attend(found, [one for _row, one in rows], by=key.by, via=key.name, at=at)
    troubles += [Trouble(row=rows[row][0], field=name, problem=why) for row, name, why in done.refusals]
    troubles.sort(key=lambda one: (one.row or 0, one.field))
    if len({one.row for one in troubles}) == len(told.people):
        raise Refused(422, _("No row can be recorded."), troubles)
    return Told(recorded=done.recorded, known=done.known, created=done.created, refused=troubles)


def _event(text: str) -> Asset:
    try:
        return Asset.objects.get(public_id=UUID(text), kind__in=attending.EVENTS)
    except (ValueError, Asset.DoesNotExist):
        raise Http404 from None


def _read(rows: list[Any], at: datetime) -> tuple[list[tuple[int, attending.Attendance]], list[Trouble]]:
    good, troubles = [], []
    for number, row in enumerate(rows):
        try:
            good.append((number, _attendance(Person.model_validate(row), at)))
        except Invalid as trouble:
            troubles += [
                Trouble(row=number, field=".".join(map(str, one["loc"]))[:80], problem=one["msg"])
                for one in trouble.errors(include_url=False, include_input=False)[:8]
            ]
        except ValueError as trouble:
            troubles.append(Trouble(row=number, field="at", problem=str(trouble)))
    return good, troubles


def _attendance(person: Person, at: datetime) -> attending.Attendance:
    if not at - OLDEST <= person.at <= at + CLOCKS:
        raise ValueError(_("That lies in the future, or more than ten years back."))
    texts = person.model_dump(exclude={"status", "at"})
    return attending.Attendance(Arrival(**texts, at=person.at), person.status, person.at)
