"""Keys of the API: which programs are let in, since when, and what they may do."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from leads.models import ApiKey
from leads.models.key import Scope
from people.access import only
from people.models.user import ADMINISTRATORS


class KeyForm(forms.ModelForm):
    """What a new key is for, and what it may do."""

    scopes = forms.MultipleChoiceField(
        label=later("It may"), choices=Scope, initial=[Scope.EVENTS], widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiKey
        fields = ("name", "scopes")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@only(ADMINISTRATORS)
def keys(request):
    """The keys, newest first; the secret of a new one is shown on the page that made it, and never again."""
    form, made, secret = KeyForm(request.POST or None, label_suffix=""), None, ""
    if request.method == "POST" and form.is_valid():
        made, secret = ApiKey.objects.make(**form.cleaned_data, by=request.user, at=timezone.now())
        form = KeyForm(label_suffix="")
    found = ApiKey.objects.select_related("by", "revoked_by").order_by("-at", "-pk")
    shown = {"form": form, "keys": found, "made": made, "secret": secret}
    return render(request, "leads/keys.html", shown, status=422 if form.errors else 200)


@require_POST
@only(ADMINISTRATORS)
def revoke(request, pk):
    """From now on the key opens nothing."""
    found = get_object_or_404(ApiKey, pk=pk)
    if found.revoke(by=request.user, at=timezone.now()):
        messages.success(request, _("%s opens nothing any more.") % found)
    return redirect("keys")
