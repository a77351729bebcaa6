"""What a browser reports of a visit, read by hand: bounded, without anything that a page or the database
could choke on, and known by a key that is the browser's own. Every field is text, as a batch is written."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

MOST = 20  # events in one report
LONG, SHORT = 200, 100  # characters
A_DAY = 86_400_000  # milliseconds
BROWSER = re.compile(r"[0-9a-f]{32}").fullmatch
VIEW = re.compile(r"[0-9A-Za-z]{1,32}").fullmatch
KINDS = {"v": "visit", "d": "download"}
HANDS = "h"  # no event: somebody moves, touches or types on a page that a link of ours led to
UNSOUND = "Infinity"  # an instant that no clock should have said: what is known is when we heard of it
encode = json.JSONEncoder(separators=(",", ":")).encode
decode = json.JSONDecoder().decode


class Malformed(ValueError):
    """Not a report of ours."""


class Visit(NamedTuple):
    """One event, in the columns of the statement that writes it."""

    browser: str
    key: str
    at: str
    kind: str
    about: str
    grade: str
    campaign: str
    asset: str
    utm: str
    details: str


class Introduction(NamedTuple):
    """The words by which a browser came, and whether somebody acts on the page that it shows."""

    browser: str
    words: str
    hands: bool


class Report(NamedTuple):
    """What one request tells: its events, and whom it introduces for which browser."""

    visits: list[Visit]
    introductions: list[Introduction]


class Reading(NamedTuple):
    """What the words of a report are read against."""

    now: float  # milliseconds since 1970
    site: str
    grade: int
    campaigns: Mapping[str, int]
    assets: Mapping[str, int]


def read(body: bytes, reading: Reading) -> Report:
    """The report in the body of a request; Malformed for anything else."""
    try:
        told = decode(body.decode())
        events = told if type(told) is list else [told]
        if not 0 < len(events) <= MOST:
            raise Malformed
        visits = [_visit(event, reading) for event in events if event.get("k") != HANDS]
        introductions = [_introduction(event) for event in events if event.get("s")]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as trouble:
        raise Malformed from trouble
    return Report(visits, introductions)


def _visit(event: dict[str, Any], reading: Reading) -> Visit:
    browser, key, at = event["v"], event["i"], event["t"]
    if not (BROWSER(browser) and VIEW(key)):
        raise Malformed
    path, _mark, query = event["u"].partition("?")
    utm = _utm(query) if "utm_" in query else {}
    kind = KINDS[event.get("k", "v")]
    taken = event["a"] if kind == "download" else ""
    return Visit(
        browser,
        f"{repr(at)[:16]}.{browser}.{key}",  # in the order of time, so that its index grows at one end
        repr(at / 1000) if 0 <= reading.now - at <= A_DAY else UNSOUND,
        kind,
        shown(_path(taken or path), LONG) or "/",
        str(reading.grade),
        str(reading.campaigns.get(utm.get("campaign", "").lower(), "")) if utm else "",
        str(reading.assets.get(taken, "")) if taken else "",
        encode(utm) if utm else "",
        _details(event, reading.site),
    )


def _introduction(event: dict[str, Any]) -> Introduction:
    if not BROWSER(event["v"]):
        raise Malformed
    return Introduction(event["v"], shown(event["s"], 400), event.get("k") == HANDS)


def _path(address: str) -> str:
    """A page is known by its path: what follows may be somebody's own."""
    if not address.startswith("/"):
        address = "/" + address.partition("://")[2].partition("/")[2]
    return address.partition("?")[0].partition("#")[0]


def _utm(query: str) -> dict[str, str]:
    pairs = parse_qsl(query[:2000], max_num_fields=50)
    return {name[4:][:20]: shown(said, SHORT) for name, said in pairs if name in UTM}


UTM = {f"utm_{word}" for word in ("source", "medium", "campaign", "term", "content")}


def _details(event: dict[str, Any], site: str) -> str:
    told = {"site": site}
    if title := event.get("n"):
        told["title"] = shown(title, LONG)
    came_from = event.get("r")
    if came_from and not came_from.startswith(site):
        told["referrer"] = shown(came_from.partition("?")[0].partition("#")[0], LONG)
    return encode(told)


def shown(text: str, most: int) -> str:
    """Text as it can be kept and shown: bounded, and without control characters or lone surrogates."""
    text = text[:most]
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else " " for sign in text)
