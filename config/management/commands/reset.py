"""Forgets this installation's data, after saying what that is and asking."""

import contextlib
import shutil
from pathlib import Path

from django.core.management.base import BaseCommand

from config import embedded, servers
from config.embedded import Trouble
from config.management.commands.up import alone

# Only what Baton makes, each by its name: a folder may hold more than is ours.
OURS = (
    "postgres", "valkey", "outbox", "media", "beat", "logs",
    "state.json", "demo.loaded", "demo.begun", "secret_key", "database_password", "broker_password",
)  # fmt: skip


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *, yes, **options):
        if not (embedded.HOME / "state.json").exists():
            self.stdout.write(f"There is nothing to forget: no Baton has run in {embedded.HOME}.")
            return
        with alone():
            doomed = what_is_ours()
            self.stdout.write("This deletes, for good:\n" + "".join(f"  {path}\n" for path in doomed))
            if not yes and not agreed():
                raise Trouble("Nothing was deleted.")
            for path in doomed:
                delete(path)
        self.stdout.write("Forgotten. `make up` begins anew.")


def what_is_ours() -> list[Path]:
    drafts = sorted(embedded.HOME.glob("postgres.making.*"))
    outside = servers.outside()
    named = [embedded.HOME / name for name in OURS] + drafts + [outside / "postgres"]
    return [path for path in named if path.exists()]


def agreed() -> bool:
    with contextlib.suppress(EOFError):
        return input("Type yes to go on: ").strip().lower() == "yes"
    return False


def delete(path: Path) -> None:
    """One of the named things, and never what a link points at."""
    if path.parent not in (embedded.HOME, servers.outside()) or path.is_symlink():
        raise Trouble(f"{path} is not Baton's own; nothing more is deleted.")
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
