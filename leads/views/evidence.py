"""Evidence: what was found to be a machine's, whom it touched, and people's word against it."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from leads import gradings, quarantine
from leads.models import Activity, Burst, Gateway, Grade, Lead, Rule
from leads.newest import newest
from leads.senders import hashed
from people.access import MANAGERS, MARKETERS, only

PAGE, SHOWN, MOST = 50, 200, 500
JUDGES = (*MARKETERS, *MANAGERS)


class Narrowing(forms.Form):
    """Which bursts the reader wants to see."""

    rule = forms.ChoiceField(
        label=gettext_lazy("How it showed"),
        choices=[("", gettext_lazy("Anything")), *(one for one in Rule.choices if one[0] != Rule.PERSON)],
        required=False,
    )
    domain = forms.CharField(label=gettext_lazy("Company's domain"), max_length=200, required=False)

    def narrowed(self, bursts):
        self.is_valid()
        rule, domain = self.cleaned_data.get("rule"), self.cleaned_data.get("domain", "").replace("\0", "")
        bursts = bursts.filter(rule=rule) if rule else bursts
        return bursts.filter(domain__icontains=domain) if domain else bursts


class Why(forms.Form):
    """Somebody's reason, and how sure they are."""

    to = forms.TypedChoiceField(
        label=gettext_lazy("It was"),
        choices=[
            (Grade.HUMAN.value, gettext_lazy("a person, I know it")),
            (Grade.LIKELY.value, gettext_lazy("likely a person")),
        ],
        coerce=int,
        initial=Grade.HUMAN.value,
    )
    why = forms.CharField(label=gettext_lazy("How you know"), max_length=300)


class GatewayForm(forms.ModelForm):
    """A gateway by what it is known by; a network is kept as a keyed hash."""

    class Meta:
        model = Gateway
        fields = ("name", "what", "pattern")
        help_texts = {
            "pattern": gettext_lazy(
                "A word of the user agent; a network such as 192.0.2.0/24; or a domain whose mails are"
                " looked at within ten minutes of the sending."
            )
        }

    def clean(self):
        told = super().clean() or {}
        if told.get("what") == Gateway.What.NETWORK and told.get("pattern"):
            try:
                told["pattern"], self.instance.prefix = hashed(told["pattern"])
            except ValueError as trouble:
                raise ValidationError({"pattern": str(trouble)}) from None
        return told


@require_safe
@only(*JUDGES)
def evidence(request):
    """The bursts, newest first."""
    form = Narrowing(request.GET)
    found, older = newest(
        form.narrowed(Burst.objects.select_related("gateway", "by")), request.GET.get("after", ""), PAGE
    )
    shown = {"form": form, "found": quarantine.summed(found), "older": older}
    return render(request, "leads/evidence.html", shown)


@require_safe
@only(*JUDGES)
def burst(request, public_id):
    return _shown(request, get_object_or_404(Burst, public_id=public_id), Why())


def _shown(request, found, form, status=200):
    [(found, sums)] = quarantine.summed([found])
    caught = quarantine.caught_in(found, Lead.objects.visible_to(request.user), SHOWN)
    shown = {"burst": found, "sums": sums, "caught": caught, "form": form}
    return render(request, "leads/burst.html", shown, status=status)


@require_POST
@only(*JUDGES)
def release(request, public_id):
    """Say that it was a person after all: of the whole burst, or of one lead in it."""
    found, form = get_object_or_404(Burst, public_id=public_id), Why(request.POST)
    if not form.is_valid():
        return _shown(request, found, form, status=422)
    n = quarantine.release(found, _lead(request), by=request.user, at=timezone.now(), **form.cleaned_data)
    messages.success(request, ngettext("%d activity counts again.", "%d activities count again.", n) % n)
    return redirect("burst", found.public_id)


@require_POST
@only(*JUDGES)
def release_undo(request, public_id):
    """What people said last of these is taken back."""
    found = get_object_or_404(Burst, public_id=public_id)
    n = quarantine.take_back(found, _lead(request), by=request.user, why=_("Taken back"), at=timezone.now())
    messages.success(request, ngettext("%d activity is as it was.", "%d activities are as they were.", n) % n)
    return redirect("burst", found.public_id)


def _lead(request) -> Lead | None:
    asked = request.POST.get("lead", "")
    if not asked:
        return None
    seen = Lead.objects.visible_to(request.user)
    return get_object_or_404(seen, pk=int(asked) if asked.isdecimal() and len(asked) < 18 else 0)


@require_POST
@only(*JUDGES)
def quarantine_by_hand(request):
    """Put chosen activities among the machines', with a reason."""
    keys = _chosen(request)
    why = request.POST.get("why", "").replace("\0", "").strip()[:300]
    if not keys or not why:
        messages.error(request, _("Choose activities, and say how you know that a machine did them."))
        return redirect("activities")
    found = gradings.quarantine_by_hand(keys, by=request.user, why=why, at=timezone.now())
    messages.success(request, _("They earn nothing any more; here they can be released."))
    return redirect("burst", found.public_id)


def _chosen(request) -> list[gradings.Key]:
    """The activities that are ticked, of leads that this reader may see."""
    asked = [one.partition("~") for one in request.POST.getlist("activity")[:MOST]]
    ids = [int(number) for number, _mark, _at in asked if number.isdecimal() and len(number) < 18]
    ats = [at for one in asked if (at := _instant(one[2]))]
    if not ids or not ats:
        return []
    seen = Activity.objects.filter(identity__lead__in=Lead.objects.visible_to(request.user))
    rows = seen.filter(id__in=ids, at__gte=min(ats), at__lte=max(ats))
    return list(rows.values_list("id", "at"))


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        return None


@require_safe
@only(*JUDGES)
def gateways(request):
    return _listed(request, GatewayForm())


def _listed(request, form, status=200):
    shown = {"gateways": Gateway.objects.select_related("by"), "form": form}
    return render(request, "leads/gateways.html", shown, status=status)


@require_POST
@only(*JUDGES)
def gateway_add(request):
    form = GatewayForm(request.POST, instance=Gateway(by=request.user, at=timezone.now()))
    if not form.is_valid():
        return _listed(request, form, status=422)
    form.save()
    messages.success(request, _("From now on, what comes from there is a machine's."))
    return redirect("gateways")


@require_POST
@only(*JUDGES)
def gateway_switch(request, pk):
    """Use a gateway, or leave it aside."""
    found = get_object_or_404(Gateway, pk=pk)
    Gateway.objects.filter(pk=found.pk).update(is_on=request.POST.get("on") == "1")
    return redirect("gateways")
