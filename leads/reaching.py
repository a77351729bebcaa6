"""Fetching something from an address that somebody typed in, without becoming their way into this house.

The name is resolved once, every address it has must be one of the open internet, and the connection goes to
the address that was checked: a name that answers differently a moment later changes nothing. One deadline
holds for all of it, one bound for what comes, and a redirect is an answer like any other.
"""

import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, quote, urlsplit

from django.conf import settings

PATIENCE = 10.0  # seconds for everything
LARGEST = 1 << 20  # bytes of an answer, head and all
HEADER = re.compile(r"[A-Za-z0-9-]{1,60}").fullmatch
OURS = ("host", "connection", "content-length", "transfer-encoding", "user-agent", "accept")
PORTS = {"http": 80, "https": 443}
#: What only translates to another network: NAT64, 6to4 and Teredo carry an IPv4 address inside.
CARRIERS = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


class Unreachable(Exception):
    """Nothing can be had from there, and why."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


def fetch(address: str, headers: Mapping[str, str], *, patience: float = PATIENCE) -> Answer:
    """GET an address; Unreachable for everything that is no answer."""
    until = time.monotonic() + patience
    parts = checked(address)
    try:
        with _connected(parts, until) as line:
            line.sendall(_asked(parts, headers))
            return _read(line, until)
    except (OSError, HTTPException, ValueError) as trouble:
        raise Unreachable(_words(trouble)) from trouble


def checked(address: str) -> SplitResult:
    """An address in its parts; Unreachable where it is none of the web's."""
    try:
        parts = urlsplit(address)
        good = parts.scheme in PORTS and parts.hostname and not (parts.username or parts.password)
        parts.port  # noqa: B018 - it is read to be checked
    except ValueError:
        good = False
    if not good:
        raise Unreachable("no address of the web")
    return parts


def is_header(name: str) -> bool:
    """Can a header have this name, and is it not one that we write ourselves?"""
    return bool(HEADER(name)) and name.lower() not in OURS


def is_open(text: str) -> bool:
    """Is this an address of the open internet, whatever it is wrapped in?"""
    found = ip_address(text.partition("%")[0])
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            found = found.ipv4_mapped
        elif found.is_site_local or any(found in carrier for carrier in CARRIERS):
            return False
    return _is_global(found)


def _is_global(found: IPv4Address | IPv6Address) -> bool:
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _connected(parts: SplitResult, until: float) -> socket.socket:
    """A line to the first address that answers, of those that were checked together."""
    port = parts.port or PORTS[parts.scheme]
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    if not settings.LOOKUP_PRIVATE and not all(is_open(str(where[0])) for *_kind, where in found):
        raise Unreachable("its name leads into a private network")
    trouble: OSError = OSError("no address")
    for family, kind, protocol, _name, where in found:
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(_left(until))
            line.connect(where)
            return _sealed(line, parts, until)
        except OSError as failed:
            line.close()
            trouble = failed
    raise trouble


def _sealed(line: socket.socket, parts: SplitResult, until: float) -> socket.socket:
    if parts.scheme == "http":
        return line
    line.settimeout(_left(until))
    return ssl.create_default_context().wrap_socket(line, server_hostname=parts.hostname)


def _asked(parts: SplitResult, headers: Mapping[str, str]) -> bytes:
    """HTTP/1.0: the end of the line is the end of the answer."""
    place = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else ""
    host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    told = {"Host": host, "Accept": "application/json", "User-Agent": "Baton", "Connection": "close"}
    lines = [
        f"GET {place}{query} HTTP/1.0",
        *(f"{name}: {said}" for name, said in (told | dict(headers)).items()),
    ]
    if any("\r" in one or "\n" in one for one in lines):
        raise Unreachable("a header with a line break")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _read(line: socket.socket, until: float) -> Answer:
    heard = bytearray()
    while True:
        line.settimeout(_left(until))
        some = line.recv(65536)
        heard += some
        if len(heard) > LARGEST:
            raise Unreachable(f"an answer of more than {LARGEST >> 20} MB")
        if not some or _is_whole(heard):
            return _parsed(bytes(heard))


def _is_whole(heard: bytearray) -> bool:
    """Has all come that was announced, where it was?"""
    head, mark, body = heard.partition(b"\r\n\r\n")
    for one in head.lower().split(b"\r\n")[1:] if mark else ():
        name, _colon, said = one.partition(b":")
        if name == b"content-length" and said.strip().isdigit():
            return len(body) >= int(said)
    return False


class _Heard:
    """What came, as the standard library's reader of answers wants it."""

    def __init__(self, heard: bytes) -> None:
        self.heard = heard

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self.heard)


def _parsed(heard: bytes) -> Answer:
    answer = HTTPResponse(_Heard(heard))  # type: ignore[arg-type]
    answer.begin()
    return Answer(answer.status, answer.read())


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _words(trouble: Exception) -> str:
    if isinstance(trouble, TimeoutError):
        return "no answer in time"
    if isinstance(trouble, socket.gaierror):
        return "its name is not known"
    return f"{type(trouble).__name__}: {trouble}"
