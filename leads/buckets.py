"""How much one sender may send: a token for each sending, taken in Postgres, so that all web processes agree.

A bucket holds so many tokens and fills up again in an hour. Whoever sends is only kept as a keyed hash.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from leads.addresses import company_domain
from leads.models import Bucket

SALT = "leads.buckets"
KINDS = ("place", "address", "domain")
REFILL = timedelta(hours=1)

#: In the order of their keys, or two senders could wait in a circle. Only buckets with a token left answer.
TAKE = """
    INSERT INTO leads_bucket AS bucket (key, tokens, at)
    SELECT key, holds - 1, %(at)s FROM unnest(%(keys)s::text[], %(holds)s::float[]) AS sent (key, holds)
    ORDER BY key
    ON CONFLICT (key) DO UPDATE
    SET tokens = LEAST(EXCLUDED.tokens, bucket.tokens - 1 + (EXCLUDED.tokens + 1) * %(refill)s
                       * GREATEST(extract(epoch FROM EXCLUDED.at - bucket.at), 0)),
        at = GREATEST(bucket.at, EXCLUDED.at)
    WHERE bucket.tokens + (EXCLUDED.tokens + 1) * %(refill)s
          * GREATEST(extract(epoch FROM EXCLUDED.at - bucket.at), 0) >= 1
    RETURNING key
"""


def fingerprint(kind: str, value: str) -> str:
    """What stands for an address of ours or of a network, and says nothing without our key."""
    return salted_hmac(SALT, f"{kind}:{value}", algorithm="sha256").hexdigest()[:32]


def place(address: str) -> str:
    """The hash of where something came from: an IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64)
    return fingerprint("place", str(found))


def senders(email: str) -> dict[str, str]:
    """Who is counted for an e-mail address: itself and, where it is a company's, the domain."""
    counted = {"address": fingerprint("address", email.lower())}
    if domain := company_domain(email):
        counted["domain"] = fingerprint("domain", domain)
    return counted


def holds() -> dict[str, int]:
    """What a whole bucket of each kind holds; it fills up again in REFILL."""
    return dict(zip(KINDS, map(int, settings.FORM_LIMITS.split("/")), strict=True))


def take(counted: Mapping[str, str], *, at: datetime) -> bool:
    """Take a token from each bucket; False where one was empty."""
    whole = holds()
    return draw({f"{kind}:{key}": whole[kind] for kind, key in counted.items() if key}, at=at)


def api_limit() -> int:
    """How many requests a key may make in an hour, and how many wrong keys one place may try."""
    return int(settings.API_LIMIT)


def draw(keys: Mapping[str, int], *, at: datetime) -> bool:
    """Take a token from each of these buckets, which hold so many; False where one was empty."""
    if not keys:
        return True
    with connection.cursor() as cursor:
        filling: dict[str, Any] = {"refill": 1 / REFILL.total_seconds(), "at": at}
        cursor.execute(TAKE, {"keys": list(keys), "holds": list(keys.values()), **filling})
        return len(cursor.fetchall()) == len(keys)


def forget(at: datetime) -> int:
    """A bucket that is full again says nothing; it is forgotten."""
    return Bucket.objects.filter(at__lt=at - REFILL).delete()[0]
