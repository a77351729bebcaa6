"""Score sheets: the list, a sheet with its editor, one line of it, and what a change would do."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads import consequences, editing, scoring
from leads.agreed import agreed_on, lines_of
from leads.differences import counts
from leads.lists.terms import shown_sheet
from leads.models import ScoreSheet
from leads.pricing import Asked, SheetForm, refusals
from leads.ruling import RuleForm
from leads.vocabulary import vocabulary
from people.access import EVERYBODY, MARKETERS, only

OVERTAKEN = gettext_lazy(
    "Somebody else changed this sheet since you opened it. What you typed is still here: look at the sheet in"
    " another window, then save again."
)


class NewSheet(forms.Form):
    """A sheet to begin with."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    like = forms.ModelChoiceField(
        ScoreSheet.objects.all(), label=gettext_lazy("With the lines of"), required=False, empty_label="–"
    )

    def clean_name(self):
        name = self.cleaned_data["name"]
        if ScoreSheet.objects.filter(name=name).exists():
            raise forms.ValidationError(
                _("There is a sheet of this name; save a change of it as its next version.")
            )
        return name


@require_safe
@only(*EVERYBODY)
def scores(request, form=None, status=200):
    rows = list(ScoreSheet.objects.order_by("name", "-number").prefetch_related("rules"))
    agreed = {name: agreed_on(name) for name in {one.name for one in rows}}
    shown = {
        "rows": [(one, [told for told in agreed[one.name] if told.sheet_id == one.pk]) for one in rows],
        "form": form or (NewSheet(label_suffix="") if request.user.is_in(*MARKETERS) else None),
        "listed": shown_sheet(),
    }
    return render(request, "leads/scores.html", shown, status=status)


@require_POST
@only(*MARKETERS)
def score_new(request):
    form = NewSheet(request.POST, label_suffix="")
    if not form.is_valid():
        request.method = "GET"
        return scores(request, form, 422)
    made = editing.start(form.cleaned_data["name"], form.cleaned_data["like"], timezone.now())
    return redirect("score_sheet", made.pk)


def _form(sheet, data, at) -> SheetForm:
    rules = scoring.rules_of(sheet)
    return SheetForm(data, sheet=sheet, rules=rules, at=at, vocabulary=vocabulary())


def _seen(request) -> int | None:
    seen = request.POST.get("seen", "")
    return int(seen) if seen.isdecimal() and len(seen) < 10 else None


def _page(request, sheet, form, told=None, status=200):
    """The sheet: to be edited by marketers, to be read by everybody else."""
    agreed = agreed_on(sheet.name)
    shown = {
        "sheet": sheet,
        "form": form if request.user.is_in(*MARKETERS) else None,
        "asked": Asked(request.POST or None, sheet=sheet, lines=lines_of(agreed)),
        "told": told,
        "refused": refusals(form),
        "agreed": agreed,
        "halves": [
            (_("Fit"), _("who the lead is"), "fit", _said(form.rows(fit=True), form)),
            (_("Engagement"), _("what the lead did"), "engagement", _said(form.rows(fit=False), form)),
        ],
        "versions": ScoreSheet.objects.filter(name=sheet.name),
        "draft": editing.unfrozen(sheet) if sheet.frozen_at else None,
    }
    return render(request, "leads/score_sheet.html", shown, status=status)


def _said(rows, form):
    """Each line with what it counts, in words."""
    return [(rule, counts(rule, form.vocabulary), boxes) for rule, boxes in rows]


@require_safe
@only(*EVERYBODY)
def score_sheet(request, pk):
    sheet = get_object_or_404(ScoreSheet, pk=pk)
    return _page(request, sheet, _form(sheet, None, timezone.now()))


def _consequences(request, sheet, form, at):
    """What the typed sheet would do, compared with the version that was chosen."""
    marks, against = Asked(request.POST, sheet=sheet).chosen()
    after = form.cleaned_data["rules"]
    return consequences.at_once(scoring.rules_of(against), after, marks, by=request.user, sheet=sheet, at=at)


@require_POST
@only(*MARKETERS)
def score_try(request, pk):
    """What would change, before anything is saved."""
    sheet, at = get_object_or_404(ScoreSheet, pk=pk), timezone.now()
    form = _form(sheet, request.POST, at)
    told = _consequences(request, sheet, form, at) if form.is_valid() else None
    if request.htmx:
        return render(request, "leads/_what_if.html", {"told": told, "refused": refusals(form)})
    return _page(request, sheet, form, told, 200 if told else 422)


@require_POST
@only(*MARKETERS)
def score_save(request, pk):
    sheet, at = get_object_or_404(ScoreSheet, pk=pk), timezone.now()
    form = _form(sheet, request.POST, at)
    if not form.is_valid():
        return _page(request, sheet, form, status=422)
    return _saved(request, form, lambda: _page(request, sheet, form, status=409), at)


def _saved(request, form, again, at):
    """Write it where nobody else has meanwhile; else what was typed stays on the page."""
    try:
        made = editing.save(form.sheet, form.cleaned_data["rules"], seen=_seen(request), at=at)
    except editing.Overtaken:
        form.add_error(None, OVERTAKEN)
        return again()
    messages.success(request, _("%(sheet)s is saved.") % {"sheet": made})
    return redirect("score_sheet", made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def score_rule(request, pk, rule=None):
    """One line: whom it speaks of or what they did, tried before it is saved."""
    sheet, at, words = get_object_or_404(ScoreSheet, pk=pk), timezone.now(), vocabulary()
    rules = scoring.rules_of(sheet)
    found = next((one for one in rules if one.pk == rule), None) if rule else None
    if rule and not found:
        return redirect("score_sheet", pk)
    fit = request.GET.get("about") != "engagement"
    form = RuleForm(
        request.POST or None, sheet=sheet, rules=rules, at=at, vocabulary=words, rule=found, fit=fit
    )
    if request.method == "POST" and "try" not in request.POST and form.is_valid():
        return _saved(request, form, lambda: _rule_page(request, sheet, form, status=409), at)
    told = _consequences(request, sheet, form, at) if request.POST and form.is_valid() else None
    if request.htmx:
        shown = {"told": told, "refused": refusals(form, form.who), "says": form.says()}
        return render(request, "leads/_what_if.html", shown)
    return _rule_page(request, sheet, form, told)


def _rule_page(request, sheet, form, told=None, status=None):
    shown = {
        "sheet": sheet,
        "form": form,
        "told": told,
        "asked": Asked(request.POST or None, sheet=sheet, lines=lines_of(agreed_on(sheet.name))),
        "refused": refusals(form, form.who),
        "says": form.says(),
    }
    return render(
        request, "leads/score_rule.html", shown, status=status or (422 if shown["refused"] else 200)
    )
