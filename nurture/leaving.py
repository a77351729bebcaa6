"""Who has reached a track's goal, or meets its exit: looked for among everybody, and at whoever is due.

Locks are taken in one order everywhere: custody, enrollment, touch.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads.conditions import InvalidCondition, compile_sql, sentence
from leads.models import Custody
from nurture.enrolling import end
from nurture.models import Enrollment, TrackVersion
from nurture.planning import review
from nurture.reactions import FROM_ENROLLED, words

BATCH = 1_000
MEETING = """
    SELECT enrollment.id, enrollment.lead_id FROM {enrolled}
    WHERE enrollment.state = 'live' AND enrollment.track_id = %(track)s
      AND enrollment.version_id = %(version)s AND {which} AND {condition}
    ORDER BY enrollment.id LIMIT %(batch)s
"""
ANYBODY = "TRUE"
DUE = """EXISTS (SELECT FROM nurture_touch touch
    WHERE touch.enrollment_id = enrollment.id AND touch.state = 'due' AND touch.due_at <= %(at)s)"""
LOCK = "SELECT FROM leads_custody WHERE lead_id = ANY(%(leads)s) ORDER BY lead_id FOR UPDATE"


def leave(at: datetime, *, which: str = ANYBODY) -> int:
    """End the enrollments that have reached their goal or meet an exit; returns how many there were."""
    return sum(_leave(version, name, tree, which, at) for version, name, tree in _criteria())


def leave_before_sending(at: datetime) -> int:
    """The same for those alone for whom something is due."""
    return leave(at, which=DUE)


def _criteria() -> Iterator[tuple[TrackVersion, str, Any]]:
    """Each goal and exit of a version that somebody is on."""
    found = TrackVersion.objects.exclude(goal=None, exit=None).exclude(published_at=None)
    for version in found.select_related("track__calendar", "track__sender"):
        for name in ("goal", "exit"):
            if getattr(version, name) is not None:
                yield version, name, getattr(version, name)


def _leave(version: TrackVersion, name: str, tree: Any, which: str, at: datetime) -> int:
    terms = words(version.steps.prefetch_related("parts"))
    try:
        condition, because = compile_sql(tree, terms, at=at), sentence(tree, terms)
    except InvalidCondition:
        return 0  # a field is gone; the track's page says so
    sql = MEETING.format(enrolled=FROM_ENROLLED, which=which, condition=condition.sql)
    params = {**condition.params, "track": version.track_id, "version": version.pk, "at": at, "batch": BATCH}
    left = 0
    while True:
        with transaction.atomic():
            found = _rows(sql, params)
            _rows(LOCK, {"leads": sorted(lead for _enrollment, lead in found)})
            _end(version, name, dict(found), because, at)
        left += len(found)
        if len(found) < BATCH:
            return left


def _end(version: TrackVersion, name: str, found: dict[int, int], because: str, at: datetime) -> None:
    """Reaching the goal finishes a track; an exit leaves it. What waited is not made."""
    track = version.track
    held = Custody.objects.filter(lead__in=found.values(), custodian=track.custodian_id)
    leads = list(held.values_list("lead_id", flat=True))
    if name == "goal":
        words = _("Reached the goal: %(goal)s") % {"goal": because}
        end(Enrollment.objects.live().filter(pk__in=found), words, at=at, state=Enrollment.State.FINISHED)
    else:
        words = _("Left: %(exit)s") % {"exit": because}
        end(Enrollment.objects.live().filter(pk__in=found), words, at=at)
    review(leads, track, words, at=at)


def _rows(sql: str, params: dict) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
