"""Who asks for an address in our mails: a network, a user agent, a way of asking; addresses are forgotten."""

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

SALT = "leads.senders"
#: What hangs together where nobody says otherwise: a street of addresses of one house.
PREFIX = {4: 24, 6: 48}
#: Addresses that say nothing of where a request came from: this machine's and this house's own.
INSIDE = tuple(
    map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)


@dataclass(frozen=True)
class Sender:
    """Where a request came from, as it says and as it shows."""

    address: str = ""
    agent: str = ""
    looked: bool = False

    @cached_property
    def ip(self) -> IPv4Address | IPv6Address | None:
        try:
            return ip_address(self.address.partition("%")[0])
        except ValueError:
            return None

    @cached_property
    def network(self) -> str:
        """The keyed hash of the network around it; empty where that says nothing."""
        if self.ip is None or any(self.ip in inside for inside in INSIDE):
            return ""
        return self.network_of(PREFIX[self.ip.version])

    def network_of(self, prefix: int) -> str:
        """The keyed hash of the network of so many bits around it."""
        if self.ip is None or prefix > self.ip.max_prefixlen:
            return ""
        return hashed(f"{self.ip}/{prefix}")[0]


def hashed(text: str) -> tuple[str, int]:
    """The keyed hash and the bits of a network as people write it; ValueError says what is wrong."""
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(_("“%(text)s” is no network, such as 192.0.2.0/24.") % {"text": text[:60]}) from None
    return salted_hmac(SALT, str(network), algorithm="sha256").hexdigest()[:32], network.prefixlen
