"""Directories that leads are looked up in over HTTP: an administrator allows each address."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST

from leads import reaching, tasks
from leads.models import Directory, Field
from leads.models.directory import ADDRESS
from people.access import only
from people.doorbell import ring
from people.models.user import ADMINISTRATORS

MOST = 40  # lines


class DirectoryForm(forms.ModelForm):
    """Where to ask, what opens it, and which part of the answer fills which field."""

    mapping = forms.CharField(
        label=later("What fills what"),
        widget=forms.Textarea({"rows": 4, "spellcheck": "false", "placeholder": "employees = company.size"}),
        help_text=later(
            "A line for each: the field’s key, =, its place in the answer, such as sites.0.country."
        ),
        max_length=4000,
    )

    class Meta:
        model = Directory
        fields = ("name", "address", "header", "secret", "mapping")
        widgets = {
            "address": forms.TextInput(
                {"placeholder": "https://directory.example/companies/{domain}", "inputmode": "url"}
            ),
            "header": forms.TextInput({"placeholder": "Authorization"}),
            "secret": forms.PasswordInput({"autocomplete": "off"}),
        }

    def clean_address(self) -> str:
        address = self.cleaned_data["address"].strip()
        try:
            good = reaching.checked(address) and re.match(ADDRESS, address)
        except reaching.Unreachable:
            good = None
        if not good:
            raise ValidationError(_("This is no address such as https://directory.example/{domain}."))
        return address

    def clean_header(self) -> str:
        header = self.cleaned_data["header"].strip()
        if not reaching.is_header(header or "X"):
            raise ValidationError(_("This is no name of a header."))
        return header

    def clean_secret(self) -> str:
        secret = self.cleaned_data["secret"]
        if not (secret.isascii() and secret.isprintable()):
            raise ValidationError(_("A secret is written in plain letters, digits and signs."))
        return secret

    def clean_mapping(self) -> dict[str, str]:
        """Field to place, as the lines say it."""
        lines = [line.partition("=") for line in self.cleaned_data["mapping"].splitlines() if line.strip()]
        told = {field.strip(): place.strip() for field, _mark, place in lines}
        known = set(Field.objects.filter(key__in=told).values_list("key", flat=True))
        if unknown := sorted(told.keys() - known):
            raise ValidationError(_("There is no field called %s.") % ", ".join(unknown)[:200])
        if not all(told.values()) or len(told) < len(lines) or len(lines) > MOST:
            raise ValidationError(_("Each line names a field once, and a place in the answer."))
        return told


@require_http_methods(["GET", "HEAD", "POST"])
@only(ADMINISTRATORS)
def directory_new(request):
    """Allow an address: from now on leads are looked up there."""
    made = Directory(by=request.user, at=timezone.now())
    form = DirectoryForm(request.POST or None, instance=made, label_suffix="")
    if request.method == "POST" and form.is_valid():
        form.save()
        ring(tasks.enrich, queue="scores")
        messages.success(request, _("Leads are looked up at %s from now on, the newest first.") % made)
        return redirect("enrichment")
    shown: dict[str, Any] = {"form": form, "fields": Field.objects.order_by("about", "label")}
    return render(request, "leads/directory.html", shown, status=422 if form.errors else 200)


@require_POST
@only(ADMINISTRATORS)
def directory_remove(request, pk):
    """Nobody is looked up there any more; its secret is forgotten, and what it told stays known."""
    found = get_object_or_404(Directory, pk=pk)
    found.delete()
    messages.success(request, _("%s is not asked any more. What it told stays known.") % found)
    return redirect("enrichment")
