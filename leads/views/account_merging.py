"""Settling whether two accounts are one company: the pairs, the preview, the merge and taking it back."""

from django import forms
from django.contrib import messages
from django.db import OperationalError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads import likeness
from leads.accounts import alike, listing, previewing
from leads.accounts.merging import merge
from leads.accounts.pair import pair_of
from leads.accounts.unmerging import unmerge
from leads.merging import DAYS, Refused
from leads.models import Account, AccountMerge, AccountSuspicion
from leads.views.accounts import EDITORS
from people.access import only

PAGE, FOUND = 25, 20


class Search(forms.Form):
    """Which account to merge with."""

    q = forms.CharField(label=later("Name or domain"), max_length=200, required=False)

    def found(self, account: Account, user):
        narrowing = listing.Narrowing(self.data)
        others = listing.visible_to(user).exclude(pk=account.pk)
        return narrowing.narrowed(others, user).order_by("name")[:FOUND] if self.data.get("q") else []


@require_safe
@only(*EDITORS)
def account_duplicates(request):
    pairs, after = likeness.pairs(alike.open_ones(), ("owner",), request.GET.get("after", ""), PAGE)
    lately = AccountMerge.objects.filter(unmerge=None).select_related("survivor", "loser", "by")[:5]
    shown = {
        "pairs": pairs,
        "after": after,
        "total": alike.open_ones()[:1001].count(),
        "labels": alike.LABELS,
        "merges": lately,
    }
    return render(request, "leads/account_duplicates.html", shown)


@require_POST
@only(*EDITORS)
def account_apart(request, public_id):
    """They are two companies, for good."""
    suspicion = get_object_or_404(AccountSuspicion, public_id=public_id)
    if likeness.tell_apart(suspicion, by=request.user, at=timezone.now()):
        messages.success(request, _("Kept apart: this pair does not come up again."))
    else:
        messages.error(request, _("Somebody has settled this already."))
    return redirect("account_duplicates")


@require_safe
@only(*EDITORS)
def account_merge_find(request, public_id):
    account = get_object_or_404(listing.visible_to(request.user), public_id=public_id)
    form = Search(request.GET, label_suffix="")
    found = form.found(account, request.user)
    shown = {"account": account, "form": form, "found": found, "alike": alike.of(account)}
    return render(request, "leads/account_merge_find.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@only(*EDITORS)
def account_merge(request, public_id, other):
    """What would hold and what would follow; and, when asked, the merge."""
    survivor, loser = _account(public_id), _account(other)
    taken = [key.removeprefix("take_") for key, value in request.POST.items() if value == "theirs"]
    try:
        pair = pair_of(survivor, loser, taken)
        if request.method == "POST":
            merge(survivor, loser, by=request.user, at=timezone.now(), taken=taken)
            return _merged(request, survivor, loser)
    except Refused as why:
        messages.error(request, str(why))
        return redirect(survivor.stays)
    except OperationalError:
        messages.error(request, _("Somebody was at work on one of them this very moment. Try again."))
    return render(request, "leads/account_merge.html", {**previewing.shown(pair), "days": DAYS})


def _account(public_id) -> Account:
    return get_object_or_404(Account.objects.select_related("owner", "merged_into"), public_id=public_id)


def _merged(request, survivor, loser):
    said = {"loser": loser, "survivor": survivor, "n": DAYS}
    words = _("%(loser)s and %(survivor)s are one account now. It can be taken back for %(n)d days.") % said
    messages.success(request, words)
    return redirect(survivor)


@require_POST
@only(*EDITORS)
def account_unmerge(request, public_id):
    """Two accounts again, or the reason why not."""
    done = get_object_or_404(AccountMerge.objects.select_related("survivor", "loser"), public_id=public_id)
    try:
        unmerge(done, by=request.user, at=timezone.now())
    except Refused as why:
        messages.error(request, str(why))
        return redirect(done.survivor)
    except OperationalError:
        messages.error(request, _("Somebody was at work on one of them this very moment. Try again."))
        return redirect(done.survivor)
    messages.success(request, _("Taken back: they are two again."))
    return redirect(done.loser)
