"""The tasks of nurture: each calls one verb."""

from celery import shared_task
from django.utils import timezone

from nurture import awaiting, enrolling, leaving
from nurture.dispatch import deliver
from people import outbound
from people.delivery import keep_at_it
from people.post import Lines


@shared_task
def dispatch_touches():
    """Deliver whatever is due, unless outbound mail is held."""
    if outbound.beat():
        keep_at_it(Lines, lambda duty, lines: deliver(duty, lines, timezone.now()))


@shared_task
def enroll_waiting():
    """Find a track for everybody who waits for one."""
    enrolling.enroll_waiting(timezone.now())


@shared_task
def pass_branches():
    """Decide the branches whose wait is over, and bring forward what waited for an act that was done."""
    awaiting.bring_forward(timezone.now())
    awaiting.pass_branches(timezone.now())


@shared_task
def leave_tracks():
    """End the enrollments that have reached their goal or meet an exit."""
    leaving.leave(timezone.now())
