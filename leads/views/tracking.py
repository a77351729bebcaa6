"""What sites of ours report: the lines that they paste, who may, how much comes, and what is refused."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from leads import embedding, sites
from leads.models import Site
from people.access import MARKETERS, only


class Listing(forms.Form):
    """A site to be put on the list."""

    origin = forms.CharField(
        label=gettext_lazy("Address of a site"),
        max_length=200,
        widget=forms.TextInput({"placeholder": "https://www.example.com", "inputmode": "url"}),
    )

    def clean_origin(self) -> str:
        return embedding.origin(self.cleaned_data["origin"])


def snippet(*, asks: bool) -> str:
    """The line that goes into every page of a site."""
    address = settings.SITE_URL + embedding.static_path("js/t.js")
    consent = " data-consent" if asks else ""
    return format_html('<script src="{}"{} async></script>', address, consent)


def shown(request, form, status=200):
    at = timezone.now()
    found = {
        "form": form,
        "places": sites.places(at),
        "snippets": [("asks", snippet(asks=True)), ("plain", snippet(asks=False))],
        "at": at,
    }
    return render(request, "leads/tracking.html", found, status=status)


@require_safe
@only(*MARKETERS)
def tracking(request):
    return shown(request, Listing(label_suffix=""))


@require_POST
@only(*MARKETERS)
def site_add(request):
    """Let a site report from now on; one that is listed already stays so."""
    form = Listing(request.POST, label_suffix="")
    if not form.is_valid():
        return shown(request, form, status=422)
    origin = form.cleaned_data["origin"]
    Site.objects.get_or_create(origin=origin, defaults={"at": timezone.now(), "by": request.user})
    messages.success(request, _("%(site)s may report from now on.") % {"site": origin})
    return HttpResponseRedirect(reverse("tracking"))


@require_POST
@only(*MARKETERS)
def site_remove(request, pk):
    """Take a site off the list; what it reported stays."""
    site = get_object_or_404(Site, pk=pk)
    site.delete()
    messages.success(request, _("%(site)s may not report any more.") % {"site": site})
    return HttpResponseRedirect(reverse("tracking"))
