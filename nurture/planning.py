"""What comes next for leads on a track: their first touch, the one after, or the end.

Locks are taken in one order everywhere: custody, enrollment, touch.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from leads import custody
from leads.models import Custodian, Custody, Lead
from nurture.models import Enrollment, Touch, Track
from nurture.models.track import ChannelName
from nurture.schedule import Place, Station, due, following, published_stations, zone_of
from people.clock import next_open
from people.models import Side

#: Touches in these states have reached the lead, or may have: nobody gets that step twice.
MET = (Touch.State.SENDING, Touch.State.SENT, Touch.State.WITH_HUMAN, Touch.State.IN_DOUBT)
NEXT = {ChannelName.EMAIL.value: Custody.Next.TOUCH, ChannelName.CALL.value: Custody.Next.CALL}

Planned = tuple[int, int, Station, datetime]  # enrollment, lead, station, due

TOUCH = """
    INSERT INTO nurture_touch (public_id, enrollment_id, lead_id, step_id, step_key, part, occurrence,
                               channel, due_at, state, reason, attempts, links)
    SELECT gen_random_uuid(), enrollment, lead, step, key, part, 1, channel, due_at, 'due', '', 0, '[]'
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::uuid[], %s::smallint[], %s::text[],
                %s::timestamptz[]) AS new (enrollment, lead, step, key, part, channel, due_at)
    ON CONFLICT ON CONSTRAINT a_touch_happens_at_most_once DO NOTHING
"""


def plan_first(enrolled: dict[int, int], track: Track, stations: Sequence[Station], *, at: datetime) -> None:
    """The first station that each lead of {enrollment: lead} has not met; with none left it is over."""
    met = met_by(enrolled.values(), stations)
    zones = dict(Lead.objects.filter(pk__in=enrolled.values()).values_list("pk", "time_zone"))
    hours = track.calendar.hours
    dates: dict[tuple[Place, str], datetime] = {}
    planned: list[Planned] = []
    for enrollment, lead in enrolled.items():
        if station := following(stations, None, met[lead]):
            key = station.place, zones[lead]
            dates[key] = dates.get(key) or due(station, at, zone_of(zones[lead], hours), hours)
            planned.append((enrollment, lead, station, dates[key]))
    add_touches(planned)
    over = set(enrolled) - {enrollment for enrollment, *_rest in planned}
    conclude(over, track, {enrolled[enrollment] for enrollment in over}, at=at)


def plan_next(touch: Touch, *, at: datetime) -> None:
    """After a touch: the next station of its enrollment, if that is still live, or the end of the track."""
    enrollment = touch.enrollment
    live = Enrollment.objects.live().select_for_update(no_key=True).filter(pk=enrollment.pk)
    lead_id = live.values_list("lead_id", flat=True).first()
    if lead_id is None:
        return
    touch.lead_id = lead_id  # somebody else's by now where people were merged meanwhile
    track, stations = enrollment.track, published_stations(enrollment.version_id)
    met = met_by([touch.lead_id], stations)[touch.lead_id]
    station = following(stations, (touch.step_key, touch.part), met)
    if station is None:
        held = Custody.objects.filter(lead=touch.lead_id, custodian=track.custodian_id)
        conclude([enrollment.pk], track, held.values_list("lead_id", flat=True), at=at)
    else:
        _plan(touch, track, station, at=at)


def _plan(touch: Touch, track: Track, station: Station, *, at: datetime) -> None:
    hours = track.calendar.hours
    due_at = due(station, at, zone_of(touch.lead.time_zone, hours), hours)
    if add_touches([(touch.enrollment_id, touch.lead_id, station, due_at)]):
        say_next(touch.lead_id, track, station.channel, due_at, reason=f"{track}: {station.name}")


def say_next(lead_id: int, track: Track, channel: str, due_at: datetime, *, reason: str) -> None:
    """Tell custody what the track does next, unless the lead is in another hand by now."""
    Custody.objects.filter(lead=lead_id, custodian=track.custodian_id).update(
        next_action=NEXT[channel], next_action_at=due_at, reason=reason[:200]
    )


def add_touches(planned: Iterable[Planned]) -> int:
    """Due touches for these; one that exists already is left as it is. How many are new."""
    rows = [
        (enrollment, lead, station.step_id, station.key, station.part, str(station.channel), due_at)
        for enrollment, lead, station, due_at in planned
    ]
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(TOUCH, [list(column) for column in zip(*rows, strict=True)])
        return cursor.rowcount


def met_by(lead_ids: Collection[int], stations: Sequence[Station]) -> dict[int, set[Place]]:
    """Which of these stations each lead has met, in this enrollment or in an earlier one."""
    met: dict[int, set[Place]] = defaultdict(set)
    keys = {station.key for station in stations}
    touches = Touch.objects.filter(lead__in=list(lead_ids), step_key__in=keys, state__in=MET)
    for lead, key, part in touches.values_list("lead_id", "step_key", "part"):
        met[lead].add((key, part))
    return met


def hold_waiting(lead_ids: Collection[int], track: Track, *, reason: str, at: datetime) -> None:
    """The track holds whoever waits for one of its touches; one statement per instant and channel."""
    groups: dict[tuple[str, datetime], list[int]] = defaultdict(list)
    states = [Touch.State.DUE, Touch.State.CLAIMED, Touch.State.SENDING, Touch.State.WITH_HUMAN]
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
    custody.hold(
        list(lead_ids),
        Custodian.of(track.sender, Side.MARKETING),
        next_action=Custody.Next.REVIEW,
        next_action_at=next_open(at, track.calendar.hours),
        reason=because,
        at=at,
    )
