"""Enrichment: the table that leads are looked up in, how far that is, and what went wrong."""

from pathlib import PurePath

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST

from leads import enriching, looking_up, tasks
from leads.coverage import coverage, failures
from leads.directories import Web
from leads.imports.formats import Unreadable
from leads.models import Field, LookupTable
from people.access import MARKETERS, only
from people.doorbell import ring
from people.models import User
from people.models.user import ADMINISTRATORS

LARGEST = 20 << 20


class Upload(forms.Form):
    """A table of what is known of companies or people."""

    file = forms.FileField(label=later("CSV file"), widget=forms.FileInput({"accept": ".csv,.tsv,.txt"}))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than %d MB.") % (LARGEST >> 20))
        file.name = PurePath(file.name.replace("\x00", "")).name or "table.csv"
        return file


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def enrichment(request):
    form = Upload(request.POST or None, request.FILES or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            looking_up.keep(file, name=file.name, by=request.user, at=timezone.now())
        except Unreadable as trouble:
            form.add_error("file", str(trouble))
        else:
            ring(tasks.enrich, queue="scores")
            messages.success(request, _("The table is in use. Leads are looked up in it, the newest first."))
            return redirect("enrichment")
    return render(
        request, "leads/enrichment.html", _shown(form, request.user), status=422 if form.errors else 200
    )


def _shown(form: Upload, by: User) -> dict:
    at = timezone.now()
    asked = enriching.adapters(at)
    tables = [one for one in asked if isinstance(one, enriching.OwnTable)]
    webs = [one for one in asked if isinstance(one, Web)]
    table = LookupTable.objects.select_related("by").order_by("-at", "-pk").first()
    labels = dict(Field.objects.values_list("key", "label"))
    filled = [(column, labels.get(key, key)) for column, key in table.columns.items()] if table else []
    return {
        "form": form,
        "table": table,
        "filled": filled,
        "coverage": coverage(tables[0], at) if tables else None,
        "directories": [(one.directory, coverage(one, at)) for one in webs],
        "failures": failures(),
        "may_allow": by.is_in(ADMINISTRATORS),
        "at": at,
    }


@require_POST
@only(*MARKETERS)
def enrichment_remove(request):
    """Take the table away; what it told stays known, as what a look-up said."""
    looking_up.forget()
    messages.success(request, _("The table is gone. What leads were told to be by it stays known."))
    return redirect("enrichment")
