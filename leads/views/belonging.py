"""Moving a lead to the company that it belongs to."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from leads import belonging
from leads.models import Account, Lead
from leads.views.accounts import EDITORS
from people.access import only


@require_http_methods(["GET", "HEAD", "POST"])
@only(*EDITORS)
def lead_account(request, public_id):
    """The companies that fit, and, when one is chosen, the move."""
    seen = Lead.objects.visible_to(request.user).live().select_related("account")
    lead = get_object_or_404(seen, public_id=public_id)
    if request.method == "POST":
        return _moved(request, lead)
    form = belonging.Search(request.GET or None, label_suffix="")
    shown = {"lead": lead, "form": form, "found": form.found(lead, request.user)}
    return render(request, "leads/_companies.html" if request.htmx else "leads/lead_account.html", shown)


def _moved(request, lead):
    try:
        account = belonging.chosen(request.POST.get("account", ""), request.user)
    except Account.DoesNotExist:
        messages.error(request, _("Choose a company, or none."))
        return redirect("lead_account", lead.public_id)
    if belonging.move(lead, account, by=request.user, at=timezone.now()):
        where = account or _("no company")
        messages.success(request, _("%(lead)s belongs to %(where)s now.") % {"lead": lead, "where": where})
    return redirect(lead)
