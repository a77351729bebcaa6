"""The list of leads, and the same list as CSV."""

from django.db.models import QuerySet
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from leads import listing
from leads.models import Lead
from leads.spreadsheet import download
from people.access import EVERYBODY, only


def _asked(request, form: listing.Narrowing) -> tuple[QuerySet, list[listing.Stretch]]:
    chosen, sheet = form.chosen(), listing.shown_sheet()
    seen = Lead.objects.visible_to(request.user)
    found = listing.narrowed(seen, chosen, sheet, timezone.now())
    rows = found.select_related("account", "source", "custody__custodian")
    return found, listing.stretches(rows, chosen.get("sort", ""))


@require_safe
@only(*EVERYBODY)
def leads(request):
    at, form = timezone.now(), listing.Narrowing(request.GET)
    found, runs = _asked(request, form)
    page = listing.page(runs, request.GET.get("after", ""), listing.PAGE)
    shown = {
        "form": form,
        "page": page,
        "total": found[: listing.COUNTED + 1].count(),
        "counted": listing.COUNTED,
        "narrowed": form.chosen().keys() - {"sort"},
        "at": at,
        "late": at - listing.GRACE,
    }
    return render(request, "leads/leads.html", shown)


HEADER = (
    "First name", "Last name", "E-mail", "Phone", "Company", "Country", "Stage", "Source", "Score",
    "Rating", "Held by", "Next", "By", "Why", "First contact",
)  # fmt: skip


def _row(lead) -> tuple:
    hand = getattr(lead, "custody", None)
    kept: tuple = (_("Closed"), "", "", lead.closed_cause)
    if hand:
        by = hand.next_action_at.isoformat()
        kept = (str(hand.custodian), hand.get_next_action_display(), by, hand.reason)
    return (
        lead.first_name, lead.last_name, lead.email, lead.phone, lead.account and lead.account.name,
        lead.country, lead.get_stage_display(), lead.source and lead.source.name, lead.points, lead.rating,
        *kept, lead.at.isoformat(),
    )  # fmt: skip


@require_safe
@only(*EVERYBODY)
def leads_csv(request):
    """Every lead of the list as it is narrowed, in its order."""
    _found, runs = _asked(request, listing.Narrowing(request.GET))
    return download("leads.csv", HEADER, map(_row, listing.every(runs)))
