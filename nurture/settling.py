"""How a touch ended, and what comes next: each end is one transaction.

Locks: the activity's first (identity, tally), then custody, enrollment, touch.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy

from leads import activities
from leads.models import Channel, Kind, Suppression
from nurture.claiming import SENDING_TOO_LONG, SPENT, Lost, expired, own, take_back
from nurture.enrolling import end
from nurture.models import Enrollment, Touch
from nurture.permission import Objection
from nurture.planning import plan_next, say_next
from people.duty import gone, insist
from people.smtp import Answer, Outcome

State = Touch.State
MOST_REFUSALS = 8
BACK_OFF, LONGEST_BACK_OFF = timedelta(minutes=5), timedelta(hours=12)
DIED = gettext_lazy("The sender died while the mail was on its way")
POISON = gettext_lazy("Three attempts to prepare it ended without a word")


def settle(touch: Touch, token: uuid.UUID, answer: Answer, *, at: datetime) -> None:
    """What the server said decides; the database may restart meanwhile, so this insists."""
    ends: dict[Outcome, Callable[[], None]] = {
        Outcome.ACCEPTED: lambda: sent(touch, token, at=at),
        Outcome.FOR_NOW: lambda: refused_for_now(touch, token, answer.words, at=at),
        Outcome.REFUSED: lambda: refused(touch, token, answer, at=at),
        Outcome.IN_DOUBT: lambda: in_doubt(touch, token, answer.words, at=at),
    }
    insist(ends[answer.outcome])


@transaction.atomic
def sent(touch: Touch, token: uuid.UUID, *, at: datetime) -> None:
    """It went out: so says the row, the lead's history and the next touch."""
    _record(touch, Kind.SENT, at=at)
    _lock(touch)
    own(touch, token, State.SENDING, State.IN_DOUBT, state=State.SENT, sent_at=at, reason="")
    plan_next([touch], at=at)


@transaction.atomic
def refused_for_now(touch: Touch, token: uuid.UUID, words: str, *, at: datetime) -> None:
    """Not accepted, and it may work later: back to due, each time later, and not for ever."""
    if touch.attempts >= MOST_REFUSALS:
        return give_up(touch, token, State.FAILED, words, at=at)
    wait = min(BACK_OFF * 3 ** (touch.attempts - 1), LONGEST_BACK_OFF)
    own(touch, token, State.CLAIMED, State.SENDING, state=State.DUE, due_at=at + wait, reason=words[:300])
    return say_next(touch.lead_id, touch.enrollment.track, touch.channel, at + wait, reason=words)


@transaction.atomic
def refused(touch: Touch, token: uuid.UUID, answer: Answer, *, at: datetime) -> None:
    """Not accepted for good; an address that does not exist is not tried again by anybody."""
    if answer.no_such_mailbox:
        _record(touch, Kind.BOUNCED, at=at)
        Suppression.objects.bulk_create(
            [Suppression(channel=Channel.EMAIL, address=touch.lead.email, reason=answer.words[:120], at=at)],
            ignore_conflicts=True,
        )
    give_up(touch, token, State.FAILED, answer.words, at=at)


def in_doubt(touch: Touch, token: uuid.UUID, words: str, *, at: datetime) -> None:
    """Nobody can say whether they have it: people see it, and the machine sends it no more."""
    give_up(touch, token, State.IN_DOUBT, words, at=at)


@transaction.atomic
def give_up(touch: Touch, token: uuid.UUID, state: str, reason: str, *, at: datetime) -> None:
    """This touch does not happen, or is beyond us; the track goes on."""
    _lock(touch)
    own(touch, token, State.CLAIMED, State.SENDING, state=state, reason=reason[:300])
    plan_next([touch], at=at)


@transaction.atomic
def object_to(touch: Touch, token: uuid.UUID, against: Objection, *, at: datetime) -> None:
    """Something spoke against it at the last moment: put it off, skip it, or end the enrollment."""
    if against.holds:
        return own(touch, token, State.CLAIMED, state=State.HELD, attempts=0, reason=against.reason)
    if against.until:
        changes = {"state": State.DUE, "due_at": against.until, "attempts": 0}
        own(touch, token, State.CLAIMED, reason=against.reason, **changes)
        track = touch.enrollment.track
        return say_next(touch.lead_id, track, touch.channel, against.until, reason=against.reason)
    if against.leaves:
        _lock(touch)
        own(touch, token, State.CLAIMED, state=State.SKIPPED, reason=against.reason)
        end(Enrollment.objects.live().filter(pk=touch.enrollment_id), against.reason, at=at)
        return None
    return give_up(touch, token, State.SKIPPED, against.reason, at=at)


def reap(at: datetime) -> int:
    """What dead processes left: on its way out is in doubt, three times their end is quarantined."""
    take_back()
    lost = [_reap(touch, State.IN_DOUBT, DIED, at=at) for touch in expired(SENDING_TOO_LONG)]
    poison = [_reap(touch, State.QUARANTINED, POISON, at=at) for touch in expired(SPENT)]
    return sum(lost + poison)


@transaction.atomic
def _reap(touch: Touch, state: str, reason: object, *, at: datetime) -> bool:
    """A sender whose lock is held is slow, not dead: its touch is left alone."""
    assert touch.token
    if not gone({touch.token}):
        return False
    try:
        give_up(touch, touch.token, state, str(reason), at=at)
    except Lost:
        return False
    return True


def _lock(touch: Touch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM leads_custody WHERE lead_id = %s FOR UPDATE", [touch.lead_id])
        cursor.execute(
            "SELECT FROM nurture_enrollment WHERE id = %s FOR NO KEY UPDATE", [touch.enrollment_id]
        )


def _record(touch: Touch, kind: Kind, *, at: datetime) -> None:
    event = activities.Event(
        identity_id=activities.identity_of([touch.lead_id])[touch.lead_id],
        kind=kind,
        at=at,
        dedupe_key=f"touch.{touch.public_id}.{kind}",
        about=touch.step.name,
        details={"touch": str(touch.public_id)},
    )
    activities.record([event], known_at=at)
