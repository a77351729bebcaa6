"""Messages as bytes, built by hand because there are many: header values can't bend them.

Every line ends with CRLF and is seven bits wide, whatever anybody is called.
"""

import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
LONGEST_NAME, LONGEST_SUBJECT, LONGEST_LINE = 120, 255, 998


@lru_cache(maxsize=1_000)
def address(name: str, at: str) -> str:
    """A person as a From or To header writes them."""
    return formataddr((_one_line(name)[:LONGEST_NAME], at), "utf-8")


def letter(
    *,
    sender: str,
    recipient: str,
    subject: str,
    text: str,
    html: str = "",
    message_id: str,
    at: datetime,
    more: Mapping[str, str] | None = None,
) -> bytes:
    """One message: a text, with an HTML half beside it when there is one."""
    heads = {
        "From": sender,
        "To": recipient,
        "Subject": _encoded(_one_line(subject)[:LONGEST_SUBJECT], "Subject"),
        "Date": _dated(at),
        "Message-ID": message_id,
        "MIME-Version": "1.0",
        **{name: _one_line(value) for name, value in (more or {}).items()},
    }
    if not html:
        return _head(heads) + _part("plain", text)
    return _halves(heads, _part("plain", text), _part("html", html))


def _halves(heads: Mapping[str, str], *parts: bytes) -> bytes:
    """The same words in several ways; a mail program shows the last that it understands."""
    boundary = f"=_{heads['Message-ID'].strip('<>').replace('@', '.')}"
    cut = f"--{boundary}\r\n".encode()
    kind = {"Content-Type": f'multipart/alternative; boundary="{boundary}"'}
    body = b"".join(cut + part for part in parts)
    return _head({**heads, **kind}) + b"\r\n" + body + f"--{boundary}--\r\n".encode()


def _head(heads: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in heads.items()).encode("ascii")


def _part(kind: str, text: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    plain = _is_plain(lines)
    body = lines if plain else binascii.b2a_qp(lines, istext=True)
    encoding = "7bit" if plain else "quoted-printable"
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body.replace(b"\n", b"\r\n") + b"\r\n"


def _is_plain(lines: bytes) -> bool:
    """May it travel as it is? Seven bits, no NUL, no line over the 998 of RFC 5322, 2.1.1."""
    return lines.isascii() and b"\0" not in lines and max(map(len, lines.split(b"\n"))) <= LONGEST_LINE


@lru_cache(maxsize=1_000)
def _encoded(value: str, name: str) -> str:
    """As it is when it is short and plain, else in encoded words that mail programs read."""
    if value.isascii() and len(value) < 70 and "=?" not in value:
        return value
    return Header(value, "utf-8", header_name=name).encode(linesep="\r\n")


@lru_cache(maxsize=16)
def _dated(at: datetime) -> str:
    return format_datetime(at)


def _one_line(value: str) -> str:
    plain = CONTROL.sub(" ", value).encode("utf-8", "replace").decode()
    return " ".join(plain.split())
