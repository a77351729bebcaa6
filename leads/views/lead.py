"""A lead's page: who holds it, what is known and who says so, its points, and everything it did."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from leads import answers, dossier, facts, listing, scoring, timeline
from leads.models import Activity, Field, Lead, Rating, Saying
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

    def __init__(self, field: Field, data=None):
        super().__init__(data, label_suffix="")
        self.field = field
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
    lines = dossier.lines(known, dossier.ratings_of(lead))
    sheet = listing.shown_sheet()
    shown = {
        "lead": lead,
        "at": at,
        "hand": getattr(lead, "custody", None),
        "lines": lines,
        "known": dossier.others(known, ()),
        "sheet": sheet,
        "card": sheet and scoring.card(lead, sheet, at),
        "done": timeline.read(
            Activity.objects.filter(identity__lead=lead), request.GET.get("older", ""), ACTIVITIES
        ),
        "stages": lead.stage_changes.select_related("by"),
        "hands": lead.custody_changes.select_related("custodian", "owner"),
        "panels": shown_on("lead", request, lead, at),
        **_editing(request, lead, ratings, fact),
    }
    return render(request, "leads/lead.html", shown, status=status)


def _editing(request, lead, ratings, fact) -> dict:
    """The forms by which marketers and reps say what they know."""
    if not request.user.is_in(*MARKETERS, *REPS):
        return {}
    rated = {name: getattr(lead, name) or "" for name in Rating.Criterion.values}
    asked = request.GET.get("fact", "")
    field = None if fact else Field.objects.filter(key=asked).first()
    return {
        "ratings": ratings or Ratings(initial=rated),
        "fields": Field.objects.all(),
        "fact": fact or (field and Telling(field)),
    }


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


@require_POST
@only(*MARKETERS, *REPS)
def learn(request, public_id, key):
    """Write down what the lead said: verified where marketing talked to them, sales where a rep did."""
    lead, field = _found(request, public_id), get_object_or_404(Field, key=key)
    form, at = Telling(field, request.POST), timezone.now()
    if field.about == Field.About.ACCOUNT and not lead.account_id:
        form.add_error(None, _("This lead has no company yet."))
    if not form.is_valid():
        return _shown(request, lead, fact=form, status=422)
    saying = Saying.VERIFIED if request.user.is_in(*MARKETERS) else Saying.SALES
    about = {"account_id": lead.account_id} if field.about == Field.About.ACCOUNT else {"lead_id": lead.pk}
    answer = facts.Answer(**about, key=key, value=form.cleaned_data["value"], saying=saying, at=at)
    facts.learn([answer], known_at=at, by=request.user)
    messages.success(request, _("Noted."))
    return redirect(f"{reverse('lead', args=[lead.public_id])}#facts")
