"""What nurture adds to what can be done to many leads: put them on a track, take them off."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import custody
from leads.bulk import Snapshot, Verb, verb
from leads.bulk.verbs import closed, held, in_sales_hands
from leads.models import Custodian, Custody
from nurture.enrolling import enroll, leave
from nurture.models import Enrollment, Touch, Track
from people.models import Side

GRACE = timedelta(seconds=10)  # nothing leaves the house before it can be taken back
GONE = (Touch.State.SENDING, Touch.State.SENT, Touch.State.IN_DOUBT)


class TrackForm(forms.Form):
    track = forms.ModelChoiceField(
        Track.objects.filter(state=Track.State.LIVE, versions__published_at__isnull=False).distinct(),
        label=gettext_lazy("Track"),
    )


def _live_on(lead_ids: Collection[int]) -> dict[int, int]:
    """The track that each lead is on."""
    rows = Enrollment.objects.live().filter(lead__in=lead_ids).order_by("pk")
    return dict(rows.values_list("lead", "track"))


@verb
class Enroll(Verb):
    """Put leads on a track; they leave any other."""

    key, label, icon, team, form = "enroll", gettext_lazy("Add to a track"), "route", "marketing", TrackForm

    def says(self, params: Mapping[str, Any]) -> str:
        track = Track.objects.get(pk=params["track"])
        return _("They go on %(track)s, and leave any other track.") % {"track": track}

    def left_out(self, lead_ids, params, at):
        been = Enrollment.objects.filter(lead__in=lead_ids, track=params["track"])
        finished = been.filter(state=Enrollment.State.FINISHED).values_list("lead", flat=True)
        left = dict.fromkeys(finished, _("It has been through this track"))
        left |= dict.fromkeys(been.live().values_list("lead", flat=True), _("It is on this track"))
        return {**left, **in_sales_hands(lead_ids), **closed(lead_ids)}

    def do(self, lead_ids, params, *, by, at):
        track = Track.objects.select_related("calendar", "custodian", "sender").get(pk=params["track"])
        enroll(lead_ids, track, reason=_("Added by %(name)s") % {"name": by}, at=at + GRACE)

    def snapshot(self, lead_ids) -> dict[int, Snapshot]:
        """The hand and the track; when the next touch falls due moves by itself."""
        return _hands_and_tracks(lead_ids)

    def overtaken(self, lead_ids, since):
        gone = Touch.objects.filter(lead__in=lead_ids, state__in=GONE, enrollment__at__gte=since)
        return dict.fromkeys(gone.values_list("lead", flat=True), _("A touch of the track has gone out"))

    def restore(self, before, *, by, at):
        _back(before, _("Taken back by %(name)s") % {"name": by}, at)


@verb
class Leave(Verb):
    """Take leads off their track; its sender decides what comes next."""

    key, label, icon, team = "leave", gettext_lazy("Take off the track"), "log-out", "marketing"

    def says(self, params: Mapping[str, Any]) -> str:
        return _("They leave their track; its sender decides what comes next.")

    def left_out(self, lead_ids, params, at):
        on = _live_on(lead_ids)
        left = {lead: _("It is on no track") for lead in lead_ids if lead not in on}
        return {**left, **in_sales_hands(lead_ids), **closed(lead_ids)}

    def do(self, lead_ids, params, *, by, at):
        on = _live_on(lead_ids)
        reason = _("Taken off the track by %(name)s") % {"name": by}
        leave(lead_ids, reason, at)
        for track in Track.objects.filter(pk__in=set(on.values())).select_related("sender"):
            hand = Custodian.of(track.sender, Side.MARKETING)
            theirs = [lead for lead, one in on.items() if one == track.pk]
            review = Custody.Next.REVIEW
            custody.hold(theirs, hand, next_action=review, next_action_at=at, reason=reason, at=at)

    def snapshot(self, lead_ids) -> dict[int, Snapshot]:
        return _hands_and_tracks(lead_ids)

    def restore(self, before, *, by, at):
        _back(before, _("Taken back by %(name)s") % {"name": by}, at)


def _hands_and_tracks(lead_ids: Collection[int]) -> dict[int, Snapshot]:
    on = _live_on(lead_ids)
    return {lead: {**hand, "track": on.get(lead)} for lead, hand in held(lead_ids).items()}


def _back(before: Mapping[int, Snapshot], reason: str, at: datetime) -> None:
    """Off this track, and onto the one before; steps that were met there are not made again."""
    leave(list(before), reason, at)
    custody.put_back(before, at=at)
    for pk in {stood["track"] for stood in before.values() if stood["track"]}:
        track = Track.objects.select_related("calendar", "custodian", "sender").get(pk=pk)
        theirs = [lead for lead, stood in before.items() if stood["track"] == pk]
        enroll(theirs, track, reason=reason, at=at)
