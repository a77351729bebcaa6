"""Who plays in the demo, and what the story remembers of them."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from leads import activities
from leads.models import Account, Grade
from people.models import User

WORDS = ("We lose line 2 every time the return runs hot.", "Please send a price for two KS-40.",
         "Is there a duty sheet for 85 degrees?", "We rebuild in week 7.")  # fmt: skip


@dataclass
class Cast:
    """Who plays, and what the story remembers of each lead: how warm they are, and their thread."""

    people: dict[str, User]
    chance: Random
    targets: list[Account]
    curtain: datetime
    warmth: dict[int, int] = field(default_factory=dict)
    threads: dict[int, int] = field(default_factory=dict)
    count: int = 0


def event(cast, lead, kind, at, about="", grade=Grade.LIKELY, **details) -> activities.Event:
    return activities.Event(
        identity_id=cast.threads[lead],
        kind=kind,
        at=at,
        dedupe_key=f"demo:{lead}:{kind}:{about}:{at:%Y%m%d%H}"[:120],
        about=about,
        grade=grade,
        asset_id=details.pop("asset", None),
        by_id=details.pop("by", None),
        details=details or None,
    )
