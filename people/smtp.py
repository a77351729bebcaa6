"""The conversation with a mail server, shared by touches and notices.

All that can fail harmlessly comes first: `approach` connects, greets and names both addresses. Only
`hand_in` sends the message, and it knows four ends: accepted, refused for now, refused, and in doubt,
when the line was cut after the message's last line and nobody can say whether the server has it.
"""

import contextlib
import enum
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass

from django.conf import settings

TROUBLE = (OSError, smtplib.SMTPException)
ADDRESS = re.compile(r"[!-~]+@[!-~]+")  # visible ASCII; angle brackets are refused below


class Outcome(enum.Enum):
    ACCEPTED = "accepted"
    FOR_NOW = "refused for now"
    REFUSED = "refused"
    IN_DOUBT = "in doubt"


@dataclass(frozen=True)
class Answer:
    """What the server said to one message."""

    outcome: Outcome
    words: str = ""
    no_such_mailbox: bool = False


class Unreachable(Exception):
    """The server can't be used at all just now; no message is to blame."""


class BadAddress(ValueError):
    """This can't be written into an envelope."""


def envelope_address(address: str) -> str:
    """The address as the envelope may carry it: ASCII, no blanks, no brackets."""
    local, _at, domain = address.strip().rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    whole = f"{local}@{domain}"
    if not ADDRESS.fullmatch(whole) or set(whole) & set('<>,;:\\"()[]') or len(whole) > 254:
        raise BadAddress(address)
    return whole


class Post:
    """One line to the mail server, opened when first needed and kept for many messages."""

    def __init__(self) -> None:
        self.line: smtplib.SMTP | None = None

    def __enter__(self) -> "Post":
        return self

    def __exit__(self, *_trouble) -> None:
        if self.line:
            with contextlib.suppress(*TROUBLE):
                self.line.docmd("QUIT")
        self._hang_up()

    def approach(self, sender: str, recipient: str) -> Answer | None:
        """Everything before the message itself; None when the server is ready for it."""
        fresh = self.line is None
        try:
            return self._name_both(sender, recipient)
        except TROUBLE as trouble:
            self._hang_up()
            if fresh:
                raise Unreachable(str(trouble)) from trouble
        return self.approach(sender, recipient)  # a line that stood idle was closed: once more on a new one

    def hand_in(self, message: bytes) -> Answer:
        """Send the message; what comes back settles it, and silence leaves it in doubt."""
        line = self._open_line()
        try:
            code, words = line.docmd("DATA")
        except TROUBLE as trouble:
            self._hang_up()
            return Answer(Outcome.FOR_NOW, f"The line was cut before the message: {trouble}")
        if code != 354:
            return self._refusal(code, words)
        try:
            assert line.sock is not None
            line.sock.sendall(_dotted(message))
            code, words = line.getreply()
        except TROUBLE as trouble:
            self._hang_up()
            return Answer(Outcome.IN_DOUBT, f"The line was cut after the message: {trouble}")
        return Answer(Outcome.ACCEPTED, _text(words)) if code == 250 else self._refusal(code, words)

    def step_back(self) -> None:
        """Take back an approach, so that another message can follow on this line."""
        try:
            if self.line:
                self.line.docmd("RSET")
        except TROUBLE:
            self._hang_up()

    def _name_both(self, sender: str, recipient: str) -> Answer | None:
        line = self._open_line()
        commands = [f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>"]
        if line.has_extn("pipelining"):
            line.send("\r\n".join(commands) + "\r\n")
            (code, words), (to_code, to_words) = line.getreply(), line.getreply()
        else:
            code, words = line.docmd(commands[0])
            to_code, to_words = line.docmd(commands[1]) if code == 250 else (code, words)
        if code != 250:
            self._hang_up()
            raise Unreachable(f"{code} {_text(words)}")
        if to_code not in (250, 251):
            return self._refusal(to_code, to_words, at_recipient=True)
        return None

    def _refusal(self, code: int, words: bytes, *, at_recipient: bool = False) -> Answer:
        if code == 421 or code < 0:
            self._hang_up()
        else:
            self.step_back()
        said = f"{code} {_text(words)}"
        if 500 <= code < 600:
            return Answer(Outcome.REFUSED, said, _no_such_mailbox(code, said, at_recipient))
        return Answer(Outcome.FOR_NOW, said)

    def _open_line(self) -> smtplib.SMTP:
        if self.line is None:
            self.line = _connect()
        return self.line

    def _hang_up(self) -> None:
        if self.line:
            self.line.close()
        self.line = None


class Nowhere(Post):
    """Accepts every message and sends none: for histories that never happened."""

    def approach(self, sender: str, recipient: str) -> Answer | None:
        return None

    def hand_in(self, message: bytes) -> Answer:
        return Answer(Outcome.ACCEPTED)


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
