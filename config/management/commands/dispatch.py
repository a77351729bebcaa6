"""Does once, here and now, everything on the timetable; from cron it replaces workers, beat and broker."""

import importlib
import traceback

from django.core.management.base import BaseCommand, CommandError

from config.celery import QUEUES, app


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", required=True, help="Look once and end.")
        parser.add_argument("--queue", choices=QUEUES, help="Only what this queue's workers would do.")

    def handle(self, *, queue, **options):
        failed = [name for name, path in timetable(queue) if not self._run(name, path)]
        if failed:
            raise CommandError(f"Went wrong: {', '.join(failed)}")

    def _run(self, name, path) -> bool:
        """One task; the trouble of one doesn't keep the others from running."""
        try:
            task_of(path)()
        except Exception:  # each is on its own, as on a worker
            self.stderr.write(traceback.format_exc())
            return False
        self.stdout.write(f"{name}: done")
        return True


def timetable(queue: str | None) -> list[tuple[str, str]]:
    """What beat would start, in its order: (name, the task's path)."""
    return [
        (name, tick["task"])
        for name, tick in app.conf.beat_schedule.items()
        if queue in (None, tick["options"]["queue"])
    ]


def task_of(path: str):
    module, _dot, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)
