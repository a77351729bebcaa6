"""What leads have to say on the first page: what somebody must decide, what is late, what has come in."""

from datetime import timedelta

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _

from leads.listing import GRACE
from leads.models import Custody, Import, Lead
from people.access import MANAGERS, MARKETERS
from people.checklist import Duty, duty
from people.models.user import VIEWERS
from people.panels import Panel, panel

SHOWN = 8


@panel("home", order=30)
def decisions(request, user, at) -> Panel | None:
    """For marketers: leads that no rule can take further, the longest waiting first."""
    if not user.is_in(*MARKETERS):
        return None
    waiting = Custody.objects.filter(next_action=Custody.Next.REVIEW, next_action_at__lte=at)
    rows = waiting.filter(lead__in=Lead.objects.visible_to(user))
    shown = rows.select_related("lead__account", "custodian").order_by("next_action_at", "pk")[:SHOWN]
    return Panel("leads/_decisions.html", {"hands": shown, "total": rows.count(), "at": at})


@panel("home", order=50)
def late(request, user, at) -> Panel | None:
    """For managers: whose next action is overdue, by hand."""
    if not user.is_in(*MANAGERS, VIEWERS):
        return None
    overdue = Custody.objects.filter(next_action_at__lt=at - GRACE)
    by_hand = overdue.values("custodian__pk", "custodian__name", "side").annotate(
        total=Count("pk"), oldest=Min("next_action_at")
    )
    return Panel("leads/_late.html", {"hands": list(by_hand.order_by("oldest")[:SHOWN]), "at": at})


@panel("home", order=90)
def arrivals(request, user, at) -> Panel | None:
    """For marketing and managers: who came in since yesterday."""
    if not user.is_in(*MARKETERS, *MANAGERS, VIEWERS):
        return None
    new = Lead.objects.live().filter(known_at__gte=at - timedelta(days=1)).order_by("-pk")
    rows = new.select_related("account", "source", "custody__custodian")[:SHOWN]
    return Panel("leads/_arrivals.html", {"leads": rows})


@duty(order=70)
def imported() -> Duty:
    done = Import.objects.filter(state=Import.State.DONE).exists() or Lead.objects.exists()
    return Duty(_("Import the first leads"), reverse("imports"), done)
