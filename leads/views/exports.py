"""Taking a list home as CSV or XLSX, and who has taken what."""

from dataclasses import replace

from django.contrib import messages
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from leads.lists import asking as lists
from leads.lists import exporting
from leads.lists.finding import Listing, TooSlow, patience
from leads.lists.terms import terms
from leads.models import Export, Lead
from leads.spreadsheet import download, workbook
from leads.views.bulk import chosen_of
from leads.views.leads import asked_of
from people.access import EVERYBODY, MANAGERS, only

PAGE = 100


def _listing(request) -> Listing:
    at = timezone.now()
    return Listing(request.user, asked_of(request, at), at)


@require_safe
@only(*EVERYBODY)
def leads_csv(request):
    """Every lead of the list as it is narrowed, in its order."""
    listing = _listing(request)
    export = exporting.begin(listing, request.user, Export.Format.CSV, listing.at)
    header, rows = exporting.table(listing, listing.every())
    return download("leads.csv", header, exporting.counted(rows, export))


@require_safe
@only(*EVERYBODY)
def leads_xlsx(request):
    listing, most = _listing(request), exporting.MOST_IN_XLSX
    if _is_larger(listing, most):
        messages.error(
            request, _("That is too much for XLSX, which takes %(n)d leads: take CSV.") % {"n": most}
        )
        return redirect(listing.asked.url())
    export = exporting.begin(listing, request.user, Export.Format.XLSX, listing.at)
    header, rows = exporting.table(listing, listing.every())
    return workbook("leads.xlsx", header, exporting.counted(rows, export))


@require_POST
@only(*EVERYBODY)
def leads_chosen(request):
    """The leads that were chosen on the page, or all of the list."""
    at = timezone.now()
    asked = lists.read(QueryDict(request.POST.get("ask", "")), terms(at))
    format = request.POST.get("format")
    if request.POST.get("all"):
        query = QueryDict(asked.query())
        return redirect(f"{reverse('leads_xlsx' if format == 'xlsx' else 'leads_csv')}?{query.urlencode()}")
    chosen = Lead.objects.visible_to(request.user).live().filter(public_id__in=chosen_of(request))
    listing = Listing(request.user, replace(asked, q="", tree={}), at)
    export = exporting.begin_chosen(
        len(pks := sorted(chosen.values_list("pk", flat=True))), request.user, format, at
    )
    header, rows = exporting.table(listing, listing.rows(pks))
    save, name = (workbook, "leads.xlsx") if export.format == Export.Format.XLSX else (download, "leads.csv")
    return save(name, header, exporting.counted(rows, export))


def _is_larger(listing: Listing, most: int) -> bool:
    try:
        with patience(3_000):
            return listing.count(most + 1) > most
    except TooSlow:
        return True


@require_safe
@only(*MANAGERS)
def exports(request):
    """Who has taken which leads home; what was asked opens as a list."""
    before = request.GET.get("before", "")
    rows = Export.objects.select_related("by")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    older = found[PAGE - 1].pk if len(found) > PAGE else ""
    return render(request, "leads/exports.html", {"exports": found[:PAGE], "older": older})
