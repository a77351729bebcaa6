"""What leads have to say on the first page: what somebody must decide, what is late, what has come in."""

from datetime import timedelta

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from leads import interests, merging, quarantine, suspecting
from leads.lists.terms import GRACE
from leads.models import Custody, Form, Import, Lead, Merge, Submission
from people.access import MANAGERS, MARKETERS
from people.checklist import Duty, duty
from people.models.user import VIEWERS
from people.panels import Panel, panel

SHOWN = 8
FEW = 4


@panel("home", order=30)
def decisions(request, user, at) -> Panel | None:
    """For marketers: leads that no rule can take further, the longest waiting first."""
    if not user.is_in(*MARKETERS):
        return None
    waiting = Custody.objects.filter(next_action=Custody.Next.REVIEW, next_action_at__lte=at)
    rows = waiting.filter(lead__in=Lead.objects.visible_to(user))
    shown = rows.select_related("lead__account", "custodian").order_by("next_action_at", "pk")[:SHOWN]
    return Panel("leads/_decisions.html", {"hands": shown, "total": rows.count(), "at": at})


@panel("home", order=35)
def refused(request, user, at) -> Panel | None:
    """What was sent on a form, was refused, and has not been looked at.

    A day belongs to the form's owner; then every marketing manager hears of it as well.
    """
    if not user.is_in(*MARKETERS):
        return None
    mine = Q(form__in=Form.objects.filter(Q(owner=user) | Q(owner=None, source__marketer=user)))
    late = Q(at__lt=at - timedelta(days=1)) if user.is_in(*MANAGERS) else Q(pk=None)
    waiting = Submission.objects.waiting().filter(mine | late).order_by()
    rows = waiting.values("form__slug", "form__title").annotate(total=Count("pk"), oldest=Min("at"))
    found = list(rows.order_by("oldest")[:SHOWN])
    return Panel("leads/_refused.html", {"forms": found}) if found else None


@panel("home", order=36)
def duplicates(request, user, at) -> Panel | None:
    """For marketers: who looks like one person twice."""
    if not user.is_in(*MARKETERS):
        return None
    pairs, more = suspecting.page("", FEW)
    return Panel("leads/_duplicates.html", {"pairs": pairs, "more": more}) if pairs else None


@panel("lead", order=85)
def sent(request, lead, at) -> Panel | None:
    """The forms they sent, under every name they had."""
    rows = Submission.objects.filter(lead__in=Lead.objects.same_as(lead).values("pk"))
    found = list(rows.select_related("form", "lead").defer("answers")[:SHOWN])
    may_open = request.user.is_in(*MARKETERS)
    return Panel("leads/_sent.html", {"sent": found, "lead": lead, "may_open": may_open}) if found else None


@panel("lead", order=90)
def merges(request, lead, at) -> Panel | None:
    """Who was folded into this lead, whether that can be taken back, and who else it looks like."""
    done = list(Merge.objects.filter(survivor=lead, unmerge=None).select_related("loser", "by"))
    alike, may_merge = suspecting.of(lead), request.user.is_in(*MARKETERS)
    if not (done or alike or may_merge):
        return None
    merges = [(one, merging.objections(one, at)) for one in done]
    return Panel("leads/_merges.html", {"merges": merges, "alike": alike, "may_merge": may_merge})


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


@panel("lead", order=40)
def quarantined(request, lead, at) -> Panel | None:
    """For marketers and managers: what machines did in this lead's name, and whether it counts."""
    if not request.user.is_in(*MARKETERS, *MANAGERS):
        return None
    alone = Lead.objects.filter(pk=lead.pk)
    bursts = list(quarantine.bursts_of(lead)[:SHOWN])
    caught = [(burst, quarantine.caught_in(burst, alone, 1)[0]) for burst in bursts]
    return Panel("leads/_quarantined.html", {"bursts": caught}) if caught else None


@panel("home", order=90)
def arrivals(request, user, at) -> Panel | None:
    """For marketing and managers: who came in since yesterday."""
    if not user.is_in(*MARKETERS, *MANAGERS, VIEWERS):
        return None
    new = Lead.objects.live().filter(known_at__gte=at - timedelta(days=1)).order_by("-pk")
    rows = new.select_related("account", "source", "custody__custodian")[:SHOWN]
    return Panel("leads/_arrivals.html", {"leads": rows})


@panel("lead", order=10)
def what_they_read(request, lead, at) -> Panel | None:
    """The way through site and content, as a picture."""
    way = interests.way_of(lead, at)
    return Panel("leads/_way.html", {"way": way}) if way else None


@duty(order=70)
def imported() -> Duty:
    done = Import.objects.filter(state=Import.State.DONE).exists() or Lead.objects.exists()
    return Duty(_("Import the first leads"), reverse("imports"), done)
