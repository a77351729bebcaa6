"""Tracks: the list, one track with who is where, its draft, and publishing."""

from functools import wraps

from django import forms
from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.conditions import sentence
from leads.vocabulary import vocabulary
from leads.who import Who
from nurture import drafting, publishing, whereabouts
from nurture.models import Track
from people.access import MANAGERS, MARKETERS, only
from people.models import User
from people.models.user import MARKETING, MARKETING_MANAGERS, VIEWERS

READERS = (*MARKETERS, *MANAGERS, VIEWERS)


class TrackForm(forms.ModelForm):
    """What a track is called, for whom it is, and in whose name and hours it sends."""

    class Meta:
        model = Track
        fields = ("name", "purpose", "priority", "calendar", "sender")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        sender = self.fields["sender"]
        assert isinstance(sender, forms.ModelChoiceField)
        sender.queryset = User.objects.in_groups(MARKETING, MARKETING_MANAGERS)


class StepForm(forms.Form):
    """One step: when, and an e-mail, a call, or both."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=160)
    wait_days = forms.IntegerField(
        label=gettext_lazy("Days after the step before"), min_value=0, max_value=3650, initial=3
    )
    at_time = forms.TimeField(
        label=gettext_lazy("Not before"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    subject = forms.CharField(label=gettext_lazy("E-mail: subject"), max_length=300, required=False)
    body = forms.CharField(
        label=gettext_lazy("E-mail: text"),
        max_length=50_000,
        required=False,
        widget=forms.Textarea({"rows": 8}),
    )
    script = forms.CharField(
        label=gettext_lazy("Call: script"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )
    call_wait_days = forms.IntegerField(
        label=gettext_lazy("Call: days after the e-mail"), min_value=0, max_value=365, required=False
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def clean(self):
        told = super().clean() or self.cleaned_data
        if told.get("subject") and not told.get("body"):
            self.add_error("body", _("The e-mail has a subject and no text."))
        if told.get("body") and not told.get("subject"):
            self.add_error("subject", _("The e-mail has a text and no subject."))
        if not (told.get("subject") or told.get("body") or told.get("script")):
            raise forms.ValidationError(_("A step is an e-mail, a call, or both."))
        return told


def edits(view):
    """A change by an editor who saw the newest state; else nothing changes, and the page says so."""

    @wraps(view)
    def guarded(request, public_id, *args, **kwargs):
        track = get_object_or_404(Track, public_id=public_id)
        seen = request.POST.get("seen", "")
        try:
            with transaction.atomic():
                drafting.touch(track, int(seen) if seen.isdecimal() and len(seen) < 10 else None)
                answer = view(request, track, *args, **kwargs)
                transaction.set_rollback(answer.status_code == 422)
        except drafting.Overtaken:
            messages.error(request, _("Somebody else changed this track a moment ago. Look again."))
            return redirect("track_edit", public_id)
        return answer

    return require_POST(only(*MARKETERS)(guarded))


@require_safe
@only(*READERS)
def tracks(request):
    words = vocabulary()
    rows = [(track, sentence(track.audience, words) if track.audience is not None else "")
            for track in whereabouts.overview()]  # fmt: skip
    return render(request, "nurture/tracks.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def track_new(request):
    form = TrackForm(request.POST or None, initial={"sender": request.user.pk})
    who = Who(request.POST or None, vocabulary=vocabulary())
    if request.method == "POST" and form.is_valid() and who.is_valid():
        track = publishing.start(**form.cleaned_data, audience=who.cleaned_data["tree"])
        return redirect("track_edit", track.public_id)
    shown = {"form": form, "who": who}
    return render(request, "nurture/track_new.html", shown, status=422 if form.errors or who.errors else 200)


@require_safe
@only(*READERS)
def track(request, public_id):
    track = get_object_or_404(whereabouts.overview(), public_id=public_id)
    after = request.GET.get("after", "")
    people = whereabouts.people(track, after=int(after) if after.isdecimal() and len(after) < 18 else None)
    shown = {
        "track": track,
        "sentence": sentence(track.audience, vocabulary()) if track.audience is not None else "",
        "scenes": whereabouts.scenes(track, track.versions.exclude(published_at=None).first()),
        "people": people,
        "older": people[-1].pk if len(people) == 50 else "",
        "totals": whereabouts.totals(track),
        "draft": track.versions.filter(published_at=None).first(),
    }
    return render(request, "nurture/track.html", shown)


def _editor(request, track, *, form=None, who=None, step=None, step_key="", status=200):
    draft = track.versions.filter(published_at=None).first()
    shown = {
        "track": Track.objects.get(pk=track.pk),
        "draft": draft,
        "scenes": whereabouts.scenes(track, draft or track.versions.first()),
        "form": form or TrackForm(instance=track),
        "who": who or Who(vocabulary=vocabulary(), tree=track.audience),
        "step": step or StepForm(),
        "step_key": step_key,
        "problem": draft and publishing.first_problem(draft),
    }
    return render(request, "nurture/track_edit.html", shown, status=status)


@require_safe
@only(*MARKETERS)
def track_edit(request, public_id):
    track = get_object_or_404(Track, public_id=public_id)
    key = request.GET.get("step", "")
    scene = next(
        (one for one in whereabouts.scenes(track, track.versions.first()) if str(one.step.key) == key), None
    )
    return _editor(
        request, track, step=scene and StepForm(initial=_told(scene.step)), step_key=key if scene else ""
    )


def _told(step) -> dict:
    """A step as its form says it."""
    told = {"name": step.name, "wait_days": step.wait_days, "at_time": step.at_time}
    for part in step.parts.all():
        if part.channel == "email":
            told |= {"subject": part.subject, "body": part.body}
        else:
            told |= {"script": part.body, "call_wait_days": part.wait_days}
    return told


@edits
def track_save(request, track):
    form = TrackForm(request.POST, instance=track)
    who = Who(request.POST, vocabulary=vocabulary(), tree=track.audience)
    if not (form.is_valid() and who.is_valid()):
        return _editor(request, Track.objects.get(pk=track.pk), form=form, who=who, status=422)
    saved = form.save(commit=False)
    saved.audience = who.cleaned_data["tree"]
    saved.save(update_fields=[*TrackForm.Meta.fields, "audience"])
    type(saved.custodian).objects.filter(pk=saved.custodian_id).update(name=saved.name)
    return redirect("track_edit", track.public_id)


@edits
def step_save(request, track):
    form, key = StepForm(request.POST), request.POST.get("key", "")
    if not form.is_valid():
        return _editor(request, track, step=form, step_key=key, status=422)
    drafting.save_step(publishing.draft_of(track), key or None, form.cleaned_data)
    return redirect("track_edit", track.public_id)


@edits
def step_move(request, track, key):
    drafting.move_step(publishing.draft_of(track), key, -1 if request.POST.get("way") == "earlier" else 1)
    return redirect("track_edit", track.public_id)


@edits
def step_remove(request, track, key):
    drafting.remove_step(publishing.draft_of(track), key)
    return redirect("track_edit", track.public_id)


@edits
def track_publish(request, track):
    try:
        version = publishing.publish(track, by=request.user, at=timezone.now())
    except publishing.NotReady as trouble:
        messages.error(request, str(trouble))
        return redirect("track_edit", track.public_id)
    messages.success(request, _("Version %(n)d is published.") % {"n": version.number})
    return redirect("track", track.public_id)


@edits
def track_pause(request, track):
    paused = track.state == Track.State.LIVE
    if track.state in (Track.State.LIVE, Track.State.PAUSED):
        track.state = Track.State.PAUSED if paused else Track.State.LIVE
        track.save(update_fields=["state"])
    return redirect("track", track.public_id)
