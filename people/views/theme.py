"""Light, dark, or as the reader's system has it."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

YEAR = 365 * 24 * 3600


@login_not_required
@require_POST
def theme(request):
    """Remember the reader's choice in a cookie and return to the page."""
    back = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    answer = HttpResponseRedirect(back if safe else "/")
    if request.POST.get("theme") in ("light", "dark"):
        answer.set_cookie("theme", request.POST["theme"], max_age=YEAR, httponly=True, samesite="Lax")
    else:
        answer.delete_cookie("theme")
    return answer
