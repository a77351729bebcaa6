"""What people outside follow from a mail: a tracked link, and the way out."""

import base64
import logging
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from leads import passes, visitors
from leads.senders import Sender
from nurture import links
from nurture.clicks import notice_look, record_click, record_open
from nurture.models import Touch
from nurture.opting_out import opt_out
from people.models import Company
from people.whence import whence

log = logging.getLogger(__name__)
#: A GIF of one transparent dot.
DOT = base64.b64decode(b"R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def touch_of(token: str, salt: str) -> tuple[Touch, int]:
    """The touch that a signed token names; anything else is a page that doesn't exist."""
    try:
        public_id, number = links.read(token, salt=salt)
        return Touch.objects.select_related("lead", "step").get(public_id=public_id), number
    except (links.BadToken, Touch.DoesNotExist) as error:
        raise Http404 from error


def sender_of(request) -> Sender:
    """Where a request came from and how it asked."""
    agent = request.headers.get("User-Agent", "")[:400]
    return Sender(whence(request), agent, looked=request.method == "HEAD")


@contextmanager
def losing_at_most(what: str):
    """The visitor's way comes first; what can't be recorded is lost and logged."""
    try:
        yield
    except Exception:
        log.exception("%s is lost", what)


@login_not_required
@require_safe
def follow(request, token):
    """Send the visitor on to the stored place; that they came is recorded, if it can be.

    A form of ours gets a pass as old as the mail, so that it needn't ask what is known; a site of ours
    hears who comes and by which request.
    """
    touch, number = touch_of(token, links.FOLLOW)
    if number >= len(touch.links):
        raise Http404
    address = passes.with_pass(touch.links[number], touch.lead, touch.sent_at)
    with losing_at_most(f"a click on touch {touch.pk}"):
        knock = record_click(touch, number, sender_of(request), at=timezone.now())
        if not knock.looked:
            address = visitors.introducing(address, touch.lead, knock.pk)
    answer = HttpResponseRedirect(address)
    answer["Cache-Control"], answer["Referrer-Policy"] = "no-store", "no-referrer"
    return answer


@login_not_required
@require_safe
def opened(request, token):
    """A picture of one dot; that it was fetched is recorded, where the installation wants to know."""
    touch, _number = touch_of(token, links.OPEN)
    if settings.TRACK_OPENS:
        with losing_at_most(f"an opening of touch {touch.pk}"):
            record_open(touch, sender_of(request), at=timezone.now())
    return HttpResponse(DOT, content_type="image/gif", headers={"Cache-Control": "no-store"})


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
    else:
        with losing_at_most(f"a look at the way out of touch {touch.pk}"):
            notice_look(touch, sender_of(request), at=timezone.now())
    stopped = request.method == "POST" or "email" in touch.lead.refused
    shown = {"lead": touch.lead, "stopped": stopped, "company": Company.current()}
    return render(request, "nurture/unsubscribe.html", shown)
