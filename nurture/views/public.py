"""What people outside follow from a mail: a tracked link, and the way out."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from nurture import links
from nurture.clicks import record_click
from nurture.models import Touch
from nurture.opting_out import opt_out
from people.models import Company

log = logging.getLogger(__name__)


def touch_of(token: str, salt: str) -> tuple[Touch, int]:
    """The touch that a signed token names; anything else is a page that doesn't exist."""
    try:
        public_id, number = links.read(token, salt=salt)
        return Touch.objects.select_related("lead", "step").get(public_id=public_id), number
    except (links.BadToken, Touch.DoesNotExist) as error:
        raise Http404 from error


@login_not_required
@require_safe
def follow(request, token):
    """Send the visitor on to the stored place; that they came is recorded, if it can be."""
    touch, number = touch_of(token, links.FOLLOW)
    if number >= len(touch.links):
        raise Http404
    try:
        record_click(touch, number, by_machine=request.method == "HEAD", at=timezone.now())
    except Exception:  # the visitor's way comes first; the loss is logged
        log.exception("a click on touch %s is lost", touch.pk)
    answer = HttpResponseRedirect(touch.links[number])
    answer["Cache-Control"], answer["Referrer-Policy"] = "no-store", "no-referrer"
    return answer


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the signed token is the permission
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    """A page that shows what it would do, and does it when told to."""
    touch, _number = touch_of(token, links.UNSUBSCRIBE)
    if request.method == "POST":
        opt_out(touch, at=timezone.now())
        if request.POST.get("List-Unsubscribe") == "One-Click":
            return HttpResponse("Unsubscribed", content_type="text/plain")
    stopped = request.method == "POST" or "email" in touch.lead.refused
    shown = {"lead": touch.lead, "stopped": stopped, "company": Company.current()}
    return render(request, "nurture/unsubscribe.html", shown)
