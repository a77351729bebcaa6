"""What comes next for leads on a track: their first touch, the one after, or the end.

Locks are taken in one order everywhere: custody, enrollment, touch.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import connection
from django.utils.translation import gettext as _

from leads import custody
from leads.models import Custodian, Custody, Lead
from nurture.behind import been_by, met_by
from nurture.course import Course, following, published_course, standing
from nurture.deciding import Decisions
from nurture.models import Enrollment, Touch, Track, TrackVersion
from nurture.models.track import ChannelName
from nurture.schedule import Dates, Place, Station
from nurture.variants import variant_of
from people.asking import ask
from people.clock import next_open
from people.models import Side

#: Touches in these states can still be called off.
STOPPABLE = (Touch.State.DUE, Touch.State.HELD, Touch.State.CLAIMED, Touch.State.WITH_HUMAN)
NEXT = dict.fromkeys(ChannelName.values, Custody.Next.TOUCH) | {ChannelName.CALL.value: Custody.Next.CALL}

Planned = tuple[int, int, Station, datetime]  # enrollment, lead, station, due

TOUCH = """
    INSERT INTO nurture_touch (public_id, enrollment_id, lead_id, step_id, step_key, part, occurrence,
                               channel, variant, due_at, state, reason, attempts, links)
    SELECT gen_random_uuid(), enrollment, lead, step, key, part, 1,
           channel, variant, due_at, 'due', '', 0, '[]'
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::uuid[], %s::smallint[], %s::text[],
                %s::smallint[], %s::timestamptz[])
         AS new (enrollment, lead, step, key, part, channel, variant, due_at)
    ON CONFLICT ON CONSTRAINT a_touch_happens_at_most_once DO NOTHING
"""
ON_TRACK = """
    SELECT enrollment.id, enrollment.lead_id, enrollment.track_id, enrollment.version_id, lead.time_zone
    FROM nurture_enrollment enrollment JOIN leads_lead lead ON lead.id = enrollment.lead_id
    WHERE enrollment.id = ANY(%(enrollments)s) AND enrollment.state = 'live'
    ORDER BY enrollment.id FOR NO KEY UPDATE OF enrollment
"""
GO_ON = f"""
    WITH made AS ({TOUCH} RETURNING enrollment_id, lead_id, due_at)
    UPDATE leads_custody custody
    SET next_action = said.action, next_action_at = made.due_at, reason = said.reason
    FROM made JOIN unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[])
                   AS said (enrollment, custodian, action, reason) ON said.enrollment = made.enrollment_id
    WHERE custody.lead_id = made.lead_id AND custody.custodian_id = said.custodian
"""  # noqa: S608 - put together from constants of our own


class Passed(Protocol):
    """A touch that lies behind its lead; the model is one."""

    @property
    def enrollment_id(self) -> int: ...
    @property
    def step_key(self) -> uuid.UUID: ...
    @property
    def part(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Walker:
    """One lead on its way along a track, and the place that it has passed last."""

    after: Place
    enrollment_id: int
    lead_id: int
    track_id: int
    version_id: int
    zone: str


def plan_first(enrolled: dict[int, int], track: Track, course: Course, *, at: datetime) -> None:
    """The first station that each lead of {enrollment: lead} has not met; with none left it is over."""
    met = met_by(enrolled.values(), [course])
    zones = dict(Lead.objects.filter(pk__in=enrolled.values()).values_list("pk", "time_zone"))
    dates, decisions = Dates(at), Decisions(enrolled, at=at)
    planned: list[Planned] = []
    for enrollment, lead in enrolled.items():
        if station := following(course, None, met[lead], decisions.of(enrollment)):
            planned.append((enrollment, lead, station, dates.of(station, zones[lead], track.calendar.hours)))
    add_touches(planned)
    over = set(enrolled) - {enrollment for enrollment, *_rest in planned}
    conclude(over, track, {enrolled[enrollment] for enrollment in over}, at=at)


def plan_next(passed: Collection[Passed], *, at: datetime) -> None:
    """After these touches, whatever became of them: what each enrollment that is still live has next.

    That is the next station of its track, or the track's end. The number of statements does not depend on
    that of the touches; of several touches of one enrollment the last one counts.
    """
    walkers = _walkers({touch.enrollment_id: (touch.step_key, touch.part) for touch in passed})
    if not walkers:
        return
    tracks = Track.objects.select_related("calendar", "sender").in_bulk({one.track_id for one in walkers})
    planned: list[Planned] = []
    over: list[Walker] = []
    dates = Dates(at)
    for one, station in _ahead(walkers, at=at):
        if station:
            due_at = dates.of(station, one.zone, tracks[one.track_id].calendar.hours)
            planned.append((one.enrollment_id, one.lead_id, station, due_at))
        else:
            over.append(one)
    _go_on(planned, {one.enrollment_id: tracks[one.track_id] for one in walkers})
    _finish(over, tracks, at=at)


def _walkers(after: Mapping[int, Place]) -> list[Walker]:
    """Who of these enrollments is still on the track; the lead is another where people were merged."""
    return [Walker(after[row[0]], *row) for row in ask(ON_TRACK, {"enrollments": list(after)})]


def _ahead(walkers: list[Walker], *, at: datetime) -> Iterator[tuple[Walker, Station | None]]:
    """Each with the station that comes next, by what they did and are at this instant."""
    courses = {one.version_id: published_course(one.version_id) for one in walkers}
    met = met_by({one.lead_id for one in walkers}, courses.values())
    been = been_by(one.enrollment_id for one in walkers)
    decisions = Decisions([one.enrollment_id for one in walkers], at=at)
    for one in walkers:
        course, decide = courses[one.version_id], decisions.of(one.enrollment_id)
        behind = met[one.lead_id] | been[one.enrollment_id]
        yield one, following(course, _after(one, course), behind, decide)


def _after(walker: Walker, course: Course) -> Place | None:
    """Where they stand on their course; they may come from an older one that had a step more."""
    if walker.after[0] in course.keys:
        return walker.after
    older = TrackVersion.objects.filter(track=walker.track_id, steps__key=walker.after[0]).first()
    return standing(course, published_course(older.pk), walker.after) if older else None


def _go_on(planned: list[Planned], tracks: Mapping[int, Track]) -> None:
    """The next touches, and what custody says of those that are new and whose lead the track still holds."""
    if not planned:
        return
    holders = [tracks[enrollment].custodian_id for enrollment, *_rest in planned]
    actions = [str(NEXT[station.channel]) for _enrollment, _lead, station, _due_at in planned]
    words = [f"{tracks[enrollment]}: {station.name}"[:200] for enrollment, _lead, station, _due_at in planned]
    with connection.cursor() as cursor:
        cursor.execute(GO_ON, [*_columns(planned), [one[0] for one in planned], holders, actions, words])


def _finish(over: list[Walker], tracks: Mapping[int, Track], *, at: datetime) -> None:
    """They have met every station of their track: a few statements for each track."""
    finished: dict[int, list[Walker]] = defaultdict(list)
    for one in over:
        finished[one.track_id].append(one)
    for track_id, walkers in finished.items():
        track = tracks[track_id]
        leads = [one.lead_id for one in walkers]
        held = Custody.objects.filter(lead__in=leads, custodian=track.custodian_id)
        enrollments = [one.enrollment_id for one in walkers]
        conclude(enrollments, track, held.values_list("lead_id", flat=True), at=at)


def say_next(lead_id: int, track: Track, channel: str, due_at: datetime, *, reason: str) -> None:
    """Tell custody what the track does next, unless the lead is in another hand by now."""
    Custody.objects.filter(lead=lead_id, custodian=track.custodian_id).update(
        next_action=NEXT[channel], next_action_at=due_at, reason=reason[:200]
    )


def add_touches(planned: Iterable[Planned]) -> int:
    """Due touches for these; one that exists already is left as it is. How many are new."""
    columns = _columns(planned)
    if not columns:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(TOUCH, columns)
        return cursor.rowcount


def _columns(planned: Iterable[Planned]) -> list[list]:
    rows = [
        (
            enrollment,
            lead,
            station.step_id,
            station.key,
            station.part,
            str(station.channel),
            variant_of(enrollment, *station.place, station.weights),
            due_at,
        )
        for enrollment, lead, station, due_at in planned
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def hold_waiting(lead_ids: Collection[int], track: Track, *, reason: str, at: datetime) -> None:
    """The track holds whoever waits for one of its touches; one statement per instant and channel."""
    groups: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    states = [*STOPPABLE, Touch.State.SENDING]
    waiting = Touch.objects.filter(
        lead__in=lead_ids,
        enrollment__track=track,
        enrollment__state=Enrollment.State.LIVE,
        state__in=states,
    )
    for lead, channel, due_at in waiting.values_list("lead_id", "channel", "due_at"):
        groups[channel, due_at].append(lead)
    for (channel, due_at), leads in groups.items():
        custody.hold(
            leads,
            track.custodian,
            next_action=NEXT[channel],
            next_action_at=due_at,
            reason=f"{track}: {reason}",
            at=at,
        )


def conclude(enrollment_ids: Collection[int], track: Track, lead_ids: Iterable[int], *, at: datetime) -> None:
    """End enrollments after their last touch; of these leads the track's sender decides what comes next."""
    if not enrollment_ids:
        return
    because = (_("Finished %(track)s") % {"track": track})[:200]
    Enrollment.objects.filter(pk__in=enrollment_ids).update(
        state=Enrollment.State.FINISHED, ended_at=at, ended_because=because
    )
    review(lead_ids, track, because, at=at)


def review(lead_ids: Iterable[int], track: Track, because: str, *, at: datetime) -> None:
    """The track's sender decides what comes next for these leads, in working time."""
    custody.hold(
        list(lead_ids),
        Custodian.of(track.sender, Side.MARKETING),
        next_action=Custody.Next.REVIEW,
        next_action_at=next_open(at, track.calendar.hours),
        reason=because[:200],
        at=at,
    )
