"""After a yes: calls logged, opportunities opened, won and lost."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from handoff import contacting, opportunities
from handoff.models import Handoff, Opportunity
from leads.models import Kind
from people.access import REPS, only
from people.models.user import ADMINISTRATORS

DOERS = (*REPS, ADMINISTRATORS)


class Call(forms.Form):
    """How a call went."""

    kind = forms.ChoiceField(choices=[(kind, Kind(kind).label) for kind in contacting.TRIES])
    note = forms.CharField(max_length=5000, required=False)


class Business(forms.Form):
    """What they may buy, and for how much."""

    name = forms.CharField(max_length=200)
    amount = forms.DecimalField(max_digits=14, decimal_places=2, min_value=0, required=False)


class Ending(forms.Form):
    """How an opportunity ended; a sale has an amount."""

    state = forms.ChoiceField(choices=[("won", _("won")), ("lost", _("lost"))])
    amount = forms.DecimalField(max_digits=14, decimal_places=2, min_value=0, required=False)

    def clean(self):
        told = super().clean() or self.cleaned_data
        if told.get("state") == "won" and told.get("amount") is None:
            self.add_error("amount", _("Say for how much."))
        return told


def _handoff(request, public_id) -> Handoff:
    seen = Handoff.objects.visible_to(request.user).select_related("lead", "rep")
    return get_object_or_404(seen, public_id=public_id)


def _mended(request, form) -> None:
    """What was wrong with a form, said on the page it came from."""
    for name, errors in form.errors.items():
        messages.error(request, f"{name}: {' '.join(errors)}")


@require_POST
@only(*DOERS)
def log_call(request, public_id):
    found, form = _handoff(request, public_id), Call(request.POST)
    if form.is_valid():
        contacting.log_call(found, by=request.user, at=timezone.now(), **form.cleaned_data)
    _mended(request, form)
    return redirect(found.lead)


@require_POST
@only(*DOERS)
def opportunity_open(request, public_id):
    found, form = _handoff(request, public_id), Business(request.POST)
    if form.is_valid():
        try:
            opportunities.open_for(found, by=request.user, at=timezone.now(), **form.cleaned_data)
        except opportunities.NotYours as why:
            messages.error(request, str(why))
    _mended(request, form)
    return redirect(found.lead)


@require_POST
@only(*DOERS)
def opportunity_end(request, public_id):
    seen = Opportunity.objects.filter(handoff__in=Handoff.objects.visible_to(request.user))
    deal, form = get_object_or_404(seen.select_related("lead"), public_id=public_id), Ending(request.POST)
    if form.is_valid():
        told, at = form.cleaned_data, timezone.now()
        try:
            if told["state"] == "won":
                opportunities.won(deal, amount=told["amount"], by=request.user, at=at)
            else:
                opportunities.lost(deal, by=request.user, at=at)
        except opportunities.NotYours as why:
            messages.error(request, str(why))
    _mended(request, form)
    return redirect(deal.lead)
