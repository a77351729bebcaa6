"""What leads did, one row each: the page that stands in for an admin of activities."""

import uuid

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from leads import timeline
from leads.models import Activity, Grade, Kind, Lead
from leads.models.activity import ActivityQuerySet
from people.access import EVERYBODY, MANAGERS, MARKETERS, only

PAGE = 100


class Narrowing(forms.Form):
    """Which activities the reader wants to see."""

    kind = forms.ChoiceField(label=_("What"), choices=[("", _("Anything")), *Kind.choices], required=False)
    grade = forms.ChoiceField(label=_("Evidence"), choices=[("", _("Any")), *Grade.choices], required=False)

    def narrowed(self, rows: ActivityQuerySet) -> ActivityQuerySet:
        self.is_valid()
        asked = {"kind": self.cleaned_data.get("kind"), "graded": self.cleaned_data.get("grade")}
        return rows.graded().filter(**{name: value for name, value in asked.items() if value})


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as trouble:
        raise Http404 from trouble


@require_safe
@only(*EVERYBODY)
def activities(request):
    """Those of one lead, all of them; or a month of everybody's."""
    at, seen = timezone.now(), Lead.objects.visible_to(request.user)
    month, lead = timeline.Month.read(request.GET.get("month", ""), at), None
    if asked := request.GET.get("lead"):
        lead = get_object_or_404(seen, public_id=_uuid(asked))
        rows = Activity.objects.filter(identity__lead=lead)
    else:
        rows = month.of(Activity.objects.filter(identity__lead__in=seen))
    form = Narrowing(request.GET)
    rows = form.narrowed(rows).select_related("identity__lead__account")
    found = timeline.read(rows, request.GET.get("after", ""), PAGE)
    shown = {
        "form": form,
        "found": found,
        "lead": lead,
        "month": month,
        "is_now": month.after.starts > at,
        "judges": request.user.is_in(*MARKETERS, *MANAGERS),
    }
    return render(request, "leads/activities.html", shown)
