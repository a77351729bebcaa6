"""Doing one thing to many leads: choose how, see who and who not, do it, take it back."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.bulk import asking, verb_of, verbs_for
from leads.bulk.working import WORK
from leads.lists import asking as lists
from leads.lists.terms import terms
from leads.models import BulkAction
from people.access import MARKETERS, only

SHOWN = 100


def _mine(request, public_id) -> BulkAction:
    """One's own; managers see everybody's."""
    found = BulkAction.objects.select_related("by", "reversal__by")
    if not request.user.is_manager:
        found = found.filter(by=request.user)
    return get_object_or_404(found, public_id=public_id)


@require_POST
@only(*MARKETERS)
def bulk_begin(request):
    """The selection of the list's page, or all of the list."""
    at = timezone.now()
    verb = next((one for one in verbs_for(request.user) if one.key == request.POST.get("verb")), None)
    if verb is None:
        raise Http404
    asked = lists.read(QueryDict(request.POST.get("ask", "")), terms(at))
    chosen = None if request.POST.get("all") else chosen_of(request)
    if chosen == []:
        messages.error(request, _("Choose somebody first."))
        return redirect(asked.url())
    return redirect(asking.begin(verb, request.user, asked, chosen, at))


def chosen_of(request) -> list[UUID]:
    found = []
    for text in request.POST.getlist("lead"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def bulk(request, public_id):
    """How it shall be done, and what that would do."""
    action, at = _mine(request, public_id), timezone.now()
    verb = verb_of(action.verb)
    form = verb.form(request.POST or None, initial=action.params, label_suffix="")
    if request.method == "POST" and form.is_valid():
        asking.choose(action, verb.params(form.cleaned_data), at)
        return redirect(action)
    shown = {
        "action": action,
        "verb": verb,
        "form": form,
        "busy": action.state in WORK,
        "says": verb.says(action.params) if action.params or not form.fields else "",
        "rows": asking.named(action),
        "may_undo": asking.may_undo(action, at),
        **asking.reckoning(action),
    }
    template = "leads/_bulk.html" if request.htmx else "leads/bulk.html"
    return render(request, template, shown, status=422 if form.errors else 200)


@require_POST
@only(*MARKETERS)
def bulk_go(request, public_id):
    action = _mine(request, public_id)
    if not asking.go(action, timezone.now()):
        messages.error(request, _("It is under way, or done already."))
    return redirect(action)


@require_POST
@only(*MARKETERS)
def bulk_undo(request, public_id):
    action = _mine(request, public_id)
    if not asking.undo(action, request.user, timezone.now()):
        messages.error(request, _("It can't be taken back: it is too long ago, or was taken back already."))
    return redirect(action)


@require_safe
@only(*MARKETERS)
def bulks(request):
    """What has been done to many at once."""
    found = BulkAction.objects.exclude(state__in=["draft", "ready"]).select_related("by", "reversal__by")
    if not request.user.is_manager:
        found = found.filter(by=request.user)
    actions = [(one, verb_of(one.verb)) for one in found[:SHOWN]]
    return render(request, "leads/bulks.html", {"actions": actions})
