"""Known gateways: whether a request is one of theirs."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from leads.grading import MACHINES
from leads.models import Gateway
from leads.senders import Sender

#: For how long after the sending a gateway looks at the mails of its domain.
WARY = timedelta(minutes=10)
SHORTEST_AGENT = 20  # no browser says less of itself
#: Programs that fetch the pictures of mails, whether somebody opens them or not.
PROXIES = re.compile(r"imageproxy|mailproxy|ggpht", re.IGNORECASE)


def known() -> list[Gateway]:
    return list(Gateway.objects.filter(is_on=True))


def says_so_itself(sender: Sender, *, of_a_picture: bool) -> bool:
    """Does a program name itself as one, or say less than any browser does?"""
    if MACHINES.search(sender.agent):
        return True
    return of_a_picture and (len(sender.agent) < SHORTEST_AGENT or bool(PROXIES.search(sender.agent)))


def recognised(
    gateways: Iterable[Gateway], sender: Sender, *, domain: str, sent_at: datetime | None, at: datetime
) -> Gateway | None:
    """The first of these gateways that a request came from."""
    fresh = sent_at is None or at - sent_at < WARY
    return next((one for one in gateways if _is_of(one, sender, domain if fresh else "")), None)


def _is_of(gateway: Gateway, sender: Sender, domain: str) -> bool:
    if gateway.what == Gateway.What.AGENT:
        return gateway.pattern.lower() in sender.agent.lower()
    if gateway.what == Gateway.What.NETWORK:
        return gateway.pattern == sender.network_of(gateway.prefix or 0)
    return f".{domain}".endswith(f".{gateway.pattern.lower().lstrip('.')}") if domain else False
