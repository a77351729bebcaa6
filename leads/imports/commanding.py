"""Importing from the command line: the same steps as in the browser, here and now, without a worker."""

import uuid
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from leads.imports import kinds, mapping, reading, running
from leads.models import Import

SHOWN = 20


def add_arguments(parser) -> None:
    """What both commands take."""
    parser.add_argument("file", type=Path, help="a CSV file; its encoding and delimiter are recognised")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=TARGET",
        help="what a column fills, such as origin=source",
    )
    parser.add_argument(
        "--dates", choices=["dmy", "mdy"], default="", help="how dates with slashes are written"
    )
    parser.add_argument("--history", action="store_true", help="what it tells was known when it happened")
    parser.add_argument("--dry-run", action="store_true", help="try it out, then roll all of it back")


def import_file(what: str, options: dict[str, Any], rules: dict[str, str], out) -> Import:
    """Read, map, run and tell; trouble that concerns the whole file ends the command with its reason."""
    path: Path = options["file"]
    try:
        with path.open("rb") as file:
            batch = running.begin(what, path.name, file, at=timezone.now())
    except OSError as trouble:
        raise CommandError(f"{path} cannot be read: {trouble.strerror}.") from None
    except reading.Unreadable as trouble:
        raise CommandError(f"{path.name}: {trouble}") from None
    batch.mapping |= _chosen(options["map"], batch)
    batch.rules |= rules | {"history": options["history"], "slashes": options["dates"]}
    batch.rules["wish"] = "check" if options["dry_run"] else "run"
    batch.state, batch.token = Import.State.RUNNING, uuid.uuid4()
    batch.lease_until = timezone.now() + running.LEASE
    batch.save()
    running.perform(batch, timezone.now())
    batch.refresh_from_db()
    report(batch, out)
    return batch


def _chosen(pairs: list[str], batch: Import) -> dict[str, str]:
    targets = mapping.labels(kinds.of(batch.what))
    chosen = {}
    for pair in pairs:
        column, _equals, target = pair.partition("=")
        if column not in batch.columns:
            raise CommandError(f"There is no column “{column}”; there are: {', '.join(batch.columns)}.")
        if target and target not in targets:
            raise CommandError(f"There is no target “{target}”; there are: {', '.join(targets)}.")
        chosen[column] = target
    return chosen


def report(batch: Import, out) -> None:
    """What became of the rows, as the page shows it."""
    if batch.state == Import.State.FAILED:
        raise CommandError(f"Nothing was imported. {batch.trouble}")
    counts = batch.counts
    out.write(
        f"{batch.name}: {counts['rows']:,} rows; {counts['created']:,} created, "
        f"{counts['updated']:,} updated, {counts['unchanged']:,} unchanged, {counts['rejected']:,} rejected."
    )
    for source, number in sorted(counts["sources"].items(), key=lambda pair: -pair[1]):
        out.write(f"  {source or '(no source)'}: {number:,}")
    for row in batch.rejected.all()[:SHOWN]:
        out.write(f"  row {row.number}, column “{row.column}”: {row.problem}")
    if batch.state == Import.State.CHECKED:
        out.write("Nothing was imported: this was a trial.")
    elif not counts["created"] and not counts["updated"]:
        out.write("Nothing has changed.")
