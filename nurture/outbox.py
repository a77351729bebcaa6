"""What would have gone out: the mails that the local sink keeps, newest first."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

LARGEST = 1_000_000  # bytes that are read of one mail


@dataclass(frozen=True)
class Kept:
    """One mail in the folder."""

    name: str
    mail: EmailMessage

    @property
    def at(self) -> datetime:
        """When it arrived: its name begins with that, in nanoseconds."""
        return datetime.fromtimestamp(int(self.name.split("-")[0]) / 1e9, tz=UTC)

    @property
    def to(self) -> str:
        return str(self.mail.get("Delivered-To") or self.mail.get("To", ""))

    @property
    def text(self) -> str:
        part = self.mail.get_body(preferencelist=("plain", "html"))
        return str(part.get_content()) if part else ""


def newest(folder: Path, *, before: str = "", size: int = 50) -> list[Kept]:
    """A page of kept mails; `before` is the name of the last one shown."""
    new = folder / "new"
    names = sorted((entry.name for entry in new.iterdir()), reverse=True) if new.is_dir() else []
    wanted = [name for name in names if not before or name < before][:size]
    return [one for name in wanted if (one := read(folder, name))]


def read(folder: Path, name: str) -> Kept | None:
    """One mail by its name; None where there is none of that name."""
    if "/" in name or not name.endswith(".eml") or not name.split("-")[0].isdecimal():
        return None
    path = folder / "new" / name
    if not path.is_file():
        return None
    with path.open("rb") as file:
        raw = file.read(LARGEST)
    return Kept(name, cast(EmailMessage, message_from_bytes(raw, policy=policy.default)))
