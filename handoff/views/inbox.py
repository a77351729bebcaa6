"""The rep's inbox: what to answer now, and the answer."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from handoff import answering, undoing
from handoff import inbox as waiting
from handoff.models import Handoff
from people.access import EVERYBODY, REPS, only
from people.models.user import ADMINISTRATORS

ANSWERERS = (*REPS, ADMINISTRATORS)


class Rejection(forms.Form):
    """Why not, and a date where the reason asks for one."""

    reason = forms.CharField(max_length=60, error_messages={"required": _("Choose a reason.")})
    date = forms.DateField(required=False)
    feedback = forms.CharField(max_length=2000, required=False)


def _handoff(request: HttpRequest, public_id) -> Handoff:
    seen = Handoff.objects.visible_to(request.user).select_related(
        "lead__account",
        "lead__custody__custodian",
        "lead__source",
        "verdict",
        "agreement__team__manager",
        "rep",
    )
    return get_object_or_404(seen, public_id=public_id)


@require_safe
@only(*ANSWERERS)
def inbox(request):
    """What waits, with the first of it opened; the list alone when the page asks for news."""
    at = timezone.now()
    rows = waiting.queue(request.user, at)
    current = _handoff(request, rows[0].offer.handoff.public_id) if rows else None
    return _shown(request, rows, current, at)


@require_safe
@only(*EVERYBODY)
def handoff(request, public_id):
    at = timezone.now()
    current = _handoff(request, public_id)
    return _shown(request, waiting.queue(request.user, at), current, at)


def _shown(request, rows, current, at, *, form=None, status=200) -> HttpResponse:
    places = [str(row.offer.handoff.public_id) for row in rows]
    here = places.index(str(current.public_id)) if current and str(current.public_id) in places else None
    shown = {
        "rows": rows,
        "opened": current and waiting.opened(current, at),
        "before": places[here - 1] if here else "",
        "after": places[here + 1] if here is not None and here + 1 < len(places) else "",
        "decided": waiting.just_decided(request.user, at),
        "form": form or Rejection(),
        "may_answer": request.user.is_in(*ANSWERERS),
    }
    return render(request, "handoff/inbox.html", shown, status=status)


@require_POST
@only(*ANSWERERS)
def accept(request, public_id):
    current = _handoff(request, public_id)
    answer = answering.accept(current, by=request.user, seen=_seen(request), at=timezone.now())
    return _answered(request, answer)


@require_POST
@only(*ANSWERERS)
def reject(request, public_id):
    current, form, at = _handoff(request, public_id), Rejection(request.POST), timezone.now()
    if not form.is_valid():
        return _shown(request, waiting.queue(request.user, at), current, at, form=form, status=422)
    answer = answering.reject(current, by=request.user, seen=_seen(request), at=at, **form.cleaned_data)
    if answer.status == 422:
        form.add_error("reason", answer.message)
        return _shown(request, waiting.queue(request.user, at), current, at, form=form, status=422)
    return _answered(request, answer)


@require_POST
@only(*ANSWERERS)
def undo(request, public_id):
    answer = undoing.undo(_handoff(request, public_id), by=request.user, at=timezone.now())
    if answer.status == 200:
        return redirect("handoff", public_id)
    return _answered(request, answer)


def _seen(request) -> int | None:
    """The version of the handoff that the page showed; nonsense counts as none."""
    digits = request.POST.get("seen", "")
    return int(digits) if digits.isdecimal() and len(digits) < 10 else None


def _answered(request, answer) -> HttpResponse:
    """Back to the inbox; a lost race or a late undo says so there, with its status for scripts."""
    if answer.status == 200:
        return redirect("inbox")
    messages.error(request, answer.message)
    at = timezone.now()
    rows = waiting.queue(request.user, at)
    current = _handoff(request, rows[0].offer.handoff.public_id) if rows else None
    return _shown(request, rows, current, at, status=answer.status)
