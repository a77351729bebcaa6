"""Saved views: keep a list under a name, change it, share it, see it first, and let it go."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leads.lists import asking, views
from leads.lists.finding import Listing
from leads.lists.forms import Naming
from leads.lists.terms import shown_sheet, terms
from leads.models import SavedView
from people.access import EVERYBODY, only


def _asked(request) -> asking.Asked:
    """The list that the page showed, which comes along in a hidden field."""
    return asking.read(QueryDict(request.POST.get("ask", "")), terms(timezone.now()))


def _changeable(request, public_id) -> SavedView:
    view = get_object_or_404(SavedView.objects.visible_to(request.user), public_id=public_id)
    if not view.may_change(request.user):
        raise Http404
    return view


@require_POST
@only(*EVERYBODY)
def view_save(request):
    """Keep the list under a name of its own."""
    view = SavedView(owner=request.user, at=timezone.now())
    form, asked = Naming(request.POST, instance=view, user=request.user), _asked(request)
    if not form.is_valid():
        messages.error(request, form.trouble)
        return redirect(asked.url())
    with transaction.atomic():
        view.save()
        view.keep(asked)
        form.settle()
    messages.success(request, _("Kept as “%(name)s”.") % {"name": view})
    return redirect(view)


@require_POST
@only(*EVERYBODY)
def view_keep(request, public_id):
    """From now on the view asks what the page asked."""
    view = _changeable(request, public_id)
    view.keep(_asked(request))
    messages.success(request, _("“%(name)s” is changed.") % {"name": view})
    return redirect(view)


@require_POST
@only(*EVERYBODY)
def view_change(request, public_id):
    """Another name, shared or not, seen first by whom."""
    view = _changeable(request, public_id)
    form = Naming(request.POST, instance=view, user=request.user)
    if form.is_valid():
        with transaction.atomic():
            form.save()
            form.settle()
    else:
        messages.error(request, form.trouble)
    return redirect(view)


@require_POST
@only(*EVERYBODY)
def view_delete(request, public_id):
    view = _changeable(request, public_id)
    view.delete()
    messages.success(
        request, _("The view “%(name)s” is gone; its leads are where they were.") % {"name": view}
    )
    return redirect("leads")


@require_safe
@only(*EVERYBODY)
def view_counts(request):
    """The views once more, with how many are on each where that is quickly known."""
    at = timezone.now()
    asked, sheet = asking.read(request.GET, terms(at), views.view_of(request)), shown_sheet()
    shown = views.views_of(request.user, asked)
    for one in shown:
        if one["view"]:
            mine = asking.of_view(one["view"], asked.terms)
            one["count"] = Listing(request.user, mine, at, sheet).quick_count()
    return render(request, "leads/_views.html", {"views": shown, "asked": asked, "counted": True})
