"""The share of tracks in a merge: whose enrollment goes on, and that no touch is made twice or left out.

All enrollments move to the survivor with their touches and calls, so what either was sent is known of the
one. On one track the further enrollment goes on; other tracks end unless theirs is the hand that goes on.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads import custody
from leads.holding import hands
from leads.merging import Pair, Part, Says, register
from leads.merging.standing import is_with_a_track
from leads.models import Custody, Lead, Merge
from nurture.behind import MET, met_by
from nurture.course import published_course
from nurture.enrolling import end
from nurture.models import Enrollment, Task, Touch
from nurture.planning import STOPPABLE, plan_next, say_next
from people.models import User

LOCK = (
    "SELECT FROM nurture_enrollment WHERE lead_id = ANY(%s) ORDER BY id FOR UPDATE",
    "SELECT FROM nurture_touch WHERE lead_id = ANY(%s) ORDER BY id FOR UPDATE",
)


@dataclass(frozen=True)
class Plan:
    """Which enrollment goes on, which end and why, and what has been sent to either."""

    kept: Enrollment | None = None
    ended: tuple[tuple[Enrollment, str], ...] = ()
    moved: tuple[Enrollment, ...] = ()
    sent: int = 0
    places: dict[int, str] = field(default_factory=dict)


def lock(ids: list[int]) -> None:
    with connection.cursor() as cursor:
        for statement in LOCK:
            cursor.execute(statement, [ids])


def plan(pair: Pair) -> Plan:
    found = Enrollment.objects.filter(lead__in=pair.ids).select_related("track__custodian", "track__calendar")
    enrollments = list(found.order_by("pk"))
    live = [one for one in enrollments if one.state == Enrollment.State.LIVE]
    far = {one.pk: _far(one) for one in live}
    theirs = [one for one in live if pair.hand and one.track.custodian_id == pair.hand.custodian_id]
    kept = max(theirs, key=lambda one: (far[one.pk][0], one.lead_id == pair.survivor.pk), default=None)
    return Plan(
        kept=kept,
        ended=tuple((one, _why(one, kept, pair)) for one in live if one != kept),
        moved=tuple(one for one in enrollments if one.lead_id == pair.loser.pk),
        sent=Touch.objects.filter(lead=pair.loser, state=Touch.State.SENT).count(),
        places={key: words for key, (_number, words) in far.items()},
    )


def _far(enrollment: Enrollment) -> tuple[int, str]:
    """How far along its track an enrollment is: the place of the touch that waits, else of the last met."""
    stations = published_course(enrollment.version_id).stations
    places = {station.place: number for number, station in enumerate(stations, 1)}
    touches = enrollment.touches.values_list("step_key", "part", "state")
    numbers = [(places.get((key, part), 0), state) for key, part, state in touches]
    waiting = [number for number, state in numbers if state in STOPPABLE]
    met = [number for number, state in numbers if state in MET]
    here = max(waiting, default=max(met, default=0))
    return here, _("touch %(n)d of %(total)d") % {"n": here, "total": len(stations)}


def _why(one: Enrollment, kept: Enrollment | None, pair: Pair) -> str:
    if kept and kept.track_id == one.track_id:
        return _("Merged: %(track)s goes on where the other was further") % {"track": kept.track}
    holder = pair.hand.custodian if pair.hand else _("nobody")
    return _("Merged: %(holder)s holds the lead") % {"holder": holder}


def tell(plan: Plan) -> list[Says]:
    lines = []
    if plan.kept:
        words = _("%(track)s goes on at %(place)s.") % {
            "track": plan.kept.track, "place": plan.places[plan.kept.pk],
        }  # fmt: skip
        lines.append(Says(_("Track"), words))
    for one, _because in plan.ended:
        words = _("%(lead)s leaves %(track)s at %(place)s; nothing that was sent is sent again.") % {
            "lead": one.lead, "track": one.track, "place": plan.places[one.pk],
        }  # fmt: skip
        lines.append(Says(_("Track"), words, conflict=True))
    if plan.moved:
        words = ngettext("%(n)d stay on a track", "%(n)d stays on tracks", len(plan.moved)) % {
            "n": len(plan.moved)
        }
        sent = ngettext("%(n)d touch made", "%(n)d touches made", plan.sent) % {"n": plan.sent}
        lines.append(Says(_("Follows"), f"{words}, {sent}."))
    return lines


def merge(pair: Pair, plan: Plan, by: User, at: datetime) -> dict[str, Any]:
    """End what ends, move the rest, and let what goes on skip what the other has had."""
    carried = {
        "ended": [_waited(one) for one, _because in plan.ended],
        "moved": [one.pk for one in plan.moved],
    }
    for one, because in plan.ended:
        end(Enrollment.objects.filter(pk=one.pk), because, at=at)
    for model in (Enrollment, Touch, Task):
        model.objects.filter(lead=pair.loser).update(lead=pair.survivor)
    if plan.kept:
        _skip_what_was_had(plan.kept.pk, at)
        _say_what_waits(pair.survivor.pk)
    return carried


def _say_what_waits(lead_id: int) -> None:
    """Custody tells of the touch that waits now, where a track holds the lead."""
    waiting = Touch.objects.filter(
        lead=lead_id, enrollment__state=Enrollment.State.LIVE, state__in=STOPPABLE
    ).select_related("step", "enrollment__track")
    touch = waiting.order_by("due_at", "pk").first()
    held = Custody.objects.filter(lead=lead_id).first()
    if touch and held and held.next_action_at != touch.due_at:
        track = touch.enrollment.track
        say_next(lead_id, track, touch.channel, touch.due_at, reason=f"{track}: {touch.step.name}")


def _waited(enrollment: Enrollment) -> dict[str, Any]:
    """The touches that wait on an enrollment, so that they can be planned again."""
    rows = enrollment.touches.filter(state__in=STOPPABLE).order_by("pk")
    return {
        "enrollment": enrollment.pk,
        "lead": enrollment.lead_id,
        "touches": [{"pk": one.pk, "due_at": one.due_at.isoformat()} for one in rows],
    }


def _skip_what_was_had(enrollment_id: int, at: datetime) -> None:
    """A touch that waits although the other was sent it already is skipped, and the next is planned."""
    waiting = Touch.objects.filter(enrollment=enrollment_id, state__in=STOPPABLE)
    for touch in waiting.select_related(
        "enrollment__track__calendar", "enrollment__track__custodian", "lead"
    ):
        course = published_course(touch.enrollment.version_id)
        if (touch.step_key, touch.part) in met_by([touch.lead_id], [course])[touch.lead_id] - _own(touch):
            waiting.filter(pk=touch.pk).update(state=Touch.State.SKIPPED, reason=_("Sent before the merge"))
            Task.objects.filter(touch=touch, done_at=None).delete()
            plan_next([touch], at=at)


def _own(touch: Touch) -> set:
    """A call on the worklist counts as met by itself; that alone is no repetition."""
    others = Touch.objects.filter(
        lead=touch.lead_id, step_key=touch.step_key, part=touch.part, state__in=MET
    ).exclude(pk=touch.pk)
    return set() if others.exists() else {(touch.step_key, touch.part)}


def objections(merge: Merge) -> list[str]:
    return []


def unmerge(merge: Merge, carried: dict[str, Any], at: datetime) -> None:
    """Enrollments go back with all their touches, and those that the merge ended go on."""
    moved = Enrollment.objects.filter(pk__in=carried["moved"])
    for rows in (
        Touch.objects.filter(enrollment__in=moved),
        Task.objects.filter(touch__enrollment__in=moved),
    ):
        rows.update(lead=merge.loser_id)
    moved.update(lead=merge.loser_id)
    for ended in carried["ended"]:
        _go_on(ended)
    for lead in (merge.survivor_id, merge.loser_id):
        _never_idle(lead, at)
        _say_what_waits(lead)


def _go_on(ended: dict[str, Any]) -> None:
    """The enrollment is live again unless the lead is elsewhere by now; its touches wait anew."""
    one = Enrollment.objects.select_related("track").get(pk=ended["enrollment"])
    held = Custody.objects.filter(lead=one.lead_id, custodian=one.track.custodian_id)
    if not held.exists() or Enrollment.objects.live().filter(lead=one.lead_id).exists():
        return
    Enrollment.objects.filter(pk=one.pk).update(state=Enrollment.State.LIVE, ended_at=None, ended_because="")
    for waited in ended["touches"]:
        old = Touch.objects.get(pk=waited["pk"])
        if old.state == Touch.State.SKIPPED:
            _plan_again(old, datetime.fromisoformat(waited["due_at"]))


def _plan_again(old: Touch, due_at: datetime) -> None:
    """A skipped touch stays skipped; the same touch waits as its next occurrence."""
    same = Touch.objects.filter(enrollment=old.enrollment_id, step_key=old.step_key, part=old.part)
    last = same.aggregate(Max("occurrence"))["occurrence__max"]
    Touch.objects.create(
        enrollment_id=old.enrollment_id,
        lead_id=old.lead_id,
        step_id=old.step_id,
        step_key=old.step_key,
        part=old.part,
        occurrence=last + 1,
        channel=old.channel,
        due_at=due_at,
    )


def _never_idle(lead_id: int, at: datetime) -> None:
    """Who would be held by a track they are on no more goes to a marketer, to be enrolled."""
    if is_with_a_track(lead_id) and not Enrollment.objects.live().filter(lead=lead_id).exists():
        lead = Lead.objects.get(pk=lead_id)
        custody.hold(
            [lead_id],
            hands([lead.source_id])[lead.source_id],
            next_action=Custody.Next.ENROLL,
            next_action_at=at,
            reason=_("A merge was taken back"),
            at=at,
        )


register(Part("nurture", 60, lock, plan, tell, merge, objections, unmerge))
