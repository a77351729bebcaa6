"""A lead's page: who holds it, what is known and who says so, its points, and everything it did."""

import re

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from leads import answers, disagreeing, dossier, facts, proposing, timeline
from leads.models import Activity, Fact, Field, Lead, Rating, Saying
from leads.views.accounts import EDITORS
from leads.views.card import card_shown
from people.access import EVERYBODY, MARKETERS, REPS, only
from people.panels import shown_on

ACTIVITIES = 30
RATED = [("", gettext_lazy("Unknown")), ("1", "1"), ("2", "2"), ("3", "3")]


class Ratings(forms.Form):
    """The four criteria, each rated 1 to 3 or unknown."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name, label in Rating.Criterion.choices:
            self.fields[name] = forms.TypedChoiceField(
                label=label,
                choices=RATED,
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )


class Telling(forms.Form):
    """One thing somebody said, in the box of its field."""

    def __init__(self, field: Field, data=None, *, standing: Fact | None = None, verifying: bool = False):
        told = {"value": dossier.as_typed(standing)} if standing else {}
        super().__init__(data, label_suffix="", initial=told)
        self.field, self.verifying = field, verifying
        self.fields["value"] = answers.Box(field, required=True)


def _found(request, public_id) -> Lead:
    seen = Lead.objects.visible_to(request.user).select_related(
        "account__owner", "source", "campaign", "merged_into", "custody__custodian", "custody__owner"
    )
    return get_object_or_404(seen, public_id=public_id)


@require_safe
@only(*EVERYBODY)
def lead(request, public_id):
    lead = _found(request, public_id)
    if lead.merged_into:
        return redirect(lead.merged_into)
    return _shown(request, lead)


def _shown(request, lead, *, ratings=None, fact=None, status=200):
    """The page; with the forms as they were typed where they could not be saved."""
    at, known = timezone.now(), dossier.known_of(lead)
    shown = {
        "lead": lead,
        "at": at,
        "hand": getattr(lead, "custody", None),
        "lines": dossier.lines(known, dossier.ratings_of(lead)),
        "disagreements": disagreeing.sentences(known),
        "known": dossier.others(known, ()),
        "done": timeline.read(
            Activity.objects.filter(identity__lead=lead), request.GET.get("older", ""), ACTIVITIES
        ),
        "hands": dossier.hands_of(lead),
        "moves": dossier.moves_of(lead),
        "may_move": request.user.is_in(*EDITORS),
        "panels": shown_on("lead", request, lead, at),
        **card_shown(request.GET, lead, at),
        **_editing(request, lead, known, ratings, fact),
    }
    return render(request, "leads/lead.html", shown, status=status)


def _editing(request, lead, known, ratings, fact) -> dict:
    """The forms by which marketers and reps say what they know."""
    if not request.user.is_in(*MARKETERS, *REPS):
        return {}
    rated = {name: getattr(lead, name) or "" for name in Rating.Criterion.values}
    form, proposed = ratings or Ratings(initial=rated), proposing.differing(lead, timezone.now())
    return {
        "may_verify": True,
        "ratings": form,
        "rated": [(field, proposed.get(field.name)) for field in form],
        "all_proposed": " ".join(_take(one) for one in proposed.values()) if len(proposed) > 1 else "",
        "fields": Field.objects.all(),
        "fact": fact or _asked_for(request, known),
    }


def _asked_for(request, known) -> Telling | None:
    """The box of the field that the address names: empty, or with the standing answer to correct."""
    verifying = "verify" in request.GET
    key = request.GET.get("verify" if verifying else "fact", "")
    field = Field.objects.filter(key=key.replace("\x00", "")).first()
    standing = known[field.key].best.fact if verifying and field and field.key in known else None
    return Telling(field, standing=standing, verifying=verifying) if field else None


@require_POST
@only(*MARKETERS, *REPS)
def rate(request, public_id):
    """Rate the four criteria by hand."""
    lead, form = _found(request, public_id), Ratings(request.POST)
    if not form.is_valid():
        return _shown(request, lead, ratings=form, status=422)
    facts.rate(lead, form.cleaned_data, by=request.user, at=timezone.now())
    messages.success(request, _("The ratings are saved."))
    return redirect(f"{lead.get_absolute_url()}#ratings")


def _take(one: proposing.Proposed) -> str:
    return f"{one.criterion}={one.value}"


@require_POST
@only(*MARKETERS, *REPS)
def take_over(request, public_id):
    """Rate as the agreement proposes."""
    lead, told = _found(request, public_id), re.findall(r"([a-z]+)=([123])", request.POST.get("take", ""))
    seen = {criterion: int(value) for criterion, value in told}
    taken = proposing.take_over(lead, seen, by=request.user, at=timezone.now())
    if taken and len(taken) == len(seen):
        messages.success(request, _("The ratings are saved."))
    else:
        messages.error(request, _("What is proposed has changed since you looked. Look again."))
    return redirect(f"{lead.get_absolute_url()}#ratings")


@require_POST
@only(*MARKETERS, *REPS)
def learn(request, public_id, key):
    """Write down what the lead said: verified where marketing talked to them, sales where a rep did."""
    lead, field = _found(request, public_id), get_object_or_404(Field, key=key)
    form = _told(lead, field, request.POST)
    if not form.is_valid():
        return _shown(request, lead, fact=form, status=422)
    saying = Saying.VERIFIED if request.user.is_in(*MARKETERS) else Saying.SALES
    _note(request, lead, field, form.cleaned_data["value"], saying)
    return redirect(f"{reverse('lead', args=[lead.public_id])}#facts")


@require_POST
@only(*MARKETERS, *REPS)
def verify(request, public_id, key):
    """Somebody asked on the phone: the standing answer holds, or another one does."""
    lead, field = _found(request, public_id), get_object_or_404(Field, key=key)
    if seen := request.POST.get("fact"):
        value = get_object_or_404(
            facts.history(lead), pk=_number(seen), field=field, value__isnull=False
        ).value
    else:
        form = _told(lead, field, request.POST, verifying=True)
        if not form.is_valid():
            return _shown(request, lead, fact=form, status=422)
        value = form.cleaned_data["value"]
    _note(request, lead, field, value, Saying.VERIFIED)
    return redirect(_back(request) or f"{lead.get_absolute_url()}#bant")


def _told(lead, field: Field, data, *, verifying: bool = False) -> Telling:
    form = Telling(field, data, verifying=verifying)
    if field.about == Field.About.ACCOUNT and not lead.account_id:
        form.add_error(None, _("This lead has no company yet."))
    return form


def _number(text: str) -> int:
    """A key as the page wrote it; anything else is nobody's."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _back(request) -> str:
    """The page of ours from which somebody verified, where it named itself."""
    there = request.POST.get("back", "")
    return there if url_has_allowed_host_and_scheme(there, {request.get_host()}) else ""


def _note(request, lead, field: Field, value, saying: Saying) -> None:
    at = timezone.now()
    about = {"account_id": lead.account_id} if field.about == Field.About.ACCOUNT else {"lead_id": lead.pk}
    answer = facts.Answer(**about, key=field.key, value=value, saying=saying, at=at)
    facts.learn([answer], known_at=at, by=request.user)
    messages.success(request, _("Noted."))
