"""Delivering what is due: claim, load, prepare, approach, mark, hand in, settle.

Nothing is sent before it is marked, and a marked touch is never sent again by a machine. At most
MAIL_GROUP mails of a process are marked and unsettled at a time: a killed process leaves no more in doubt.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.utils.translation import gettext as _

from nurture import channels, ending, merge
from nurture.claiming import Ready, cap_of, claim, mark
from nurture.due import Due, load
from nurture.leaving import leave_before_sending
from nurture.mailing import Mailing
from nurture.models import Touch
from nurture.models.track import ChannelName
from nurture.permission import objection
from nurture.settling import each, reap
from people.duty import LEASE, Duty, insist
from people.models import Company
from people.post import Lines
from people.smtp import Unreachable

log = logging.getLogger(__name__)
BATCH = 1_000
ALONE = 20  # of those that were tried before, in one look


def dispatch(at: datetime, limit: int = BATCH, *, lines: Lines | None = None, patience: float = 60) -> int:
    """Deliver up to `limit` due touches; returns how many were settled, one way or the other."""
    with Duty() as duty, lines or Lines() as line:
        return deliver(duty, line, at, limit, patience=patience)


def deliver(duty: Duty, lines: Lines, at: datetime, limit: int = BATCH, *, patience: float = 60) -> int:
    """The same for a process that is at work and keeps its lines to the mail server."""
    reap(at)
    leave_before_sending(at)
    return Round(duty, lines, at=at, until=time.monotonic() + patience).deliver(limit)


class Round:
    """One look at what is due, by one process."""

    def __init__(self, duty: Duty, lines: Lines, *, at: datetime, until: float):
        self.token, self.lines, self.at = duty.token, lines, at
        self.until = min(until, time.monotonic() + LEASE.total_seconds() / 2)
        self.company = Company.current()
        self.channels = channels.over(self.company)
        self.fields = merge.field_keys()
        self.down: set[str] = set()

    def deliver(self, limit: int) -> int:
        """A batch of fresh ones, a few that were tried before, and past a channel that is down."""
        settled = self._batch(limit, again=False)
        for _turn in range(ALONE):
            alone = self._batch(1, again=True)
            settled += alone
            if not alone:
                break
        return settled + (self._batch(limit, again=False) if self.down else 0)

    def _batch(self, limit: int, *, again: bool) -> int:
        usable = self.channels.keys() - self.down
        claimed = claim(self.token, self.at, limit=limit, again=again, channels=usable)
        for channel, touch_ids in claimed.items():
            self._deliver(load(touch_ids, self.token, channel, cap_of(channel), self.at), channel)
        left = [touch for touch_ids in claimed.values() for touch in touch_ids]
        unmade = ending.give_back(left, self.token, before=[Touch.State.CLAIMED]) if left else 0
        return len(left) - unmade

    def _deliver(self, due: Sequence[Due], channel: str) -> None:
        """What something speaks against already is looked at again under lock, and no server hears of it."""
        cap = cap_of(channel)
        doubtful = [one for one in due if objection(one.standing, at=self.at, cap=cap)]
        self._object([Ready(one, channels.Prepared(one.standing.address, "")) for one in doubtful])
        clear = [one for one in due if one not in set(doubtful)]
        try:
            if channel == ChannelName.EMAIL:
                Mailing(self.channels[channel], self.lines, self.token, at=self.at).deliver(
                    self._ready(clear)
                )
            else:
                self._lay(self._ready(clear), self.channels[channel])
        except Unreachable as trouble:
            log.warning("%s can't be used just now: %s", channel, trouble)
            self.down.add(channel)

    def _object(self, doubtful: list[Ready]) -> None:
        for group in _by(settings.MAIL_GROUP, doubtful):
            self._mark(group, lambda _still_clear: None)

    def _lay(self, ready: Iterable[Ready], channel: channels.Channel) -> None:
        """Touches that people make: ours end with the mark."""
        for group in _by(settings.MAIL_GROUP, ready):
            self._mark(group, lambda marked: channel.marked(marked, at=self.at))

    def _mark(self, group: list[Ready], write: Callable[[list[Ready]], object]) -> None:
        found = insist(lambda: mark(group, self.token, write, at=self.at))
        each(found.against, lambda against: ending.object_to(against, self.token, at=self.at))
        for one in found.held if len(group) > 1 else ():
            self._mark([one], write)

    def _ready(self, due: Iterable[Due]) -> Iterator[Ready]:
        """Make them ready one by one, while there is time; those that can't be are over."""
        for one in due:
            if time.monotonic() > self.until:
                return
            try:
                values = merge.values_of(one.lead, one.track.sender, self.company.name, self.fields)
                yield Ready(one, self.channels[one.channel].prepare(one, values, at=self.at))
                continue
            except merge.ContentError as trouble:
                reason = str(trouble)
            except Exception:  # any bug in it is this touch's trouble alone
                log.exception("touch %s can't be prepared", one.id)
                reason = _("It could not be prepared; the log has the reason.")
            each([(one, reason)], self._fail)

    def _fail(self, endings: Sequence[tuple[Due, str]]) -> None:
        ending.finish(endings, self.token, Touch.State.FAILED, at=self.at)


def _by(size: int, many: Iterable[Ready]) -> Iterator[list[Ready]]:
    rest = iter(many)
    while group := list(islice(rest, size)):
        yield group
