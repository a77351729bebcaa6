"""The tasks of people: each calls one verb."""

from celery import shared_task
from django.utils import timezone

from people import outbound
from people.delivery import deliver, keep_at_it
from people.post import Post


@shared_task
def send_notices():
    """Send whatever our people have to be told by e-mail."""
    if outbound.beat():
        keep_at_it(Post, lambda duty, line: deliver(duty, line, timezone.now()))
