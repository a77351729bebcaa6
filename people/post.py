"""Mail on its way: one message at a time over one line, or many side by side over several."""

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings

from people.smtp import TROUBLE, Answer, Line, Outcome, Unreachable, patience


class Post:
    """One line to the mail server, opened when first needed and kept for many messages."""

    def __init__(self) -> None:
        self.line: Line | None = None

    def __enter__(self) -> "Post":
        return self

    def __exit__(self, *_trouble) -> None:
        if self.line:
            self.line.say_goodbye()
            self.line.quit()
        self.line = None

    def approach(self, sender: str, recipient: str) -> Answer | None:
        """Everything before the message itself; None when the server is ready for it."""
        self.line = self.line or Line()
        stood_idle = self.line.used
        try:
            refusal = self.line.approach(sender, recipient)
        except TROUBLE as trouble:
            self.step_back()
            if not stood_idle:
                raise Unreachable(str(trouble)) from trouble
            return self.approach(sender, recipient)  # the server had closed it: once more on a new one
        except Unreachable:
            self.step_back()
            raise
        if refusal and refusal.hangs_up:
            self.step_back()
        return refusal

    def hand_in(self, message: bytes) -> Answer:
        """Send the message; what comes back settles it, and silence leaves it in doubt."""
        assert self.line
        self.line.give(message)
        answer = self.line.answer(patience())
        if answer.hangs_up:
            self.step_back()
        return answer

    def step_back(self) -> None:
        """Take back an approach: only hanging up does, since the server waits for the message by then."""
        if self.line:
            self.line.hang_up()
        self.line = None


@dataclass(frozen=True, eq=False, slots=True)
class Parcel:
    """A message with its envelope; two are never the same."""

    sender: str
    recipient: str
    message: bytes


Answers = dict[Parcel, Answer]


class Lines:
    """Several lines to the mail server, used in step: each carries one message, and one is named ahead.

    `offer` names recipients, `invited` says who was refused, `give` hands in, `answers` reads what became of
    it. The next may be offered before the answers to the ones before have been read. No call raises once
    a line is open: a line that breaks is an answer, and another is opened when it is next needed.
    """

    def __init__(self) -> None:
        self.most = settings.MAIL_LINES
        self.open: list[Line] = []
        self.offered: dict[Parcel, Line] = {}
        self.given: dict[Parcel, Line] = {}

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_trouble: object) -> None:
        for line in self.open:
            line.say_goodbye()
        for line in self.open:
            line.quit()
        self.open.clear()

    def room(self, wanted: int) -> int:
        """How many messages can go side by side; lines are opened for that. Unreachable when none can."""
        missing = min(wanted, self.most) - len(self.open)
        if missing > 0:
            self._open(missing)
        return min(wanted, len(self.open))

    def _open(self, missing: int) -> None:
        """Several at once, since each greeting takes journeys; fewer where the server wants no more of us."""
        with ThreadPoolExecutor(missing) as pool:
            opening = [pool.submit(Line) for _ in range(missing)]
        for one in opening:
            trouble = one.exception()
            if trouble is None:
                self.open.append(one.result())
            elif not isinstance(trouble, Unreachable):
                raise trouble
        if not self.open:
            raise Unreachable(str(opening[0].exception()))

    def offer(self, parcels: Iterable[Parcel]) -> None:
        """Name a recipient on each line that has none yet, without waiting."""
        taken = set(self.offered.values())
        free = [line for line in self.open if line not in taken]
        for parcel, line in zip(parcels, free, strict=False):
            line.name(parcel.sender, parcel.recipient)
            self.offered[parcel] = line

    def invited(self) -> Answers:
        """Who of those that were offered was refused; the messages of the others may follow."""
        broken = self._listen()
        refused: Answers = {}
        for parcel, line in list(self.offered.items()):
            answer = self._again(parcel, line) if parcel in broken else self._verdict(parcel, line)
            if answer:
                refused[parcel] = answer
                self.offered.pop(parcel)
        return refused

    def withdraw(self, parcels: Collection[Parcel]) -> None:
        """Take back offers: the server waits for the message by now, so only hanging up does."""
        for parcel in parcels:
            if line := self.offered.pop(parcel, None):
                self._drop(line)

    def give(self, parcels: Sequence[Parcel], *, more: bool = False) -> None:
        """Hand these in; each was invited. With more to offer at once, they travel with that."""
        for parcel in parcels:
            line = self.given[parcel] = self.offered.pop(parcel)
            line.give(parcel.message, more=more)

    def answers(self) -> Answers:
        """What became of all that was given; all lines share one wait."""
        until, found = patience(), {}
        for parcel, line in self.given.items():
            found[parcel] = line.answer(until)
            if found[parcel].hangs_up:
                self._drop(line)
        self.given.clear()
        return found

    def _listen(self) -> set[Parcel]:
        """Hear every answer to what was offered, line by line in step; returns where a line broke."""
        until = patience()
        waiting = {parcel: line for parcel, line in self.offered.items() if line in self.open}
        broken = self.offered.keys() - waiting.keys()
        while waiting:
            for line in waiting.values():
                line.ask_on()
            for parcel, line in list(waiting.items()):
                try:
                    if not line.hear(until):
                        del waiting[parcel]
                except TROUBLE:
                    broken.add(parcel)
                    del waiting[parcel]
        return broken

    def _verdict(self, parcel: Parcel, line: Line) -> Answer | None:
        try:
            answer = line.verdict()
        except Unreachable as trouble:
            answer = Answer(Outcome.AWAY, str(trouble), hangs_up=True)
        if answer and answer.hangs_up:
            self._drop(line)
        return answer

    def _again(self, parcel: Parcel, broken: Line) -> Answer | None:
        """The line broke before the message: once more on a new one, and then the recipient is to blame."""
        self._drop(broken)
        line = None
        try:
            line = Line()
            answer = line.approach(parcel.sender, parcel.recipient)
        except (*TROUBLE, Unreachable) as trouble:
            blamed = line is not None and line.greeted and not isinstance(trouble, Unreachable)
            if line:
                line.hang_up()
            return Answer(Outcome.FOR_NOW if blamed else Outcome.AWAY, f"The line was cut: {trouble}")
        self.open.append(line)
        self.offered[parcel] = line
        if answer and answer.hangs_up:
            self._drop(line)
        return answer

    def _drop(self, line: Line) -> None:
        line.hang_up()
        if line in self.open:
            self.open.remove(line)


class Nowhere(Lines):
    """Accepts every message and sends none: for histories that never happened."""

    def room(self, wanted: int) -> int:
        return wanted

    def offer(self, parcels: Iterable[Parcel]) -> None:
        pass

    def invited(self) -> Answers:
        return {}

    def give(self, parcels: Sequence[Parcel], *, more: bool = False) -> None:
        self.taken = parcels

    def answers(self) -> Answers:
        return dict.fromkeys(self.taken, Answer(Outcome.ACCEPTED))

    def withdraw(self, parcels: Collection[Parcel]) -> None:
        pass
