"""The page that makes the first administrator; it exists while nobody works here."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from people import founding
from people.whence import whence

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request):
    if not founding.is_open():
        raise Http404
    asks = bool(request.META.get("HTTP_X_FORWARDED_FOR")) or founding.asks_for_key(whence(request))
    given = request.POST if request.method == "POST" else None
    form = founding.Founding(given, asks=asks, key_given=request.GET.get("key", "")[:64])
    if not form.is_valid():
        return render(request, "people/setup.html", {"form": form}, status=422 if form.is_bound else 200)
    by = founding.found(form.cleaned_data, at=timezone.now())
    if by is None:
        raise Http404
    login(request, by, backend=BACKEND)
    return redirect("home")
