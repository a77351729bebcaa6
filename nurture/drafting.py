"""Editing a draft: its steps in order, each with an e-mail, a call, or both.

A published version never changes; every verb here works on the open draft and counts the edit, so
that two editors don't overwrite each other unseen.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.shortcuts import get_object_or_404

from nurture.models import Part, Step, Track, TrackVersion
from nurture.models.track import ChannelName


class Overtaken(Exception):
    """Somebody else changed the track since this editor saw it."""


def touch(track: Track, seen: int | None) -> None:
    """Count one edit; the editor must have seen the newest state."""
    if seen is None or not Track.objects.filter(pk=track.pk, lock=seen).update(lock=F("lock") + 1):
        raise Overtaken


@transaction.atomic
def save_step(draft: TrackVersion, key: str | None, told: Mapping[str, Any]) -> Step:
    """Write one step of the draft: a new one goes to the end."""
    step = _step(draft, key) if key else Step(version=draft, position=draft.steps.count() + 1)
    step.name, step.wait_days, step.at_time = told["name"], told["wait_days"], told["at_time"]
    step.save()
    step.parts.all().delete()
    Part.objects.bulk_create(
        Part(step=step, number=number, **part) for number, part in enumerate(_parts(told), start=1)
    )
    return step


def _parts(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    parts = []
    if told["subject"]:
        parts.append({"channel": ChannelName.EMAIL, "subject": told["subject"], "body": told["body"]})
    if told["script"]:
        wait = told["call_wait_days"] or 0
        parts.append({"channel": ChannelName.CALL, "body": told["script"], "wait_days": wait if parts else 0})
    return parts


@transaction.atomic
def remove_step(draft: TrackVersion, key: str) -> None:
    """Take a step out of the draft; whoever had it before keeps it in their history."""
    _step(draft, key).delete()
    _renumber(draft, list(draft.steps.all()))


@transaction.atomic
def move_step(draft: TrackVersion, key: str, by: int) -> None:
    """Move a step earlier (-1) or later (+1)."""
    steps = list(draft.steps.all())
    here = steps.index(_step(draft, key))
    there = max(0, min(len(steps) - 1, here + by))
    steps.insert(there, steps.pop(here))
    _renumber(draft, steps)


def _step(draft: TrackVersion, key: str) -> Step:
    return get_object_or_404(draft.steps, key=key)


def _renumber(draft: TrackVersion, steps: list[Step]) -> None:
    for position, step in enumerate(steps, start=1):
        step.position = position
    Step.objects.bulk_update(steps, ["position"])
