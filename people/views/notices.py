"""What Baton told the reader: a list, and what has been read."""

from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from people.access import EVERYBODY, only
from people.badges import badge
from people.models import Notice

PAGE = 50


def _mine(request):
    return Notice.objects.filter(user=request.user, channel=Notice.Channel.IN_APP)


@badge("notices")
def unread(user, at) -> int:
    """How many the bell counts."""
    if not user.is_authenticated:
        return 0
    return Notice.objects.filter(user=user).unread().count()


@require_safe
@only(*EVERYBODY)
def notices(request):
    """The newest first, a page at a time, found by key."""
    rows = _mine(request).order_by("-pk")
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit():
        rows = rows.filter(pk__lt=int(after))
    found = list(rows[: PAGE + 1])
    shown = {
        "notices": found[:PAGE],
        "after": found[PAGE - 1].pk if len(found) > PAGE else "",
        "unread": _mine(request).unread().count(),
    }
    return render(request, "notices/notices.html", shown)


@require_POST
@only(*EVERYBODY)
def read(request, public_id):
    """Mark one as read and go where it points."""
    notice = get_object_or_404(_mine(request), public_id=public_id)
    _mine(request).unread().filter(pk=notice.pk).update(read_at=timezone.now())
    ours = url_has_allowed_host_and_scheme(notice.url, allowed_hosts={request.get_host()})
    return redirect(notice.url if ours else "notices")


@require_POST
@only(*EVERYBODY)
def read_all(request):
    """Mark what the page had shown as read, and nothing that came since."""
    newest = request.POST.get("newest", "")
    if newest.isascii() and newest.isdigit():
        _mine(request).unread().filter(pk__lte=int(newest)).update(read_at=timezone.now())
    return redirect("notices")
