"""Editing a draft: its outline is read, changed and written as a whole, and each edit can be undone.

A published version never changes; every verb here works on the open draft and counts the edit, so
that two editors don't overwrite each other unseen.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from leads.models import Asset
from nurture import portable
from nurture.models import Edit, Lane, Part, Step, Track, TrackVersion, Variant
from nurture.outline import LanePlan, Outline, PartPlan, StepPlan, Steps, Wording
from people.models import User


class Overtaken(Exception):
    """Somebody else changed the track since this editor saw it; `edit` is what they did last, if known."""

    def __init__(self, edit: Edit | None = None):
        super().__init__()
        self.edit = edit


class NothingToUndo(Exception):
    """No edit of this draft is left to take back."""


def touch(track: Track, seen: int | None) -> None:
    """Count one edit; the editor must have seen the newest state."""
    if seen is None or not Track.objects.filter(pk=track.pk, lock=seen).update(lock=F("lock") + 1):
        raise Overtaken(Edit.objects.filter(version__track=track).select_related("by").first())


def newest(track: Track) -> TrackVersion:
    """The draft, else what was published last: a track has one from its first day."""
    return track.versions.latest("number")


@transaction.atomic
def edit(
    draft: TrackVersion, what: str, change: Callable[[Outline], Outline], *, by: User | None, at: datetime
) -> Outline:
    """Change the outline of a draft, and keep what it was."""
    before = read(draft)
    after = change(before)
    if after != before:
        Edit.objects.create(version=draft, by=by, at=at, what=what[:300], before=before.as_json())
        store(draft, after)
    return after


def undoable(draft: TrackVersion) -> Edit | None:
    """The last edit of this draft that has not been taken back."""
    return draft.edits.filter(undoes=None, undone_by=None).first()


@transaction.atomic
def undo(draft: TrackVersion, *, by: User | None, at: datetime) -> Edit:
    """Take back the last edit; the one before it can be taken back next."""
    last = undoable(draft)
    if last is None:
        raise NothingToUndo
    what = (_("Took back: %(what)s") % {"what": last.what})[:300]
    Edit.objects.create(version=draft, by=by, at=at, what=what, before=read(draft).as_json(), undoes=last)
    store(draft, portable.read(last.before))
    return last


def read(version: TrackVersion) -> Outline:
    """The outline of a version, in a constant number of queries."""
    steps, lanes = defaultdict(list), defaultdict(list)
    for step in version.steps.prefetch_related("parts__asset", "parts__variants"):
        steps[step.lane_id].append(step)
    for lane in Lane.objects.filter(branch__version=version).order_by("number"):
        lanes[lane.branch_id].append(lane)

    def stretch(lane: int | None) -> Steps:
        return tuple(_told(step, tuple(map(way, lanes[step.pk]))) for step in steps[lane])

    def way(lane: Lane) -> LanePlan:
        return LanePlan(lane.name, lane.condition, lane.then, stretch(lane.pk))

    return Outline(stretch(None), version.goal, version.exit)


def _told(step: Step, lanes: tuple[LanePlan, ...]) -> StepPlan:
    return StepPlan(
        name=step.name,
        key=str(step.key),
        wait=step.wait,
        unit=step.unit,
        event=step.event,
        at_time=_face(step.at_time),
        by_time=_face(step.by_time),
        parts=tuple(map(_part_told, step.parts.all())),
        lanes=lanes,
    )


def _face(at: time | None) -> str:
    return f"{at:%H:%M}" if at else ""


def _part_told(part: Part) -> PartPlan:
    return PartPlan(
        channel=part.channel,
        subject=part.subject,
        body=part.body,
        asset=part.asset.name if part.asset else "",
        wait_days=part.wait_days,
        weight=part.weight,
        variants=tuple(Wording(one.subject, one.body, one.weight) for one in part.variants.all()),
    )


@transaction.atomic
def store(draft: TrackVersion, outline: Outline) -> None:
    """Write an outline as the whole of a draft; LookupError where it names an asset that isn't there."""
    if (draft.goal, draft.exit) != (outline.goal, outline.exit):
        draft.goal, draft.exit = outline.goal, outline.exit
        draft.save(update_fields=["goal", "exit"])
    draft.steps.all().delete()
    rows, lanes = _rows(draft, outline)
    Step.objects.bulk_create(step for step, _plan, _lane in rows)
    Lane.objects.bulk_create(lanes)
    for step, _plan, lane in rows:
        step.lane = lane
    Step.objects.bulk_update([step for step, _plan, lane in rows if lane], ["lane"])
    _store_parts([(step, part) for step, plan, _lane in rows for part in enumerate(plan.parts, 1)])


Row = tuple[Step, StepPlan, Lane | None]


def _rows(draft: TrackVersion, outline: Outline) -> tuple[list[Row], list[Lane]]:
    """A row for each step in the order of the storyboard, and for each lane."""
    rows: list[Row] = []
    lanes: list[Lane] = []

    def stretch(steps: Steps, lane: Lane | None) -> None:
        for plan in steps:
            step = Step(version=draft, position=len(rows) + 1, **_timing(plan))
            rows.append((step, plan, lane))
            for number, way in enumerate(plan.lanes):
                made = Lane(branch=step, number=number, name=way.name, condition=way.condition, then=way.then)
                lanes.append(made)
                stretch(way.steps, made)

    stretch(outline.steps, None)
    return rows, lanes


def _timing(plan: StepPlan) -> dict[str, Any]:
    told = {"key": plan.key, "name": plan.name, "wait": plan.wait, "unit": plan.unit, "event": plan.event}
    clocks = {name: getattr(plan, name) for name in ("at_time", "by_time")}
    return {**told, **{name: time.fromisoformat(face) if face else None for name, face in clocks.items()}}


def _store_parts(found: Iterable[tuple[Step, tuple[int, PartPlan]]]) -> None:
    plans = [plan for _step, (_number, plan) in found]
    assets = _assets({plan.asset for plan in plans if plan.asset})
    parts = Part.objects.bulk_create(
        Part(
            step=step,
            number=number,
            channel=plan.channel,
            subject=plan.subject,
            body=plan.body,
            asset_id=assets[plan.asset] if plan.asset else None,
            wait_days=plan.wait_days if number > 1 else 0,
            weight=plan.weight,
        )
        for step, (number, plan) in found
    )
    Variant.objects.bulk_create(
        Variant(part=part, number=number, weight=one.weight, subject=one.subject, body=one.body)
        for part, plan in zip(parts, plans, strict=True)
        for number, one in enumerate(plan.variants, 1)
    )


def _assets(names: set[str]) -> dict[str, int]:
    found = dict(Asset.objects.filter(name__in=names).order_by("-pk").values_list("name", "pk"))
    for name in sorted(names - found.keys()):
        raise LookupError(_("There is no asset called “%(name)s”.") % {"name": name})
    return found
