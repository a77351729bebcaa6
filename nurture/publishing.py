"""From a draft to a published version that never changes, and back to a new draft."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from leads.models import Custodian
from nurture import drafting
from nurture.checking import first_problem
from nurture.models import Track, TrackVersion
from people.models import Side, User


class NotReady(ValueError):
    """The draft can't be published yet; the sentence says why."""


@transaction.atomic
def start(*, name: str, calendar, sender, **details: Any) -> Track:
    """A new track: its hand and an empty first draft come with it."""
    hand = Custodian.objects.create(kind=Custodian.Kind.TRACK, side=Side.MARKETING, name=name)
    track = Track.objects.create(name=name, calendar=calendar, sender=sender, custodian=hand, **details)
    TrackVersion.objects.create(track=track, number=1)
    return track


@transaction.atomic
def draft_of(track: Track) -> TrackVersion:
    """The track's draft: the open one, else a copy of what is published, with the same step keys."""
    Track.objects.select_for_update().get(pk=track.pk)
    newest = track.versions.first()
    if newest and newest.published_at is None:
        return newest
    draft = TrackVersion.objects.create(track=track, number=newest.number + 1 if newest else 1)
    if newest:
        drafting.store(draft, drafting.read(newest))
    return draft


@transaction.atomic
def publish(track: Track, *, by: User | None, at: datetime) -> TrackVersion:
    """Freeze the draft; whoever is enrolled from now on gets it, and a new track goes live."""
    track = Track.objects.select_for_update(of=("self",)).get(pk=track.pk)
    draft = track.versions.filter(published_at=None).first()
    if draft is None:
        raise NotReady(_("There is no draft to publish."))
    if problem := first_problem(drafting.read(draft)):
        raise NotReady(problem)
    draft.published_at, draft.published_by = at, by
    draft.save(update_fields=["published_at", "published_by"])
    if track.state == Track.State.DRAFT:
        Track.objects.filter(pk=track.pk).update(state=Track.State.LIVE)
    return draft
