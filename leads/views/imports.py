"""Imports: upload, say what columns fill, try it out, run it, read what came of it, take it back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.imports import changing, mapping, reading, running, showing, undoing
from leads.imports.choosing import Choices
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
    form = showing.Upload(request.POST or None, request.FILES or None, initial=request.GET.dict())
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
    form = Choices(batch, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.keep()
        _ask(request, batch, "check")
        return redirect("import_detail", batch.public_id)
    template = "leads/_import.html" if request.htmx else "leads/import_detail.html"
    shown = showing.page(batch, form, timezone.now())
    return render(request, template, shown, status=422 if form.errors else 200)


@require_POST
@only(*MARKETERS)
def import_anew(request, public_id):
    """Another sheet of the workbook, another kind, or a fresh guess instead of what was remembered."""
    batch = get_object_or_404(Import, public_id=public_id)
    try:
        if not changing.anew(batch, sheet=request.POST.get("sheet", ""), what=request.POST.get("what", "")):
            messages.error(request, _("This import is running, or done already."))
    except reading.Unreadable as trouble:
        messages.error(request, str(trouble))
    return redirect("import_detail", batch.public_id)


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
    if why := undoing.why_not(batch, timezone.now()):
        messages.error(request, why)
    else:
        _ask(request, batch, "undo")
    return redirect("import_detail", batch.public_id)


@require_safe
@only(*MARKETERS)
def import_rejected(request, public_id):
    batch = get_object_or_404(Import, public_id=public_id)
    header = [*batch.columns, *mapping.added_to_rejected()]
    return download(f"rejected-{batch.public_id}.csv", header, showing.rejected(batch))
