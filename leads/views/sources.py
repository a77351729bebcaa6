"""Sources and campaigns: what they brought, what that cost, edited where it stands."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_POST, require_safe

from leads import sources as reading
from leads.models import Campaign, Source, Spend
from people.access import EVERYBODY, MARKETERS, only


class SourceForm(forms.ModelForm):
    """Whose leads these are, and what one costs."""

    class Meta:
        model = Source
        fields = ("vendor", "lead_type", "cost_per_lead", "marketer")


class CampaignForm(forms.ModelForm):
    """To which source a campaign belongs, and how its links are marked."""

    class Meta:
        model = Campaign
        fields = ("source", "utm_campaign", "starts", "ends")
        widgets = {"starts": forms.DateInput({"type": "date"}), "ends": forms.DateInput({"type": "date"})}


class SpendForm(forms.Form):
    """What a month cost."""

    month = forms.RegexField(
        r"^[12]\d{3}-(0[1-9]|1[0-2])$", label=later("Month"), widget=forms.TextInput({"type": "month"})
    )
    amount = forms.DecimalField(
        label=later("Amount"), min_value=0, max_digits=12, decimal_places=2, required=False,
        help_text=later("Empty: nothing is known of that month."),
    )  # fmt: skip

    def clean_month(self) -> date:
        return date.fromisoformat(f"{self.cleaned_data['month']}-01")


@require_safe
@only(*EVERYBODY)
def sources(request):
    return _show(request)


@require_POST
@only(*MARKETERS)
def source_edit(request, pk):
    source = get_object_or_404(Source, pk=pk)
    return _save(request, f"source-{pk}", SourceForm(request.POST, instance=source))


@require_POST
@only(*MARKETERS)
def campaign_edit(request, pk):
    campaign = get_object_or_404(Campaign, pk=pk)
    return _save(request, f"campaign-{pk}", CampaignForm(request.POST, instance=campaign))


@require_POST
@only(*MARKETERS)
def source_spend(request, pk):
    return _spend(request, f"source-{pk}", get_object_or_404(Source, pk=pk), None)


@require_POST
@only(*MARKETERS)
def campaign_spend(request, pk):
    campaign = get_object_or_404(Campaign.objects.exclude(source=None), pk=pk)
    return _spend(request, f"campaign-{pk}", campaign.source, campaign)


def _save(request, key: str, form):
    if not form.is_valid():
        return _show(request, {key: {"form": form}}, status=422)
    form.save()
    return _back(request, key)


def _spend(request, key: str, source: Source | None, campaign: Campaign | None):
    form = SpendForm(request.POST)
    if not form.is_valid():
        return _show(request, {key: {"spend": form}}, status=422)
    told = form.cleaned_data
    Spend.objects.note(source, campaign, told["month"], told["amount"], by=request.user, at=timezone.now())
    return _back(request, key)


def _back(request, key: str):
    messages.success(request, _("Saved."))
    return redirect(f"{reverse('sources')}?period={_period(request).key}#{key}")


def _period(request) -> reading.Period:
    return reading.Period.read(request.GET.get("period", ""), timezone.now())


def _show(request, bound: dict[str, dict] | None = None, status: int = 200):
    """The page; `bound` holds what somebody typed that could not be saved."""
    period, may_edit = _period(request), request.user.is_in(*MARKETERS)
    rows = _rows(reading.lines(period), period, bound or {}, may_edit)
    context = {
        "rows": rows,
        "period": period,
        "years": range(timezone.now().year + 1, timezone.now().year - 5, -1),
        "months": [date(period.year, month, 1) for month in range(1, 13)],
        "homeless": _rows([reading.Line(one) for one in reading.homeless()], period, bound or {}, may_edit),
        "currency": settings.CURRENCY,
        "may_edit": may_edit,
    }
    return render(request, "leads/sources.html", context, status=status)


def _rows(lines: list[reading.Line], period: reading.Period, bound: dict, may_edit: bool) -> list[dict]:
    """Each line with its forms, campaigns under their source."""
    rows = []
    for line in lines:
        noun = "source" if isinstance(line.about, Source) else "campaign"
        key = f"{noun}-{line.about.pk}"
        forms_of = _forms(noun, line, period) | bound.get(key, {}) if may_edit else {}
        rows.append({"line": line, "noun": noun, "key": key, "open": key in bound, **forms_of})
        rows += _rows(line.campaigns, period, bound, may_edit)
    return rows


def _forms(noun: str, line: reading.Line, period: reading.Period) -> dict[str, Any]:
    form = SourceForm if noun == "source" else CampaignForm
    month = period.first if period.month else timezone.now().date()
    told = {"month": f"{month:%Y-%m}", "amount": line.spent or None if period.month else None}
    prefix: dict[str, Any] = {"auto_id": f"{noun}-{line.about.pk}-%s", "label_suffix": ""}
    return {
        "form": form(instance=line.about, **prefix),
        "spend": SpendForm(initial=told, **prefix),
    }
