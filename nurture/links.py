"""Tokens in mails: which link of which touch somebody follows, and who unsubscribes.

A token is the touch's public id, the number of the link and a signature, so it can't be bent to another
place: the destination is stored on the touch, never in the address.
"""

import base64
import binascii
import hashlib
import hmac
import uuid
from functools import lru_cache

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare

FOLLOW, UNSUBSCRIBE, OPEN = "nurture.links.follow", "nurture.links.unsubscribe", "nurture.links.open"
SIGNATURE = 12  # bytes


class BadToken(ValueError):
    """Not a token that we made."""


def token(touch: uuid.UUID, *, salt: str, number: int = 0) -> str:
    """The part of an address that names a touch and one of its links."""
    body = touch.bytes + bytes([number])
    return base64.urlsafe_b64encode(body + _signature(body, salt)).rstrip(b"=").decode()


def read(text: str, *, salt: str) -> tuple[uuid.UUID, int]:
    """The touch and the number of its link; BadToken for anything that we did not sign."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadToken from error
    body, signature = raw[:17], raw[17:]
    if not constant_time_compare(signature, _signature(body, salt)) or len(body) != 17:
        raise BadToken
    return uuid.UUID(bytes=body[:16]), body[16]


def follow_address(touch: uuid.UUID, number: int) -> str:
    """Where a tracked link in a mail leads: to ourselves, and from there on."""
    return _address("follow", token(touch, salt=FOLLOW, number=number))


def unsubscribe_address(touch: uuid.UUID) -> str:
    return _address("unsubscribe", token(touch, salt=UNSUBSCRIBE))


def open_address(touch: uuid.UUID) -> str:
    """The picture of one dot that tells of an opening; it names the touch and nobody."""
    return _address("opened", token(touch, salt=OPEN))


def _signature(body: bytes, salt: str) -> bytes:
    return hmac.digest(_key(salt, settings.SECRET_KEY), body, "sha256")[:SIGNATURE]


@lru_cache(maxsize=16)
def _key(salt: str, secret: str) -> bytes:
    """The key that `salted_hmac` of Django derives, derived once."""
    return hashlib.sha256(salt.encode() + secret.encode()).digest()


def _address(view: str, words: str) -> str:
    before, after = _around(view)
    return f"{settings.SITE_URL}{before}{words}{after}"


@lru_cache(maxsize=16)
def _around(view: str) -> tuple[str, str]:
    """What stands before and after the token in the addresses of a view."""
    seat = "0" * 40
    before, _seat, after = reverse(view, args=[seat]).partition(seat)
    return before, after
