"""What somebody saw a lead do and writes down: replies, visits to a stand, whatever no machine recorded."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from leads import activities
from leads.activities import Event
from leads.models import Grade, Kind
from people.models import User

#: What can be written down by hand; calls have their own page, for they keep promises.
BY_HAND = (Kind.REPLY, Kind.REGISTERED, Kind.ATTENDED, Kind.CALL, Kind.OTHER)


@transaction.atomic
def note(
    lead_ids: Collection[int],
    kind: str,
    *,
    about: str,
    words: str,
    happened_at: datetime,
    by: User,
    at: datetime,
    key: str = "",
) -> int:
    """Each of these leads did this, and somebody knows it; told again with the same key, nothing is new."""
    key = key or uuid.uuid4().hex
    events = [
        Event(
            identity_id=thread,
            kind=kind,
            at=min(happened_at, at),
            dedupe_key=f"hand.{key}.{lead}",
            about=about,
            grade=Grade.HUMAN,
            details={"note": words} if words else None,
            by_id=by.pk,
        )
        for lead, thread in activities.identity_of(lead_ids).items()
    ]
    return activities.record(events, known_at=at)
