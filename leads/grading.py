"""How sure we are that a person did something, by what can be seen of how it came."""

import re
from functools import lru_cache

from leads.models import Grade

#: Programs that say so themselves. Whoever pretends to be a browser is found by what they do, not here.
MACHINES = re.compile(
    r"(?<!cu)bot\b|bot[/;_-]|crawl|spider|slurp|scrap|preview|headless|phantomjs|lighthouse|pagespeed|monitor|pingdom"
    r"|uptime|facebookexternalhit|embedly|wget|curl|python|java/|go-http|okhttp|libwww|httpclient|axios"
    r"|node-fetch|selenium|puppeteer|playwright|safelinks|mimecast|proofpoint|barracuda",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def grade_of(agent: bytes) -> int:
    """The evidence of a visit by this user agent: a machine where it says so, else likely a person."""
    words = agent[:400].decode("latin-1")
    return int(Grade.MACHINE if len(words) < 20 or MACHINES.search(words) else Grade.LIKELY)
