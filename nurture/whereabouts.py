"""Who is where on a track: people by step, and what became of each step's touches."""

from typing import Literal

from django.db.models import Count, Max, Min, Q

from nurture.models import Enrollment, Touch, Track
from nurture.models.track import ChannelName

COUNTED: tuple[Literal["waiting", "done", "skipped", "trouble"], ...] = (
    "waiting",
    "done",
    "skipped",
    "trouble",
)
WAITING = ("due", "held", "claimed", "sending", "with_human")


def figures(track: Track) -> dict[str, dict[str, int]]:
    """Of each step, by its key, who waits there and what became of its touches, in one query."""
    rows = (
        Touch.objects.filter(enrollment__track=track)
        .exclude(channel=ChannelName.WAIT, state=Touch.State.PASSED)
        .order_by()
        .values("step_key")
        .annotate(
            waiting=Count("lead", filter=Q(state__in=WAITING), distinct=True),
            done=Count("pk", filter=Q(state="sent")),
            skipped=Count("pk", filter=Q(state="skipped")),
            trouble=Count("pk", filter=Q(state__in=["failed", "in_doubt", "quarantined"])),
        )
    )
    return {str(row["step_key"]): {name: row[name] for name in COUNTED} for row in rows}


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
