"""Putting leads on a track, taking them off, and choosing the track: set-based, for one or a million.

Locks are taken in one order everywhere: custody, enrollment, touch.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads import custody
from leads.conditions import Vocabulary, compile_sql, sentence
from leads.models import Custodian, Custody
from leads.vocabulary import FROM_LEADS, vocabulary
from nurture.course import published_course
from nurture.models import Enrollment, Task, Touch, Track
from nurture.planning import STOPPABLE, hold_waiting, plan_first
from people.clock import next_open
from people.models import Side

BATCH = 2_000

LOCK = "SELECT lead_id FROM leads_custody WHERE lead_id = ANY(%(leads)s) ORDER BY lead_id FOR UPDATE"
ENROLL = """
    INSERT INTO nurture_enrollment
        (public_id, lead_id, track_id, version_id, state, reason, at, ended_because)
    SELECT gen_random_uuid(), lead.id, %(track)s, %(version)s, 'live', %(reason)s, %(at)s, ''
    FROM leads_lead lead
    WHERE lead.id = ANY(%(leads)s) AND lead.closed_at IS NULL AND lead.merged_into_id IS NULL
    ORDER BY lead.id
    ON CONFLICT (lead_id, track_id) WHERE state = 'live' DO NOTHING
    RETURNING id, lead_id
"""
WAITING = """
    custody.next_action IN ('enroll', 'wake') AND custody.next_action_at <= %(now)s
    AND custody.side = 'marketing' AND lead.closed_at IS NULL AND lead.merged_into_id IS NULL
"""
FITTING = """
    SELECT lead.id FROM {leads} JOIN leads_custody custody ON custody.lead_id = lead.id
    WHERE {waiting} AND {audience}
      AND NOT EXISTS (SELECT 1 FROM nurture_enrollment been
                      WHERE been.lead_id = lead.id AND been.track_id = %(track)s AND been.state = 'finished')
    ORDER BY custody.next_action_at, lead.id LIMIT %(batch)s FOR UPDATE OF custody SKIP LOCKED
"""
HOMELESS = """
    SELECT lead.id, custody.custodian_id FROM leads_lead lead
    JOIN leads_custody custody ON custody.lead_id = lead.id
    WHERE {waiting} ORDER BY lead.id LIMIT %(batch)s FOR UPDATE OF custody SKIP LOCKED
"""


@transaction.atomic
def enroll(lead_ids: Collection[int], track: Track, *, reason: str, at: datetime) -> int:
    """Put open leads on the published version of a track, first touch planned; returns how many are new.

    They leave every other track, and the track is the hand that holds them. A step that a lead has met
    on this track before is not made again; whoever has met them all goes to the sender for review.
    """
    lead_ids = list(lead_ids)
    version = track.versions.exclude(published_at=None).first()
    if version is None:
        raise ValueError(f"{track} has no published version")
    _rows(LOCK, leads=lead_ids)
    moved = _("Moved to %(track)s") % {"track": track}
    end(Enrollment.objects.live().filter(lead__in=lead_ids).exclude(track=track), moved, at=at)
    enrolled: dict[int, int] = dict(
        _rows(ENROLL, leads=lead_ids, track=track.pk, version=version.pk, reason=reason[:300], at=at)
    )
    plan_first(enrolled, track, published_course(version.pk), at=at)
    hold_waiting(lead_ids, track, reason=reason, at=at)
    return len(enrolled)


@transaction.atomic
def leave(lead_ids: Collection[int], because: str, at: datetime) -> int:
    """End every live enrollment of these leads and skip what waits; what is being sent settles by itself.

    Custody is the caller's: whoever takes a lead off its track says whose hand it goes to.
    """
    lead_ids = list(lead_ids)
    _rows(LOCK, leads=lead_ids)
    return end(Enrollment.objects.live().filter(lead__in=lead_ids), because, at=at)


def end(enrollments, because: str, *, at: datetime, state: str = Enrollment.State.EXITED) -> int:
    """End these enrollments and call off what waits; returns how many there were."""
    ending = list(enrollments.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    if ending:
        Enrollment.objects.filter(pk__in=ending).update(state=state, ended_at=at, ended_because=because[:200])
        touches = Touch.objects.filter(enrollment__in=ending)
        touches.filter(state__in=STOPPABLE).update(state=Touch.State.SKIPPED, reason=because[:300])
        Task.objects.filter(touch__in=touches.filter(state=Touch.State.SKIPPED), done_at=None).delete()
    return len(ending)


def enroll_waiting(at: datetime) -> int:
    """Every lead that waits for a track or wakes up gets the first live track whose audience it is in.

    Who fits none is put before the marketer who holds them. Returns how many were enrolled.
    """
    terms = vocabulary()
    tracks = (
        Track.objects.filter(state=Track.State.LIVE)
        .exclude(audience=None)
        .select_related("calendar", "custodian", "sender")
    )
    published = tracks.filter(versions__published_at__isnull=False).distinct()
    enrolled = sum(_enroll_audience(track, terms, at=at) for track in published)
    while _put_before_marketers(at=at):
        pass
    return enrolled


def _enroll_audience(track: Track, terms: Vocabulary, *, at: datetime) -> int:
    reason = sentence(track.audience, terms)
    audience = compile_sql(track.audience, terms, at=at)
    sql = FITTING.format(leads=FROM_LEADS, waiting=WAITING, audience=audience.sql)
    enrolled = 0
    while True:
        with transaction.atomic():
            found = _rows(sql, now=at, track=track.pk, batch=BATCH, **audience.params)
            enrolled += enroll([lead for (lead,) in found], track, reason=reason, at=at) if found else 0
        if len(found) < BATCH:
            return enrolled


@transaction.atomic
def _put_before_marketers(*, at: datetime) -> int:
    """One batch of leads that no track is for: their marketer decides, within working time."""
    found = _rows(HOMELESS.format(waiting=WAITING), now=at, batch=BATCH)
    hands: dict[int, list[int]] = {}
    for lead, hand in found:
        hands.setdefault(hand, []).append(lead)
    for hand in Custodian.objects.filter(pk__in=hands).select_related("user", "track__sender"):
        _review(hands[hand.pk], hand, at=at)
    return len(found) == BATCH


def _review(lead_ids: list[int], hand: Custodian, *, at: datetime) -> None:
    marketer = hand.user
    if marketer is None and hasattr(hand, "track"):
        marketer = hand.track.sender
        hand = Custodian.of(marketer, Side.MARKETING)
    calendar = marketer.own_calendar if marketer else None
    custody.hold(
        lead_ids,
        hand,
        next_action=Custody.Next.REVIEW,
        next_action_at=next_open(at, calendar.hours) if calendar else at,
        reason=_("No track fits"),
        at=at,
    )


def _rows(sql: str, **params) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
