"""The outbox: how touches stand, and in the embedded set-up every mail as it would have gone out."""

from django.conf import settings
from django.db.models import Count
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nurture import outbox as mails
from nurture.models import Touch
from people.access import MANAGERS, only

PAGE = 50
TROUBLE = (Touch.State.IN_DOUBT, Touch.State.QUARANTINED, Touch.State.FAILED)


@require_safe
@only(*MANAGERS)
def outbox(request):
    counts = dict(Touch.objects.order_by().values_list("state").annotate(n=Count("pk")))
    kept = mails.newest(settings.OUTBOX_DIR, before=request.GET.get("before", ""), size=PAGE)
    shown = {
        "states": [(label, counts.get(state, 0), state in TROUBLE) for state, label in Touch.State.choices],
        "mails": kept,
        "older": kept[-1].name if len(kept) == PAGE else "",
        "trouble": Touch.objects.filter(state__in=TROUBLE)
        .select_related("lead", "step")
        .order_by("-due_at")[:PAGE],
    }
    return render(request, "nurture/outbox.html", shown)


@require_safe
@only(*MANAGERS)
def outbox_mail(request, name):
    kept = mails.read(settings.OUTBOX_DIR, name)
    if kept is None:
        raise Http404
    return render(request, "nurture/outbox_mail.html", {"kept": kept})
