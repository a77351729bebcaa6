"""The rows that a run leaves out, kept apart from it; and which leads it has named before."""

import json
import tempfile
from itertools import islice

from leads.models import Import, RejectedRow


class Rejects:
    """The rejected rows of a run, out of memory and out of the transaction until they are wanted."""

    def __init__(self) -> None:
        self.file, self.count, self.rows = tempfile.TemporaryFile("w+"), 0, 0  # noqa: SIM115

    def add(self, number: int, cells: list[str], problems: list[tuple[str, str]]) -> None:
        self.rows += 1
        for column, problem in problems:
            self.count += 1
            self.file.write(json.dumps([number, cells, column[:200], problem[:300]]) + "\n")

    def store(self, batch: Import) -> None:
        """Put them in the place of those of the last run."""
        batch.rejected.all().delete()
        self.file.seek(0)
        for lines in iter(lambda: list(islice(self.file, 1000)), []):
            RejectedRow.objects.bulk_create(
                RejectedRow(batch=batch, number=number, cells=storable(cells), column=column, problem=problem)
                for number, cells, column, problem in map(json.loads, lines)
            )


def storable(cells: list[str]) -> list[str]:
    return [cell.replace("\x00", "\ufffd")[:2000] for cell in cells]


class Seen:
    """Which leads a file has named so far, a bit for each."""

    def __init__(self) -> None:
        self.bits = bytearray()

    def before(self, lead: int) -> bool:
        """Was this lead named before? From now on it was."""
        place, bit = lead >> 3, 1 << (lead & 7)
        if place >= len(self.bits):
            self.bits.extend(bytes(place + 1 - len(self.bits)))
        was = bool(self.bits[place] & bit)
        self.bits[place] |= bit
        return was
