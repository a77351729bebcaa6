"""Is the work getting done? Asked of Postgres, never of the broker: the age of the oldest due row."""

from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nurture.health import PATIENCE, oldest_due
from people.models import Notice
from people.outbound import held


def oldest_notice(at: datetime) -> timedelta:
    """For how long the oldest due notice has been waiting; nothing when none does."""
    waiting = Notice.objects.filter(state__in=["due", "claimed", "sending"], due_at__lte=at)
    oldest = waiting.order_by("due_at", "pk").values_list("due_at", flat=True).first()
    return at - oldest if oldest else timedelta()


def banner(at: datetime) -> str:
    """What managers are told at the top of every page when work lies undone; usually nothing."""
    if why := held():
        return _("Mail is held. %(why)s Confirm with: manage.py confirm_instance") % {"why": why}
    lag = max(oldest_due(at), oldest_notice(at))
    if lag <= PATIENCE:
        return ""
    return _("Work is %(n)d minutes late. Are the workers running?") % {
        "n": max(lag.total_seconds() // 60, 1)
    }


@login_not_required
@require_safe
def healthz(request):
    """200 while everything due is younger than a minute, else 503; says no more than that to strangers."""
    at = timezone.now()
    lags = {"touches": oldest_due(at), "notices": oldest_notice(at)}
    ages = {name: round(lag.total_seconds()) for name, lag in lags.items()}
    well = max(lags.values()) <= PATIENCE
    return JsonResponse({"well": well, "oldest_due_seconds": ages}, status=200 if well else 503)
