"""The conversation with a mail server, shared by touches and notices.

All that can fail harmlessly comes first: connecting, greeting, naming both addresses, and being told that
the message may follow. Only then is the message sent, and that knows four ends: accepted, refused for now,
refused, and in doubt, when the line was cut after it and nobody can say whether the server has it.
"""

import contextlib
import enum
import re
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass, replace

from django.conf import settings

TROUBLE = (OSError, smtplib.SMTPException)
LONGEST_REPLY, FAREWELL = 2_048, 1.0  # bytes of a line; seconds
Reply = tuple[int, bytes]  # the code and the words behind it
ADDRESS = re.compile(r"[!-~]+@[!-~]+")  # visible ASCII; angle brackets are refused below


class Outcome(enum.Enum):
    ACCEPTED = "accepted"
    FOR_NOW = "refused for now"
    REFUSED = "refused"
    IN_DOUBT = "in doubt"
    AWAY = "away"  # the server can't be used just now; no message is to blame


@dataclass(frozen=True)
class Answer:
    """What the server said to one message."""

    outcome: Outcome
    words: str = ""
    no_such_mailbox: bool = False
    hangs_up: bool = False  # nothing more is said on this line


class Unreachable(Exception):
    """The server can't be used at all just now; no message is to blame."""


class BadAddress(ValueError):
    """This can't be written into an envelope."""


def patience() -> float:
    """Until when the server may take to answer, by the monotonic clock."""
    return time.monotonic() + (settings.EMAIL_TIMEOUT or 30)


def envelope_address(address: str) -> str:
    """The address as the envelope may carry it: ASCII, no blanks, no brackets."""
    local, _at, domain = address.strip().rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    whole = f"{local}@{domain}"
    if not ADDRESS.fullmatch(whole) or set(whole) & set('<>,;:\\"()[]') or len(whole) > 254:
        raise BadAddress(address)
    return whole


class Line:
    """One connection to the mail server, on which commands may be sent ahead of their answers.

    The envelope and the word DATA go out together where the server has PIPELINING (RFC 2920), so its
    answers to all three come in one journey; elsewhere one by one. Until the message's last line has been
    sent, hanging up takes everything back (RFC 5321, 4.1.1.10).
    """

    def __init__(self) -> None:
        try:
            self.smtp = _connect()
        except TROUBLE as trouble:
            raise Unreachable(str(trouble)) from trouble
        assert self.smtp.sock is not None
        self.sock, self.replies = self.smtp.sock, self.smtp.sock.makefile("rb")
        self.pipelining = self.smtp.has_extn("pipelining")
        self.used = self.soiled = False  # it carried something; the last envelope was refused
        self.unsaid: list[bytes] = []
        self.unsent = b""
        self.heard: list[Reply] = []
        self.expected = 0

    def name(self, sender: str, recipient: str) -> None:
        """Say from whom and to whom the next message is, without waiting for what the server says."""
        self.unsaid = [f"MAIL FROM:<{sender}>".encode(), f"RCPT TO:<{recipient}>".encode(), b"DATA"]
        if self.soiled:
            self.unsaid.insert(0, b"RSET")
        self.expected, self.heard = len(self.unsaid), []
        if self.pipelining:
            self._say(self.unsaid)
        elif self.unsent:
            self._send(b"")

    def ask_on(self) -> None:
        """Say what comes next where the server wants to answer each command before it hears another."""
        if not self.pipelining:
            self._say(self.unsaid[:1])

    def hear(self, until: float) -> bool:
        """Read one answer to the envelope; False when all have come."""
        if len(self.heard) < self.expected:
            self.heard.append(self._reply(until))
        return len(self.heard) < self.expected

    @property
    def greeted(self) -> bool:
        """The server took the sender, so it is the recipient that this line broke on."""
        sender = self.expected - 3
        return any(code == 250 for code, _words in self.heard[sender : sender + 1])

    def verdict(self) -> Answer | None:
        """What the server says to the envelope: None when the message may follow."""
        (code, words), (to_code, to_words), (data_code, data_words) = self.heard[-3:]
        invited = data_code == 354
        self.soiled = not invited
        if code != 250:
            raise Unreachable(f"{code} {_text(words)}")
        if to_code not in (250, 251):
            refusal = self._refusal(to_code, to_words, at_recipient=True)
            return replace(refusal, hangs_up=True) if invited else refusal
        return None if invited else self._refusal(data_code, data_words)

    def approach(self, sender: str, recipient: str) -> Answer | None:
        """All of it for one message, with the waiting."""
        self.name(sender, recipient)
        until, more = patience(), True
        while more:
            self.ask_on()
            more = self.hear(until)
        return self.verdict()

    def give(self, message: bytes, *, more: bool = False) -> None:
        """Send the message; when more follows at once, together with that."""
        self.used = True
        self.unsent = _dotted(message)
        if not (more and self.pipelining):
            self._send(b"")

    def answer(self, until: float) -> Answer:
        """What the server says to the message; silence leaves it in doubt."""
        try:
            if self.unsent:
                self._send(b"")
            code, words = self._reply(until)
        except TROUBLE as trouble:
            said = f"The line was cut after the message: {trouble}"
            return Answer(Outcome.IN_DOUBT, said, hangs_up=True)
        return Answer(Outcome.ACCEPTED, _text(words)) if code == 250 else self._refusal(code, words)

    def say_goodbye(self) -> None:
        self._send(b"QUIT\r\n")

    def quit(self) -> None:
        """Hear the server's farewell, and hang up."""
        with contextlib.suppress(*TROUBLE):
            self._reply(time.monotonic() + FAREWELL)
        self.hang_up()

    def hang_up(self) -> None:
        self.replies.close()
        self.smtp.close()

    def _say(self, commands: list[bytes]) -> None:
        self._send(b"".join(command + b"\r\n" for command in commands))
        self.unsaid = self.unsaid[len(commands) :]

    def _send(self, words: bytes) -> None:
        """Send this after what waits to be sent; whoever reads the answer hears of trouble."""
        words, self.unsent = self.unsent + words, b""
        with contextlib.suppress(*TROUBLE):
            self.sock.sendall(words)

    def _reply(self, until: float) -> Reply:
        """One answer of the server, of one line or more; OSError when it does not come by then."""
        self.sock.settimeout(max(until - time.monotonic(), 1.0))
        lines = []
        while line := self.replies.readline(LONGEST_REPLY):
            lines.append(line[4:].strip())
            if line[3:4] != b"-":
                if not line[:3].isdigit():
                    raise smtplib.SMTPServerDisconnected(f"This is no answer: {_text(line)}")
                return int(line[:3]), b"\n".join(lines)
        raise smtplib.SMTPServerDisconnected("The server hung up")

    def _refusal(self, code: int, words: bytes, *, at_recipient: bool = False) -> Answer:
        said = f"{code} {_text(words)}"
        if 500 <= code < 600:
            return Answer(Outcome.REFUSED, said, _no_such_mailbox(code, said, at_recipient))
        return Answer(Outcome.FOR_NOW, said, hangs_up=code == 421)


def _connect() -> smtplib.SMTP:
    secure = settings.EMAIL_USE_SSL
    kind = smtplib.SMTP_SSL if secure else smtplib.SMTP
    line = kind(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=settings.EMAIL_TIMEOUT or 30)
    assert line.sock is not None
    line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.ehlo_or_helo_if_needed()
    if settings.EMAIL_USE_TLS:
        line.starttls(context=ssl.create_default_context())
        line.ehlo()
    if settings.EMAIL_HOST_USER:
        line.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    return line


def _dotted(message: bytes) -> bytes:
    """A line that begins with a dot gets another, and a dot alone ends the message (RFC 5321, 4.5.2)."""
    body = message if message.endswith(b"\r\n") else message + b"\r\n"
    stuffed = body.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


def _no_such_mailbox(code: int, said: str, at_recipient: bool) -> bool:
    enhanced = re.match(r"\d{3} (5\.\d{1,3}\.\d{1,3})", said)
    if enhanced:
        return enhanced[1].startswith("5.1.")
    return at_recipient and code in (550, 551, 553)


def _text(words: bytes) -> str:
    return words.decode("utf-8", "replace").replace("\n", " ")[:200]
