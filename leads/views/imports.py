"""Imports: upload, say what columns fill, try it out, run it, read what came of it, take it back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.imports import reading, running, showing, undoing
from leads.models import Import
from leads.spreadsheet import download
from people.access import MARKETERS, only

PAGE = 50


@require_safe
@only(*MARKETERS)
def imports(request):
    batches = Import.objects.select_related("by").defer("rules", "mapping", "columns")[:PAGE]
    return render(request, "leads/imports.html", {"batches": batches})


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def import_new(request):
    form = showing.Upload(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            what = form.cleaned_data["what"]
            batch = running.begin(what, file.name, file, at=timezone.now(), by=request.user)
        except reading.Unreadable as trouble:
            form.add_error("file", str(trouble))
        else:
            return redirect("import_detail", batch.public_id)
    return render(request, "leads/import_new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@only(*MARKETERS)
def import_detail(request, public_id):
    batch = get_object_or_404(Import.objects.select_related("by"), public_id=public_id)
    form = showing.Choices(batch, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.keep()
        _ask(request, batch, "check")
        return redirect("import_detail", batch.public_id)
    template = "leads/_import.html" if request.htmx else "leads/import_detail.html"
    return render(request, template, showing.page(batch, form), status=422 if form.errors else 200)


@require_POST
@only(*MARKETERS)
def import_run(request, public_id):
    batch = get_object_or_404(Import, public_id=public_id)
    _ask(request, batch, "run")
    return redirect("import_detail", batch.public_id)


def _ask(request, batch, wish):
    if not running.ask(batch, wish):
        messages.error(request, _("This import is running, or done already."))


@require_POST
@only(*MARKETERS)
def import_undo(request, public_id):
    batch = get_object_or_404(Import, public_id=public_id)
    if not undoing.undo(batch, timezone.now()):
        messages.error(request, _("Only an import that is done can be undone."))
    return redirect("import_detail", batch.public_id)


@require_safe
@only(*MARKETERS)
def import_rejected(request, public_id):
    batch = get_object_or_404(Import, public_id=public_id)
    header = [*batch.columns, _("Row"), _("Column"), _("Problem")]
    return download(f"rejected-{batch.public_id}.csv", header, showing.rejected(batch))
