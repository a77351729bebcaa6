"""The worklist: today's calls, and leads that wait for a marketer's decision."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from leads import disagreeing, dossier, timeline
from leads.models import Activity, Custody, Rating
from nurture import worklist as calls
from nurture.enrolling import enroll
from nurture.models import Task, Track
from nurture.panels import calls_for
from people.access import MARKETERS, only

SHOWN = 100


class Disposed(forms.Form):
    """How a call went: one of the dispositions, a note, and ratings heard on the way."""

    disposition = forms.ChoiceField(choices=Task.Disposition)
    note = forms.CharField(label=gettext_lazy("What was said"), max_length=5000, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for criterion, label in Rating.Criterion.choices:
            self.fields[criterion] = forms.TypedChoiceField(
                label=label,
                choices=[("", "–"), (1, 1), (2, 2), (3, 3)],
                coerce=int,
                empty_value=None,
                required=False,
            )

    @property
    def ratings(self) -> dict[str, int]:
        """Only what was rated on this call."""
        told = ((key, self.cleaned_data.get(key)) for key in Rating.Criterion.values)
        return {key: value for key, value in told if value}


def to_decide():
    """Leads in marketing's hand for which somebody must say what comes next."""
    found = Custody.objects.filter(side="marketing", next_action=Custody.Next.REVIEW)
    return found.select_related("lead__account", "custodian").order_by("next_action_at", "pk")


@require_safe
@only(*MARKETERS)
def worklist(request):
    first = calls_for(request.user).first()
    return _shown(request, first)


@require_safe
@only(*MARKETERS)
def task(request, public_id):
    return _shown(request, get_object_or_404(calls_for(request.user), public_id=public_id))


def _shown(request, current, *, form=None, status=200):
    at = timezone.now()
    told = current and Activity.objects.filter(identity__lead=current.lead)
    known = dossier.known_of(current.lead) if current else {}
    shown = {
        "tasks": calls_for(request.user)[:SHOWN],
        "current": current,
        "lines": current and dossier.lines(known, dossier.ratings_of(current.lead)),
        "disagreements": disagreeing.sentences(known),
        "path": current and timeline.read(told, "", 12),
        "form": form or Disposed(),
        "waiting": to_decide()[:SHOWN],
        "waiting_count": to_decide().count(),
        "tracks": Track.objects.filter(state=Track.State.LIVE),
        "at": at,
    }
    return render(request, "nurture/worklist.html", shown, status=status)


@require_POST
@only(*MARKETERS)
def task_finish(request, public_id):
    found, form = get_object_or_404(Task, public_id=public_id), Disposed(request.POST)
    if not form.is_valid():
        return _shown(request, found, form=form, status=422)
    answer = calls.finish(
        found,
        form.cleaned_data["disposition"],
        form.cleaned_data["note"],
        form.ratings,
        request.user,
        at=timezone.now(),
    )
    if not answer.done:
        messages.error(request, answer.words)
    return redirect("worklist")


@require_POST
@only(*MARKETERS)
def decide(request):
    """Put leads that wait for a decision on a track, by hand."""
    track = get_object_or_404(Track, public_id=request.POST.get("track") or None, state=Track.State.LIVE)
    chosen = [int(one) for one in request.POST.getlist("lead") if one.isdecimal() and len(one) < 18]
    at, reason = timezone.now(), _("%(name)s chose it") % {"name": request.user}
    with transaction.atomic():
        waiting = list(to_decide().filter(lead__in=chosen).values_list("lead", flat=True))
        done = enroll(waiting, track, reason=reason, at=at)
    words = _("%(n)d of %(m)d are on “%(track)s” now.")
    messages.success(request, words % {"n": done, "m": len(chosen), "track": track})
    return redirect("worklist")
