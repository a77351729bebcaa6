"""Where a request came from, as far as that can be believed."""

from functools import cache
from ipaddress import ip_address, ip_network

from django.conf import settings


def whence(request) -> str:
    """The visitor's network address; what a proxy says of it counts only where we trust that proxy.

    From the right, each hop that is a trusted proxy of ours vouches for the one before it.
    """
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    address = request.META.get("REMOTE_ADDR", "")
    while hops and _is_trusted(address):
        address = hops.pop()
    return address[:45]


def _is_trusted(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in _networks(tuple(settings.TRUSTED_PROXIES)))


@cache
def _networks(listed: tuple[str, ...]) -> list:
    return [ip_network(one, strict=False) for one in listed]
