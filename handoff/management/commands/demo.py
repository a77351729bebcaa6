"""Builds a believable company with six months of history, by the real engine on another clock."""

import logging
import sys
import time
from datetime import timedelta
from random import Random

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from handoff.demo import ACCOUNTS, PASSWORD, making, people, story, twice
from people import doorbell
from people.models import Notice, User


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--leads", type=int, default=1500)
        parser.add_argument("--days", type=int, default=182)

    def handle(self, *, seed, leads, days, **options):
        if User.objects.exists():
            raise CommandError("Somebody works here already; the demo is for an empty installation.")
        logging.disable(logging.WARNING)
        began = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")  # a history that never happened can be made again
        with doorbell.silence():
            self.live(Random(seed), leads, days)  # noqa: S311  a story, no secret
        logging.disable(logging.NOTSET)
        self.stdout.write(f"The demo stands after {time.monotonic() - began:.0f} s. Sign in as one of")
        for person in ACCOUNTS:
            self.stdout.write(f"  {person.email:24} {person.role}")
        self.stdout.write(f"Everybody's password is {PASSWORD}")

    def live(self, chance: Random, leads: int, days: int) -> None:
        until = timezone.now().replace(second=0, microsecond=0)
        start = until - timedelta(days=days)
        with transaction.atomic():
            staff = people.hire(start)
            targets = people.name_targets(staff, chance, start)
            making.make(staff, start)
        cast = story.Cast(staff, chance, targets, until)
        for share in story.days(cast, start, until, leads):
            self.progress(f"Living through {days} days of {leads} leads: {share} %")
        self.progress("Scoring, and setting the last scene")
        story.leave_something(cast, until)
        twice.come(until)
        story.refresh(until)
        Notice.objects.filter(state="due", due_at__lt=until - timedelta(hours=1)).update(
            state="sent", sent_at=until
        )
        self.stdout.write("")

    def progress(self, words: str) -> None:
        """One line that changes on a terminal; every tenth change in a file."""
        if sys.stdout.isatty():
            self.stdout.write(f"\r{words:70}", ending="")
            self.stdout.flush()
        elif words.endswith("0 %") and words != getattr(self, "said", ""):
            self.stdout.write(words)
        self.said = words
