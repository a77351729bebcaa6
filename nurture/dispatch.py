"""Delivering what is due: claim, prepare, approach, mark, hand in, settle.

Nothing is sent before it is marked, at most one touch of a process is marked and unsettled at a time, and
a marked touch is never sent again by a machine: so a killed process leaves one touch in doubt at most.
"""

import logging
import time
from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from nurture import channels, merge
from nurture.claiming import Lost, claim, mark, release
from nurture.leaving import leave_before_sending
from nurture.models import Part, Touch
from nurture.settling import give_up, object_to, reap, settle
from people.duty import Duty, insist
from people.models import Company
from people.smtp import Post, Unreachable

log = logging.getLogger(__name__)
BATCH = 100
RELATED = ("lead__account", "enrollment__track__calendar", "enrollment__track__sender__team", "step")


def dispatch(at: datetime, limit: int = BATCH, *, post: Post | None = None, patience: float = 60) -> int:
    """Deliver up to `limit` due touches; returns how many were settled, one way or the other."""
    with Duty() as duty, post or Post() as line:
        return deliver(duty, line, at, limit, patience=patience)


def deliver(duty: Duty, line: Post, at: datetime, limit: int = BATCH, *, patience: float = 60) -> int:
    """The same for a process that is at work and keeps its line to the mail server."""
    reap(at)
    leave_before_sending(at)
    return Round(duty, line, at=at, until=time.monotonic() + patience).deliver(limit)


class Round:
    """One look at what is due, by one process with one line to the mail server."""

    def __init__(self, duty: Duty, line: Post, *, at: datetime, until: float):
        self.token, self.at, self.until = duty.token, at, until
        self.company = Company.current()
        self.channels = channels.over(line, self.company)
        self.fields = merge.field_keys()
        self.down: set[str] = set()
        self.lost = False  # one claim, and so perhaps all: look again instead of trying each

    def deliver(self, limit: int) -> int:
        """A batch of fresh ones, one that was tried before, and past a channel that is down."""
        settled = self._batch(limit, again=False) + self._batch(1, again=True)
        return settled + (self._batch(limit, again=False) if self.down else 0)

    def _batch(self, limit: int, *, again: bool) -> int:
        usable = self.channels.keys() - self.down
        claimed = claim(self.token, self.at, limit=limit, again=again, channels=usable)
        left = set(claimed)
        for touch in self._load(claimed):
            if self.lost or time.monotonic() > self.until:
                break
            if touch.channel not in self.down and self._one(touch):
                left.discard(touch.pk)
        release(left, self.token)
        return len(claimed) - len(left)

    def _load(self, touch_ids: list[int]) -> Iterable[Touch]:
        touches = Touch.objects.filter(pk__in=touch_ids).select_related(*RELATED)
        return touches.prefetch_related("step__parts__variants").order_by("due_at", "pk")

    def _one(self, touch: Touch) -> bool:
        """Deliver one touch; False when its channel turned out to be down."""
        channel = self.channels[touch.channel]
        try:
            prepared = self._prepare(touch, channel)
            if prepared:
                self._send(touch, channel, prepared)
        except Unreachable as trouble:
            log.warning("%s can't be used just now: %s", touch.channel, trouble)
            self.down.add(touch.channel)
            return False
        except Lost:
            channel.step_back()
            self.lost = True
            log.info("touch %s is no longer ours", touch.pk)
        return True

    def _prepare(self, touch: Touch, channel: channels.Channel) -> channels.Prepared | None:
        """Make it ready outside any transaction; whatever goes wrong is the content's fault, once."""
        try:
            track = touch.enrollment.track
            values = merge.values_of(touch.lead, track.sender, self.company.name, self.fields)
            return channel.prepare(touch, _part(touch), values, at=self.at)
        except merge.ContentError as trouble:
            reason = str(trouble)
        except Exception:  # any bug in it is this touch's trouble alone
            log.exception("touch %s can't be prepared", touch.pk)
            reason = _("It could not be prepared; the log has the reason.")
        insist(lambda: give_up(touch, self.token, Touch.State.FAILED, reason, at=self.at))
        return None

    def _send(self, touch: Touch, channel: channels.Channel, prepared: channels.Prepared) -> None:
        refusal = channel.approach(prepared)
        if refusal:
            return settle(touch, self.token, refusal, at=self.at)
        against = mark(
            touch,
            self.token,
            lambda: channel.marked(touch, prepared, at=self.at),
            address=prepared.address,
            at=self.at,
        )
        if against:
            channel.step_back()
            return insist(lambda: object_to(touch, self.token, against, at=self.at))
        answer = channel.hand_in(prepared)
        return settle(touch, self.token, answer, at=self.at) if answer else None


def _part(touch: Touch) -> Part:
    return next(part for part in touch.step.parts.all() if part.number == touch.part)
