"""Publishing a draft with a word on the people inside, and pausing a track and going on."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from nurture import checking, drafting, moving, pausing, publishing
from nurture.course import courses_of
from nurture.models import Pause, Track
from nurture.views.editing import edits, overtaken
from people.access import MARKETERS, only


class Publish(forms.Form):
    """What becomes of the people inside."""

    choice = forms.ChoiceField(choices=moving.Choice, initial=moving.Choice.MOVE, widget=forms.RadioSelect)
    reach = forms.BooleanField(
        label=gettext_lazy("Give the new steps to those who had finished and wait for a decision"),
        required=False,
    )


class Resume(forms.Form):
    policy = forms.ChoiceField(choices=Pause.Policy, widget=forms.RadioSelect)


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def track_publish(request, public_id):
    track = get_object_or_404(
        Track.objects.select_related("calendar", "sender", "custodian"), public_id=public_id
    )
    draft = track.versions.filter(published_at=None).first()
    if draft is None:
        messages.error(request, _("There is no draft to publish."))
        return redirect("track", public_id)
    form = Publish(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _publish(request, track, form.cleaned_data)
    return render(request, "nurture/track_publish.html", _page(track, draft, form))


def _page(track, draft, form) -> dict:
    fates = moving.fates(track, draft)
    return {
        "track": track,
        "draft": draft,
        "form": form,
        "fates": fates,
        "inside": sum(fate.count for fate in fates),
        "at_the_end": len(moving.waiting_at_the_end(track, courses_of([draft.pk])[draft.pk])),
        "problem": checking.first_problem(drafting.read(draft)),
    }


def _publish(request, track, told):
    at, seen = timezone.now(), request.POST.get("seen", "")
    try:
        with transaction.atomic():
            drafting.touch(track, int(seen) if seen.isdecimal() and len(seen) < 10 else None)
            version = publishing.publish(track, by=request.user, at=at)
            moving.carry_out(track, version, told["choice"], reach=told["reach"], at=at)
    except drafting.Overtaken as late:
        messages.error(request, overtaken(late))
        return redirect("track_publish", track.public_id)
    except publishing.NotReady as trouble:
        messages.error(request, str(trouble))
        return redirect("track_edit", track.public_id)
    messages.success(request, _("Version %(n)d is published.") % {"n": version.number})
    return redirect("track", track.public_id)


@edits
def track_pause(request, track):
    if not pausing.pause(track, by=request.user, at=timezone.now()):
        messages.error(request, _("This track is not live."))
    return redirect("track", track.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def track_resume(request, public_id):
    track = get_object_or_404(Track.objects.select_related("calendar"), public_id=public_id)
    at, form = timezone.now(), Resume(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            pausing.resume(track, form.cleaned_data["policy"], by=request.user, at=at)
        except pausing.NotPaused:
            messages.error(request, _("This track is not paused."))
        return redirect("track", public_id)
    if track.state != Track.State.PAUSED:
        return redirect("track", public_id)
    page = {"track": track, "form": form, "backlog": pausing.backlog(track, at=at), "at": at}
    return render(request, "nurture/track_resume.html", page)
