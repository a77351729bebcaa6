"""Who is where on a track: people by step, and what became of each step's touches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from django.db.models import Count, Max, Min, Q

from nurture.models import Enrollment, Part, Step, Touch, Track, TrackVersion

WAITING = ("due", "claimed", "sending", "with_human")


@dataclass(frozen=True)
class Scene:
    """One step as the timeline shows it: its day, its parts, who waits there and what went out."""

    step: Step
    day: int
    parts: Sequence[Part]
    waiting: int = 0
    done: int = 0
    skipped: int = 0
    trouble: int = 0

    @property
    def at_time(self) -> time | None:
        return self.step.at_time


def scenes(track: Track, version: TrackVersion | None) -> list[Scene]:
    """The steps of one version by day, with counts over everybody who ever met the step."""
    if version is None:
        return []
    counted = {row["step_key"]: row for row in _counts(track)}
    day, shown = 0, []
    for step in version.steps.prefetch_related("parts"):
        day += step.wait_days
        row = counted.get(step.key, {})
        figures = {name: row.get(name, 0) for name in ("waiting", "done", "skipped", "trouble")}
        shown.append(Scene(step, day, list(step.parts.all()), **figures))
    return shown


def _counts(track: Track):
    """One row for each step key, in one query."""
    return (
        Touch.objects.filter(enrollment__track=track)
        .order_by()
        .values("step_key")
        .annotate(
            waiting=Count("lead", filter=Q(state__in=WAITING), distinct=True),
            done=Count("pk", filter=Q(state="sent")),
            skipped=Count("pk", filter=Q(state="skipped")),
            trouble=Count("pk", filter=Q(state__in=["failed", "in_doubt", "quarantined"])),
        )
    )


def people(track: Track, *, after: int | None = None, size: int = 50) -> list[Enrollment]:
    """Who is on the track now, newest first, with the touch that comes next."""
    found = track.enrollments.live().select_related("lead__account", "version").order_by("-pk")
    if after:
        found = found.filter(pk__lt=after)
    return list(found.annotate(next_at=Min("touches__due_at", filter=Q(touches__state__in=WAITING)))[:size])


def totals(track: Track) -> dict[str, int]:
    """How many are on the track, finished it, or left early."""
    states = track.enrollments.order_by().values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in states}


def overview():
    """Every track with its people and its newest published version, in one query."""
    return Track.objects.select_related("sender", "calendar").annotate(
        inside=Count("enrollments", filter=Q(enrollments__state="live")),
        published=Max("versions__number", filter=Q(versions__published_at__isnull=False)),
    )
