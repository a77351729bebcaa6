"""Everything that was sent on a form: what became of it, what waits for a look, and the confirmations."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from leads import reviewing
from leads.models import Form, Submission
from leads.newest import every, newest
from leads.spreadsheet import download
from people.access import MARKETERS, only

PAGE = 50
WAITING = "waiting"


class Narrowing(forms.Form):
    """Which submissions the reader wants to see."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What became of it"),
        choices=[
            ("", gettext_lazy("Everything")),
            *Submission.Outcome.choices,
            (WAITING, gettext_lazy("waits for a look")),
        ],
        required=False,
    )
    cause = forms.ChoiceField(
        label=gettext_lazy("Refused for"),
        choices=[("", gettext_lazy("Anything")), *Submission.Cause.choices],
        required=False,
    )

    def narrowed(self, rows):
        self.is_valid()
        outcome, cause = self.cleaned_data.get("outcome"), self.cleaned_data.get("cause")
        rows = rows.waiting() if outcome == WAITING else rows.filter(outcome=outcome) if outcome else rows
        return rows.filter(cause=cause) if cause else rows


@require_safe
@only(*MARKETERS)
def submissions(request, slug):
    form, narrowing = get_object_or_404(Form, slug=slug), Narrowing(request.GET)
    rows = narrowing.narrowed(_rows(form))
    found, older = newest(rows, request.GET.get("after", ""), PAGE)
    here = form.submissions.waiting().filter(pk__in=[one.pk for one in found])
    waiting = set(here.values_list("pk", flat=True))
    shown = {
        "form": form,
        "narrowing": narrowing,
        "rows": [(one, one.pk in waiting) for one in found],
        "older": older,
        "waiting": form.submissions.waiting().count(),
        "trapped": [one for one in found if one.pk in waiting and one.cause == Submission.Cause.TRAP],
    }
    return render(request, "leads/submissions.html", shown)


def _rows(form):
    related = ("lead", "review__by", "review__admission", "admitted_by__by", "reply__notice")
    return form.submissions.select_related(*related)


HEADER = ("When", "Outcome", "Refused for", "Why", "Looked at by", "Lead", "Asked to talk", "When it suits")


@require_safe
@only(*MARKETERS)
def submissions_csv(request, slug):
    """All of the list as it is narrowed, with each answer as it was typed in a column of its own."""
    form = get_object_or_404(Form, slug=slug)
    rows = Narrowing(request.GET).narrowed(_rows(form))
    keys = ["email", "first_name", "last_name", "company", "phone", "consent"]
    keys += [f"field_{question.field.key}" for question in form.questions.select_related("field")]
    header = (*HEADER, *(key.removeprefix("field_") for key in keys), "Other answers")
    return download(f"{form.slug}.csv", header, (_line(one, keys) for one in every(rows)))


def _line(one, keys):
    said = one.answers or {}
    others = "; ".join(f"{name}: {text}" for name, text in said.items() if name not in keys and text)
    review = getattr(one, "review", None)
    return (
        one.at.isoformat(), one.get_outcome_display(), one.get_cause_display(), one.refusal,
        review and str(review.by), one.lead and str(one.lead), _("yes") if one.talk_to_sales else "",
        one.preferred_times, *(said.get(key, "") for key in keys), others,
    )  # fmt: skip


@require_POST
@only(*MARKETERS)
def submission_review(request, slug, public_id):
    refused = Submission.objects.filter(outcome=Submission.Outcome.REFUSED).select_related("form__source")
    one, at = get_object_or_404(refused, form__slug=slug, public_id=public_id), timezone.now()
    if request.POST.get("verdict") == "leave":
        reviewing.leave([one], by=request.user, at=at)
    else:
        _tell(request, reviewing.admit(one, email=request.POST.get("email", ""), by=request.user, at=at))
    return redirect(_back(request, slug))


def _tell(request, outcome):
    if outcome.trouble:
        messages.error(request, outcome.trouble)
        return
    words = _("%(lead)s is admitted.") % {"lead": outcome.admitted.lead}
    if outcome.left_out:
        words += " " + _("Left out, as it can't be read: %s.") % ", ".join(outcome.left_out)
    messages.success(request, words)


@require_POST
@only(*MARKETERS)
def submissions_leave(request, slug):
    """Those on this page that fell into the trap were machines."""
    form = get_object_or_404(Form, slug=slug)
    asked = [int(one) for one in request.POST.getlist("id")[:PAGE] if one.isdecimal() and len(one) < 19]
    mine = form.submissions.waiting().filter(cause=Submission.Cause.TRAP, pk__in=asked)
    count = reviewing.leave(mine, by=request.user, at=timezone.now())
    words = ngettext("%d is left refused.", "%d are left refused.", count) % count
    messages.success(request, words)
    return redirect(_back(request, slug))


def _back(request, slug):
    """The page with the same filter; nothing else that was posted is followed."""
    waiting = "?outcome=waiting" if request.POST.get("back") == WAITING else ""
    return reverse("submissions", args=[slug]) + waiting


@require_safe
@only(*MARKETERS)
def replies(request, slug):
    """What was mailed in answer, and what was confirmed: when, and from where."""
    form = get_object_or_404(Form, slug=slug)
    rows = form.replies.select_related("lead", "notice", "submission")
    if request.GET.get("confirmed") in ("yes", "no"):
        rows = rows.exclude(words="").filter(confirmed_at__isnull=request.GET["confirmed"] == "no")
    found, older = newest(rows, request.GET.get("after", ""), PAGE)
    counted = {
        "written": form.replies.count(),
        "asked": form.replies.exclude(words="").count(),
        "confirmed": form.replies.exclude(confirmed_at=None).count(),
    }
    shown = {"form": form, "found": found, "older": older, "at": timezone.now(), **counted}
    return render(request, "leads/replies.html", shown)
