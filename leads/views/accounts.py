"""Companies: the list, and one company with its people, what they did and what is known of it."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from leads import timeline
from leads.accounts import alike, domains
from leads.accounts import listing as companies
from leads.accounts.editing import Editing
from leads.accounts.unmerging import objections
from leads.models import Account, Activity, Lead
from people.access import EVERYBODY, MARKETERS, only
from people.models.user import SALES_MANAGERS
from people.panels import shown_on

EDITORS = (*MARKETERS, SALES_MANAGERS)
ACTIVITIES = 30


@require_safe
@only(*EVERYBODY)
def accounts(request):
    form = companies.Narrowing(request.GET)
    rows = form.narrowed(companies.visible_to(request.user), request.user)
    found, after = companies.page(rows, request.GET.get("after", ""), companies.PAGE)
    narrowed = any(form.cleaned_data.values())
    pairs = alike.open_ones().count() if request.user.is_in(*EDITORS) else 0
    shown = {"form": form, "accounts": found, "after": after, "narrowed": narrowed, "pairs": pairs}
    return render(request, "leads/accounts.html", shown)


@require_safe
@only(*EVERYBODY)
def account(request, public_id):
    if folded := Account.objects.filter(public_id=public_id).exclude(merged_into=None).first():
        return redirect(folded.stays)
    found, at = _found(request, public_id), timezone.now()
    may_edit = request.user.is_in(*EDITORS)
    shown = {
        "account": found,
        "at": at,
        "late": at,
        "domains": domains.of(found)[1:],
        "leads": companies.people_of(found, request.user),
        "known": companies.known(found),
        "done": _done(request, found),
        "standings": found.standings.select_related("owner", "by")[:20],
        "panels": shown_on("account", request, found, at),
        "merges": [(one, objections(one, at)) for one in _merges(found)],
        "alike": alike.of(found) if may_edit else [],
        "may_edit": may_edit,
    }
    return render(request, "leads/account.html", shown)


def _done(request, account):
    """What its people did, as far as this reader may see them."""
    seen = Lead.objects.visible_to(request.user).live().filter(account=account)
    done = Activity.objects.filter(identity__lead__in=seen).select_related("identity__lead")
    return timeline.read(done, request.GET.get("older", ""), ACTIVITIES)


def _merges(account):
    return account.merges.filter(unmerge=None).select_related("loser", "by", "survivor__merged_into")


def _found(request, public_id):
    return get_object_or_404(companies.visible_to(request.user).select_related("owner"), public_id=public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@only(*EDITORS)
def account_edit(request, public_id):
    found = _found(request, public_id)
    form = Editing(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.keep(by=request.user, at=timezone.now())
        messages.success(request, _("The account is saved."))
        return redirect(found)
    status = 422 if form.errors else 200
    return render(request, "leads/account_edit.html", {"form": form, "account": found}, status=status)
