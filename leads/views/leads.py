"""The list of leads: what an address or a saved view asks for, a page at a time."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from leads.bulk import verbs_for
from leads.lists import asking, columns
from leads.lists.finding import Listing, Page, TooSlow
from leads.lists.forms import BEGUN, Asking, Filtering, choices_of_columns
from leads.lists.orders import ORDERS
from leads.lists.terms import GRACE, terms
from leads.lists.views import ALL, naming, view_of, views_of
from people.access import EVERYBODY, MARKETERS, only


def asked_of(request, at) -> asking.Asked:
    """What the address asks for, in the words of this reader's views."""
    return asking.read(request.GET, terms(at), view_of(request))


@require_safe
@only(*EVERYBODY)
def leads(request):
    at = timezone.now()
    asked = asked_of(request, at)
    rows = Filtering(request.GET, asked) if BEGUN in request.GET else None
    if rows and (answer := rows.answer()):
        return redirect(answer.url())
    if not request.GET and asked.view:
        return redirect(asked.url())
    shown = {**_said(request, asked, at), **_opened(request, asked, rows, at), **_found(request, asked, at)}
    return render(request, "leads/leads.html", shown)


def _opened(request, asked, rows, at) -> dict:
    """What the reader turns, made only when it is looked at: rows of conditions, columns, names of views."""
    opened = "filter" if rows else request.GET.get("open", "")
    link = asked.url()
    shown = {"opened": opened, "opens": f"{link}{'&' if '?' in link else '?'}open="}
    if opened == "filter":
        shown["who"] = rows or Filtering(request.GET, asked)
    elif opened == "columns":
        shown["every_column"] = choices_of_columns(asked)
    elif opened in ("save", "change"):
        shown["naming"] = naming(request.user, asked, at)
    return shown


def _said(request, asked, at) -> dict:
    """What stands around the list."""
    return {
        "asked": asked,
        "form": Asking(asked),
        "mine": asked.view is not None and asked.view.may_change(request.user),
        "at": at,
        "late": at - GRACE,
        "views": views_of(request.user, asked),
        "everybody": f"{reverse('leads')}?view={ALL}",
        "chips": asking.without_each(asked),
        "verbs": verbs_for(request.user),
        "can_import": request.user.is_in(*MARKETERS),
    }


def _found(request, asked, at) -> dict:
    """The page of leads, how many there are, and how the list stands."""
    listing, slow = Listing(request.user, asked, at), False
    try:
        page = listing.page(asked.after)
        total = listing.total(page, exact="exact" in request.GET)
    except TooSlow:
        page, total, slow = Page(), None, True
    known = columns.columns()
    shown = columns.chosen(asked.columns, known)
    return {
        "rows": [(lead, [(one, one.value(lead)) for one in shown]) for lead in page.leads],
        "page": page,
        "total": total,
        "slow": slow,
        "heads": [(one, _turn(asked, one.order)) for one in shown],
        "names": _turn(asked, "name"),
    }


def _turn(asked, order: str) -> dict[str, str]:
    """The order that the head of a column offers next, and how the list stands now."""
    if not order:
        return {}
    back = order.removeprefix("-") if order.startswith("-") else f"-{order}"
    following = back if asked.sort == order else order
    up = {"company", "name", "source", "next", "-score", "-newest", "stage"}
    now = "" if asked.sort not in (order, back) else "ascending" if asked.sort in up else "descending"
    return {"url": asked.url(sort=following), "now": now, "label": str(ORDERS[following])}
