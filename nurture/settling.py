"""What the mail server said settles a touch; what dead processes left is settled by whoever finds it."""

import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import DatabaseError, OperationalError, transaction
from django.utils.translation import gettext_lazy

from leads.models import Channel, Kind, Suppression
from nurture.claiming import SENDING_TOO_LONG, SPENT, expired, take_back
from nurture.ending import Ending, finish, give_back, put_off
from nurture.models import Touch
from people.duty import gone, insist
from people.smtp import Answer, Outcome

State = Touch.State
MOST_REFUSALS = 8
BACK_OFF, LONGEST_BACK_OFF = timedelta(minutes=5), timedelta(hours=12)
DIED = gettext_lazy("The sender died while the mail was on its way")
POISON = gettext_lazy("Three attempts to prepare it ended without a word")

Answered = tuple[Ending, Answer]
Settled = TypeVar("Settled")


def settle(answered: Collection[Answered], token: uuid.UUID, *, at: datetime) -> None:
    """What was accepted is settled in one go, with the next touches; a refusal is a touch's own matter."""
    accepted = [touch for touch, answer in answered if answer.outcome == Outcome.ACCEPTED]
    each(accepted, lambda touches: sent(touches, token, at=at))
    away = [touch.id for touch, answer in answered if answer.outcome == Outcome.AWAY]
    each(away, lambda touches: give_back(touches, token))
    rest = [one for one in answered if one[1].outcome not in (Outcome.ACCEPTED, Outcome.AWAY)]
    for one in rest:
        each([one], lambda alone: _refused(*alone[0], token, at=at))


def each(many: Sequence[Settled], write: Callable[[Sequence[Settled]], object]) -> None:
    """Write all at once; when the database refuses one of them, each alone, so that it harms only itself.

    What is written here exists nowhere else, so this insists while the database is away.
    """
    if not many:
        return
    try:
        insist(lambda: write(many))
    except DatabaseError as trouble:
        if len(many) == 1 or isinstance(trouble, OperationalError):
            raise
        for one in many:
            each([one], write)


def sent(touches: Collection[Ending], token: uuid.UUID, *, at: datetime) -> None:
    """They went out: so say the rows, the leads' history and the next touches."""
    before = State.SENDING, State.IN_DOUBT
    finish([(touch, "") for touch in touches], token, State.SENT, at=at, before=before, told=Kind.SENT)


def _refused(touch: Ending, answer: Answer, token: uuid.UUID, *, at: datetime) -> None:
    ends: dict[Outcome, Callable[[], None]] = {
        Outcome.FOR_NOW: lambda: refused_for_now(touch, token, answer.words, at=at),
        Outcome.REFUSED: lambda: refused(touch, token, answer, at=at),
        Outcome.IN_DOUBT: lambda: in_doubt(touch, token, answer.words, at=at),
    }
    ends[answer.outcome]()


def refused_for_now(touch: Ending, token: uuid.UUID, words: str, *, at: datetime) -> None:
    """Not accepted, and it may work later: back to due, each time later, and not for ever."""
    if touch.attempts >= MOST_REFUSALS:
        return finish([(touch, words)], token, State.FAILED, at=at)
    wait = min(BACK_OFF * 3 ** (touch.attempts - 1), LONGEST_BACK_OFF)
    return put_off([(touch, at + wait, words, touch.attempts)], token)


@transaction.atomic
def refused(touch: Ending, token: uuid.UUID, answer: Answer, *, at: datetime) -> None:
    """Not accepted for good; an address that does not exist is not tried again by anybody."""
    if answer.no_such_mailbox:
        email = Touch.objects.values_list("lead__email", flat=True).get(pk=touch.id)
        Suppression.objects.bulk_create(
            [Suppression(channel=Channel.EMAIL, address=email, reason=answer.words[:120], at=at)],
            ignore_conflicts=True,
        )
    told = Kind.BOUNCED if answer.no_such_mailbox else None
    finish([(touch, answer.words)], token, State.FAILED, at=at, told=told)


def in_doubt(touch: Ending, token: uuid.UUID, words: str, *, at: datetime) -> None:
    """Nobody can say whether they have it: people see it, and the machine sends it no more."""
    finish([(touch, words)], token, State.IN_DOUBT, at=at)


def reap(at: datetime) -> int:
    """What dead processes left: on its way out is in doubt, three times their end is quarantined."""
    take_back()
    lost = _reap(SENDING_TOO_LONG, State.IN_DOUBT, DIED, at=at)
    return lost + _reap(SPENT, State.QUARANTINED, POISON, at=at)


def _reap(which: str, state: str, reason: object, *, at: datetime) -> int:
    left = expired(which)
    return sum(_bury(touches, token, state, str(reason), at=at) for token, touches in left.items())


@transaction.atomic
def _bury(touches: Sequence[Touch], token: uuid.UUID, state: str, reason: str, *, at: datetime) -> int:
    """A sender whose lock is held is slow, not dead: its touches are left alone."""
    if not gone({token}):
        return 0
    finish([(touch, reason) for touch in touches], token, state, at=at)
    return len(touches)
