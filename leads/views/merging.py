"""Settling whether two leads are one person: the pairs, the preview, the merge and taking it back."""

from django import forms
from django.contrib import messages
from django.db import OperationalError
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads import likeness, merging, suspecting
from leads.merging import preview
from leads.models import Lead, Merge, Suspicion
from leads.tasks import look_for_duplicates
from people.access import MARKETERS, only
from people.doorbell import ring

PAGE, FOUND = 25, 20
RELATED = ("account", "source", "campaign", "merged_into", "custody__custodian", "custody__owner")


class Search(forms.Form):
    """Whom to merge with."""

    q = forms.CharField(label=later("Name, e-mail or phone"), max_length=200, required=False)

    def found(self, lead: Lead):
        """Leads in which every word stands, other than the one at hand."""
        words = self.cleaned_data["q"].replace("\x00", "").split()[:6] if self.is_valid() else []
        every = Q()
        for word in words:
            fits = Q(card__words__icontains=word) | Q(phone__icontains=word)
            every &= fits
        others = Lead.objects.live().exclude(pk=lead.pk).select_related("account", "custody__custodian")
        return others.filter(every)[:FOUND] if words else []


@require_safe
@only(*MARKETERS)
def duplicates(request):
    pairs, after = suspecting.page(request.GET.get("after", ""), PAGE)
    undoable = Merge.objects.filter(unmerge=None).select_related("survivor", "loser", "by")[:5]
    shown = {
        "pairs": pairs,
        "after": after,
        "total": suspecting.open_ones()[:1001].count(),
        "labels": suspecting.LABELS,
        "merges": undoable,
    }
    return render(request, "leads/duplicates.html", shown)


@require_POST
@only(*MARKETERS)
def duplicates_look(request):
    ring(look_for_duplicates, queue="imports")
    messages.success(request, _("Baton looks through everybody; new pairs stand here in a moment."))
    return redirect("duplicates")


@require_POST
@only(*MARKETERS)
def tell_apart(request, public_id):
    """They are two people, for good."""
    suspicion = get_object_or_404(Suspicion, public_id=public_id)
    if likeness.tell_apart(suspicion, by=request.user, at=timezone.now()):
        messages.success(request, _("Kept apart: this pair does not come up again."))
    else:
        messages.error(request, _("Somebody has settled this already."))
    return redirect("duplicates")


@require_safe
@only(*MARKETERS)
def merge_find(request, public_id):
    lead = get_object_or_404(Lead.objects.live().select_related("account"), public_id=public_id)
    form = Search(request.GET or None)
    shown = {"lead": lead, "form": form, "found": form.found(lead), "alike": suspecting.of(lead)}
    return render(request, "leads/merge_find.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def merge(request, public_id, other):
    """What would hold and what would follow; and, when asked, the merge."""
    survivor, loser = (_lead(key) for key in (public_id, other))
    taken = [key.removeprefix("take_") for key, value in request.POST.items() if value == "theirs"]
    try:
        pair = merging.pair_of(survivor, loser, taken)
        if request.method == "POST":
            merging.merge(survivor, loser, by=request.user, at=timezone.now(), taken=taken)
            return _merged(request, survivor, loser)
    except merging.Refused as why:
        messages.error(request, str(why))
        return redirect(survivor.merged_into or survivor)
    except OperationalError:
        messages.error(request, _("Somebody was at work on one of them this very moment. Try again."))
    return render(request, "leads/merge.html", _shown(pair))


def _lead(public_id) -> Lead:
    return get_object_or_404(Lead.objects.select_related(*RELATED), public_id=public_id)


def _merged(request, survivor, loser):
    messages.success(
        request,
        _("%(loser)s and %(survivor)s are one now. It can be taken back for %(n)d days.")
        % {"loser": loser, "survivor": survivor, "n": merging.DAYS},
    )
    return redirect(survivor)


def _shown(pair) -> dict:
    return {
        "pair": pair,
        "columns": preview.columns(pair),
        "known": preview.known(pair),
        "says": preview.lines(pair),
        "hand": pair.hand,
        "due_at": pair.due_at,
        "days": merging.DAYS,
    }


@require_POST
@only(*MARKETERS)
def unmerge(request, public_id):
    """Two people again, or the reason why not."""
    merge = get_object_or_404(Merge.objects.select_related("survivor", "loser"), public_id=public_id)
    try:
        merging.unmerge(merge, by=request.user, at=timezone.now())
    except merging.Refused as why:
        messages.error(request, str(why))
        return redirect(merge.survivor)
    messages.success(request, _("Taken back: they are two again."))
    return redirect(Lead.objects.get(pk=merge.loser_id))
