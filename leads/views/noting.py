"""Writing down what a lead did: a reply, an event, a talk."""

import uuid

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from leads import noting
from leads.models import Lead
from people.access import MARKETERS, REPS, only


class Noted(forms.Form):
    """What a lead did, when, and what was said."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What they did"), choices=[(kind.value, kind.label) for kind in noting.BY_HAND]
    )
    about = forms.CharField(
        label=gettext_lazy("About what"), max_length=200, required=False,
        help_text=gettext_lazy("The event, the mail, the subject."),
    )  # fmt: skip
    happened_at = forms.DateTimeField(
        label=gettext_lazy("When"),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    words = forms.CharField(
        label=gettext_lazy("In their words"),
        max_length=5000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def clean_happened_at(self):
        told = self.cleaned_data["happened_at"]
        if told > timezone.now():
            raise forms.ValidationError(_("That has not happened yet."))
        return told


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS, *REPS)
def note(request, public_id):
    """One form: kind, what about, when, words; sent twice, it is written once."""
    lead = get_object_or_404(Lead.objects.visible_to(request.user).live(), public_id=public_id)
    at, start = timezone.now(), {"kind": request.GET.get("kind", "reply"), "key": uuid.uuid4()}
    form = Noted(request.POST or None, initial={"happened_at": timezone.localtime(at), **start})
    if request.method != "POST" or not form.is_valid():
        there = {"lead": lead, "form": form, "next": _back(request)}
        return render(request, "leads/note.html", there, status=422 if request.method == "POST" else 200)
    told = {**form.cleaned_data, "key": form.cleaned_data["key"].hex}
    noting.note([lead.pk], told.pop("kind"), **told, by=request.user, at=at)
    messages.success(request, _("Written down; it counts from now on."))
    return redirect(_back(request) or f"{lead.get_absolute_url()}#activities")


def _back(request) -> str:
    """The page that it was asked from, if that is one of ours."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    return asked if url_has_allowed_host_and_scheme(asked, allowed_hosts=None) else ""
