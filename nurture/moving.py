"""What publishing does to the people inside: counted by the very rows and rules by which it is done."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models import Custodian, Custody
from nurture.behind import met_by
from nurture.course import Course, courses_of, following, published_course, standing
from nurture.enrolling import BATCH, end, enroll
from nurture.models import Enrollment, Touch, Track, TrackVersion
from nurture.models.track import ChannelName
from nurture.planning import hold_waiting, plan_next
from nurture.schedule import Place
from people.models import Side

MOVABLE = (Touch.State.DUE, Touch.State.HELD)
INSIDE = (*MOVABLE, Touch.State.CLAIMED, Touch.State.SENDING, Touch.State.WITH_HUMAN)
AT = ("step_key", "part", "channel", "step__name")
REPOINT = """
    UPDATE nurture_touch touch SET step_id = step.id
    FROM nurture_enrollment enrollment, nurture_step step
    WHERE touch.enrollment_id = enrollment.id AND enrollment.track_id = %(track)s
      AND enrollment.state = 'live' AND step.version_id = %(version)s
      AND step.key = touch.step_key AND touch.state IN ('due', 'held')
"""


class Choice(models.TextChoices):
    """What becomes of people who are inside when a new version is published."""

    FINISH = "finish", gettext_lazy("They finish the version they are on")
    MOVE = "move", gettext_lazy("They move to the new version at their next step")
    RESTART = "restart", gettext_lazy("They begin again; nothing they had is made twice")


@dataclass(frozen=True)
class Fate:
    """People who wait at one place of a version, and what each choice does to them."""

    version: int
    step: str
    channel: str
    count: int
    with_human: bool
    gone: bool  # the step is not in the new version
    then: str  # the step that it goes on after, where theirs is gone

    def words(self, choice: str) -> str:
        if choice == Choice.FINISH:
            return _("go on by version %(n)d") % {"n": self.version}
        if choice == Choice.RESTART:
            return _("begin again")
        if not self.gone:
            return _("go on here, dates unchanged")
        if self.with_human:
            return _("finish what is on the worklist, then go on after “%(step)s”") % {"step": self.then}
        return _("this step is gone: they go on after “%(step)s”") % {"step": self.then}

    @property
    def by_choice(self) -> list[str]:
        return [self.words(choice) for choice in Choice.values]


def fates(track: Track, draft: TrackVersion) -> list[Fate]:
    """Where the people on older versions are, step by step, and what would become of them."""
    new = courses_of([draft.pk])[draft.pk]
    rows = (
        Touch.objects.filter(enrollment__track=track, enrollment__state="live", state__in=INSIDE)
        .exclude(enrollment__version=draft)
        .values("enrollment__version", "enrollment__version__number", *AT)
        .annotate(
            n=Count("enrollment", distinct=True), human=Count("pk", filter=~models.Q(state__in=MOVABLE))
        )
        .order_by("enrollment__version__number", "step__name")
    )
    found = [_fate(row, new) for row in rows]
    order = {name: number for number, name in enumerate(station.name for station in new.stations)}
    return sorted(found, key=lambda one: (one.version, order.get(one.step, -1)))


def _fate(row: Mapping[str, Any], new: Course) -> Fate:
    place = row["step_key"], row["part"]
    gone = place not in {station.place for station in new.stations}
    return Fate(
        version=row["enrollment__version__number"],
        step=row["step__name"],
        channel=str(ChannelName(row["channel"]).label),
        count=row["n"],
        with_human=bool(row["human"]),
        gone=gone,
        then=_name_of(standing(new, published_course(row["enrollment__version"]), place), new)
        if gone
        else "",
    )


def _name_of(place: Place | None, course: Course) -> str:
    names = (station.name for station in course.stations if place and station.key == place[0])
    return next(names, _("the beginning"))


def waiting_at_the_end(track: Track, course: Course) -> list[Touch]:
    """The last touches of those who finished this track and wait for its sender, where more comes now."""
    finished = (
        track.enrollments.filter(
            state=Enrollment.State.FINISHED,
            lead__custody__custodian=Custodian.of(track.sender, Side.MARKETING),
            lead__custody__next_action=Custody.Next.REVIEW,
        )
        .exclude(lead__enrollments__state=Enrollment.State.LIVE)
        .order_by("lead_id", "-pk")
        .distinct("lead_id")
    )
    touches = Touch.objects.filter(enrollment__in=[one.pk for one in finished]).select_related("enrollment")
    last = list(touches.order_by("enrollment_id", "-pk").distinct("enrollment_id"))
    met = met_by({touch.lead_id for touch in last}, [course])
    return [touch for touch in last if following(course, _stands(touch, course), met[touch.lead_id])]


def _stands(touch: Touch, course: Course) -> Place | None:
    before = published_course(touch.enrollment.version_id)
    return standing(course, before, (touch.step_key, touch.part))


@transaction.atomic
def carry_out(track: Track, version: TrackVersion, choice: str, *, reach: bool, at: datetime) -> None:
    """Do as was chosen, now that `version` is published; `reach` gives new steps to who had finished."""
    if choice == Choice.MOVE:
        _move(track, version, at=at)
    if choice == Choice.RESTART:
        _restart(track, version, at=at)
    if reach:
        _go_on(track, version, at=at)


def _move(track: Track, version: TrackVersion, *, at: datetime) -> None:
    """Everybody is on the new version; what waits has its words, and a step that is gone is passed over."""
    live = track.enrollments.live().exclude(version=version)
    list(Custody.objects.filter(lead__in=live.values("lead")).order_by("lead").select_for_update())
    list(live.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
    live.update(version=version)
    with connection.cursor() as cursor:
        cursor.execute(REPOINT, {"track": track.pk, "version": version.pk})
    places = {station.place for station in published_course(version.pk).stations}
    waiting = Touch.objects.filter(enrollment__track=track, enrollment__state="live", state__in=MOVABLE)
    gone = [touch for touch in waiting if (touch.step_key, touch.part) not in places]
    words = _("Not in version %(n)d any more") % {"n": version.number}
    Touch.objects.filter(pk__in=[touch.pk for touch in gone]).update(state=Touch.State.SKIPPED, reason=words)
    plan_next(gone, at=at)


def _restart(track: Track, version: TrackVersion, *, at: datetime) -> None:
    live = track.enrollments.live().exclude(version=version)
    leads = list(live.order_by("lead").values_list("lead", flat=True))
    reason = _("Began again with version %(n)d") % {"n": version.number}
    list(Custody.objects.filter(lead__in=leads).order_by("lead").select_for_update())
    end(live, reason, at=at)
    _enroll(leads, track, reason, at=at)


def _go_on(track: Track, version: TrackVersion, *, at: datetime) -> None:
    """Who had finished goes on behind what they had last."""
    last = waiting_at_the_end(track, published_course(version.pk))
    leads = sorted(touch.lead_id for touch in last)
    list(Custody.objects.filter(lead__in=leads).order_by("lead").select_for_update())
    Enrollment.objects.filter(pk__in=[touch.enrollment_id for touch in last]).update(
        state=Enrollment.State.LIVE, version=version, ended_at=None, ended_because=""
    )
    plan_next(last, at=at)
    hold_waiting(leads, track, reason=_("Steps were added in version %(n)d") % {"n": version.number}, at=at)


def _enroll(leads: Collection[int], track: Track, reason: str, *, at: datetime) -> None:
    leads = list(leads)
    for start in range(0, len(leads), BATCH):
        enroll(leads[start : start + BATCH], track, reason=reason, at=at)
