"""A batch of mails on its way over several lines: a group is marked at a time, and settled at a time.

While the server thinks about one message of a line, the next is made ready and named, so a message costs one
journey. No group holds two touches of one lead: the second sees that the first counts for the cap.
"""

import uuid
from collections import deque
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from nurture.channels import Channel
from nurture.claiming import Marking, Ready, mark
from nurture.due import Due
from nurture.ending import object_to
from nurture.permission import Objection
from nurture.settling import each, settle
from people.duty import insist
from people.post import Answers, Lines
from people.smtp import Answer, Outcome, Unreachable


class Mailing:
    """One batch of one process."""

    def __init__(self, channel: Channel, lines: Lines, token: uuid.UUID, *, at: datetime):
        self.channel, self.lines, self.token, self.at = channel, lines, token, at
        self.again: deque[Ready] = deque()  # a second touch of a lead that is in the group already
        self.held: list[Ready] = []
        self.named: list[Ready] = []  # offered on a line each, not yet invited
        self.answered: list[tuple[Due, Answer]] = []
        self.against: list[tuple[Due, Objection]] = []
        self.away: Unreachable | None = None

    def deliver(self, ready: Iterator[Ready]) -> None:
        """Send them all; Unreachable as soon as the server is away, and the rest is as it was."""
        self._send(ready)
        held, self.held = self.held, []
        for one in held:
            self._send(iter([one]))

    def _send(self, ready: Iterator[Ready]) -> None:
        group = self._next(ready)
        self._name(group)
        while group and not self.away:
            group = self._post(group, ready)
        if self.away:
            self.lines.withdraw([one.prepared.content for one in self.named])
            raise self.away

    def _next(self, ready: Iterator[Ready]) -> list[Ready]:
        """The next group, each of another lead."""
        group: dict[int, Ready] = {}
        again, self.again = self.again, deque()
        while len(group) < settings.MAIL_GROUP:
            one = again.popleft() if again else next(ready, None)
            if one is None:
                break
            if one.due.lead_id in group:
                self.again.append(one)
            else:
                group[one.due.lead_id] = one
        self.again.extend(again)
        return list(group.values())

    def _name(self, group: list[Ready]) -> None:
        """Offer the first of a group, one on each line."""
        self.named = []
        if not group:
            return
        depth = max(settings.MAIL_GROUP // settings.MAIL_LINES, 1)
        try:
            room = self.lines.room(-(-len(group) // depth))
        except Unreachable as trouble:
            self.away = trouble
            return
        self.named = group[:room]
        self.lines.offer([one.prepared.content for one in self.named])

    def _post(self, group: list[Ready], ready: Iterator[Ready]) -> list[Ready]:
        """Mark a group, hand it in and settle it; returns the next group, named by then."""
        refused = self._heard(self.lines.invited())
        first, rest = self._mark([one for one in group if one not in refused])
        following: list[Ready] | None = None
        while following is None:
            self.lines.give([one.prepared.content for one in first], more=bool(rest))
            if rest:
                self._name(rest)
            else:
                following = self._next(ready)
                self._name(following)
            self._settled(first)
            if following is None:
                first, rest = self._go_on(rest)
        self._settle()
        return following

    def _mark(self, candidates: list[Ready]) -> tuple[list[Ready], list[Ready]]:
        """Those that may be handed in at once, and those that follow them on the same lines."""
        write = self.channel.marked
        found = Marking([], [], [])
        if candidates:
            found = insist(
                lambda: mark(candidates, self.token, lambda marked: write(marked, at=self.at), at=self.at)
            )
        self.against.extend(found.against)
        if len(candidates) > 1:
            self.held.extend(found.held)
        first = [one for one in self.named if one in found.marked]
        self.lines.withdraw([one.prepared.content for one in self.named if one not in found.marked])
        return first, [one for one in found.marked if one not in first]

    def _go_on(self, rest: list[Ready]) -> tuple[list[Ready], list[Ready]]:
        """The next of a group that is marked, and those after them; none when the server is away."""
        named, refused = self.named, self._heard(self.lines.invited())
        rest = [one for one in rest if one not in named]
        if self.away:
            unsent = Answer(Outcome.AWAY, str(self.away))
            self.answered.extend((one.due, unsent) for one in rest)
            rest = []
        return [one for one in named if one not in refused], rest

    def _heard(self, answers: Answers) -> list[Ready]:
        """Note who of those that were named was refused."""
        refused = [one for one in self.named if one.prepared.content in answers]
        for one in refused:
            answer = answers[one.prepared.content]
            self.answered.append((one.due, answer))
            if answer.outcome == Outcome.AWAY:
                self.away = Unreachable(answer.words)
        return refused

    def _settled(self, given: list[Ready]) -> None:
        answers = self.lines.answers()
        self.answered.extend((one.due, answers[one.prepared.content]) for one in given)

    def _settle(self) -> None:
        answered, self.answered = self.answered, []
        settle(answered, self.token, at=self.at)
        against, self.against = self.against, []
        each(against, lambda some: object_to(some, self.token, at=self.at))
