"""Notices by e-mail, under the discipline of touches: claim, approach, mark, hand in, settle.

One difference: our own people rather hear twice than never. A notice in doubt is sent again, at most
three times, under the same Message-ID, so that a mailbox can tell. An address outside never hears twice.
"""

import logging
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import psycopg
from django.conf import settings
from django.db import OperationalError, connection
from django.db.models import F, Q
from django.utils.translation import gettext as _

from people.duty import LEASE, ClockTimestamp, Duty, insist
from people.letters import letter
from people.models import Notice
from people.post import Lines, Post
from people.smtp import Answer, BadAddress, Outcome, Unreachable, envelope_address

log = logging.getLogger(__name__)
State = Notice.State
Way = TypeVar("Way", Post, Lines)
BATCH, MOST_ATTEMPTS = 20, 3
WORK = 45.0  # seconds after which a task ends and the next tick goes on
BACK_OFF = timedelta(minutes=1)

CLAIM = """
    UPDATE people_notice notice
    SET state = 'claimed', token = %(token)s, attempts = attempts + 1,
        lease_until = clock_timestamp() + %(lease)s
    FROM (
        SELECT id FROM people_notice
        WHERE ((state = 'due' AND due_at <= %(at)s)
               OR (state IN ('claimed', 'sending') AND lease_until < clock_timestamp()
                   AND attempts < %(most)s AND (state = 'claimed' OR user_id IS NOT NULL)))
        ORDER BY urgent DESC, due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) due
    WHERE notice.id = due.id
    RETURNING notice.id
"""


def send_notices(at: datetime, limit: int = BATCH, *, post: Post | None = None) -> int:
    """Send up to `limit` due notices, urgent ones first; returns how many were settled."""
    with Duty() as duty, post or Post() as line:
        return deliver(duty, line, at, limit)


def deliver(duty: Duty, line: Post, at: datetime, limit: int = BATCH) -> int:
    """The same for a process that is at work and keeps its line to the mail server."""
    _bury()
    claimed = _claim(duty.token, at, limit)
    notices = Notice.objects.filter(pk__in=claimed).select_related("user").order_by("-urgent", "due_at")
    for settled, notice in enumerate(notices):
        try:
            _send(notice, duty.token, line, at=at)
        except Unreachable as trouble:
            log.warning("the mail server can't be used just now: %s", trouble)
            _release(duty.token, str(trouble))
            return settled
    return len(claimed)


def keep_at_it(way: type[Way], look: Callable[[Duty, Way], int]) -> None:
    """Look again while there was something to do; when the database is away, the next tick looks."""
    until = time.monotonic() + WORK
    try:
        with Duty() as duty, way() as line:
            while look(duty, line) and time.monotonic() < until:
                pass
    except (OperationalError, psycopg.OperationalError) as trouble:
        log.warning("the database is away: %s", trouble)
        connection.close()


def _claim(token: uuid.UUID, at: datetime, limit: int) -> list[int]:
    params: dict[str, Any] = {"token": token, "lease": LEASE, "at": at, "most": MOST_ATTEMPTS, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, params)
        return [notice for (notice,) in cursor.fetchall()]


def _send(notice: Notice, token: uuid.UUID, line: Post, *, at: datetime) -> None:
    if problem := _problem(notice):
        _own(notice, token, state=State.FAILED, trouble=problem)
        return
    recipient = envelope_address(notice.address)
    refusal = line.approach(settings.DEFAULT_FROM_EMAIL, recipient)
    if refusal:
        _settle(notice, token, refusal, at=at)
    elif _own(notice, token, state=State.SENDING, lease_until=ClockTimestamp() + LEASE):
        answer = line.hand_in(_message(notice, recipient, at=at))
        insist(partial(_settle, notice, token, answer, at=at))
    else:
        line.step_back()


def _problem(notice: Notice) -> str:
    """Why this person can't be written to at all; empty when they can."""
    if notice.user and not notice.user.is_active:
        return _("They no longer work here")
    try:
        envelope_address(notice.address)
    except BadAddress as bad:
        return _("This is no address to write to: %(it)s") % {"it": bad}
    return ""


def _settle(notice: Notice, token: uuid.UUID, answer: Answer, *, at: datetime) -> None:
    """Accepted is sent, refused for good has failed; anything else is tried again, three times in all."""
    if answer.outcome == Outcome.ACCEPTED:
        _own(notice, token, state=State.SENT, sent_at=at, trouble="")
    elif answer.outcome == Outcome.REFUSED or notice.attempts >= MOST_ATTEMPTS or _in_doubt(notice, answer):
        _own(notice, token, state=State.FAILED, trouble=answer.words)
    else:
        wait = BACK_OFF * 3 ** (notice.attempts - 1)
        _own(notice, token, state=State.DUE, due_at=at + wait, trouble=answer.words)


def _in_doubt(notice: Notice, answer: Answer) -> bool:
    """It may have arrived; only our own people would rather have it twice."""
    return answer.outcome == Outcome.IN_DOUBT and notice.user is None


def _own(notice: Notice, token: uuid.UUID, **changes: object) -> bool:
    """Change a notice while it carries our token and our lease holds; says whether it did."""
    mine = Notice.objects.filter(pk=notice.pk, token=token, state__in=[State.CLAIMED, State.SENDING])
    if changes.get("state") == State.SENDING:
        mine = mine.filter(lease_until__gt=ClockTimestamp())
    return mine.update(**changes) == 1


def _release(token: uuid.UUID, trouble: str) -> None:
    """The server is away: what we claimed is due as before, and no attempt was spent."""
    mine = Notice.objects.filter(token=token, state=State.CLAIMED)
    mine.update(state=State.DUE, attempts=F("attempts") - 1, token=None, lease_until=None, trouble=trouble)


def _bury() -> None:
    """All attempts ended without a word: it has failed, and says so."""
    spent = Q(state__in=[State.CLAIMED, State.SENDING], attempts__gte=MOST_ATTEMPTS)
    outside = Q(state=State.SENDING, user=None)
    Notice.objects.filter(spent | outside, lease_until__lt=ClockTimestamp()).update(
        state=State.FAILED, trouble=_("The last attempt ended without a word")
    )


def _message(notice: Notice, recipient: str, *, at: datetime) -> bytes:
    there = f"{settings.SITE_URL}{notice.url}" if notice.url.startswith("/") else notice.url
    return letter(
        sender=settings.DEFAULT_FROM_EMAIL,
        recipient=recipient,
        subject=notice.subject,
        text="\n\n".join(part for part in (notice.body, there) if part) or notice.subject,
        message_id=notice.message_id,
        at=at,
        more={"Auto-Submitted": "auto-generated", "X-Priority": "1" if notice.urgent else "3"},
    )


def oldest_due(at: datetime) -> timedelta:
    """For how long the oldest due notice has been waiting."""
    waiting = Notice.objects.filter(state__in=[State.DUE, State.CLAIMED, State.SENDING], due_at__lte=at)
    oldest = waiting.order_by("due_at").values_list("due_at", flat=True).first()
    return at - oldest if oldest else timedelta()
