"""Every component in every state, on one page, for whoever builds or judges a screen; DEBUG only."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from people import samples


@login_not_required
@require_safe
def styleguide(request):
    if not settings.DEBUG:
        raise Http404
    wrong = samples.Sample({"email": "marit@kessel", "hours": "four"})
    return render(request, "styleguide.html", {**samples.SHOWN, "form": samples.Sample(), "wrong": wrong})
