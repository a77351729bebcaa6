"""What nurture has to say on pages that show several apps: the day's calls, and a lead's track."""

from django.db.models import Q

from nurture.models import Enrollment, Task, Touch
from people.access import MARKETERS
from people.badges import badge
from people.panels import Panel, panel

SHOWN = 8


def calls_for(user):
    """Open calls of the reader's team and those of no team, the oldest promise first."""
    found = Task.objects.filter(done_at=None).order_by("due_at", "pk")
    if not user.is_manager:
        found = found.filter(Q(team=user.team) | Q(team=None))
    return found.select_related("lead__account", "touch__step", "touch__enrollment__track")


@badge("worklist")
def calls_due(user, at) -> int:
    return calls_for(user).filter(due_at__lte=at).count()


@panel("home", order=25)
def calls(request, user, at) -> Panel | None:
    """For marketers: whom to call now."""
    if not user.is_in(*MARKETERS):
        return None
    waiting = calls_for(user).filter(due_at__lte=at)
    total = waiting.count()
    return Panel("nurture/_calls.html", {"tasks": waiting[:SHOWN], "total": total}) if total else None


@panel("lead", order=30)
def track_of(request, lead, at) -> Panel | None:
    """Which track the lead is on and why, what comes next, and what happened to every touch."""
    enrollments = list(Enrollment.objects.filter(lead=lead).select_related("track"))
    if not enrollments:
        return None
    touches = Touch.objects.filter(lead=lead).select_related("step").order_by("-due_at", "-pk")[:30]
    return Panel("nurture/_touches.html", {"enrollments": enrollments, "touches": touches})
