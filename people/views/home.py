"""The first page of the day: what each role has to do now, composed of what every app knows of it."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from people import founding
from people.panels import shown_on


@login_not_required  # a stranger is shown in, or shown where the first administrator is made
@require_safe
def home(request):
    if not request.user.is_authenticated:
        return redirect("setup") if founding.is_open() else redirect_to_login(request.path)
    at = timezone.now()
    shown = {"panels": shown_on("home", request, request.user, at), "at": timezone.localtime(at)}
    return render(request, "people/home.html", shown)
