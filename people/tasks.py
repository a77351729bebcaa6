"""The tasks of people: each calls one verb."""

from celery import shared_task
from django.utils import timezone

from people import outbound
from people.delivery import deliver, keep_at_it


@shared_task
def send_notices():
    """Send whatever our people have to be told by e-mail."""
    if outbound.beat():
        keep_at_it(lambda duty, line: deliver(duty, line, timezone.now()))
