"""What a mail or a call script may say: Markdown with Liquid merge fields on plain strings, nothing else.

A part's text is compiled once. The text half of a mail is the Markdown itself; the HTML half is rendered
before anything of a lead is merged, and values are escaped, so nobody's name becomes markup. Links to the
web lead through Baton; where to is stored on the touch. Merge fields: lead.first_name, lead.last_name,
lead.name, lead.email, account.name, sender.name, sender.email, sender.phone, company.name, and
fields.KEY for every field of the lead and its account.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _
from liquid import Environment, StrictUndefined
from liquid.exceptions import LiquidError
from markdown_it import MarkdownIt

from leads.models import Field, Lead
from nurture.due import Person
from nurture.wording import Text
from people.models import User

Values = Mapping[str, Mapping[str, str]]

TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
SEAT = re.compile(r"zq(\d+)qz")
LINK = "link_{}"


class ContentError(ValueError):
    """The text can't be merged for this lead; the sentence says why."""


class _Environment(Environment):
    loop_iteration_limit = 1_000
    context_depth_limit = 10
    output_stream_limit = 200_000
    local_namespace_limit = 100_000


PLAIN = _Environment(undefined=StrictUndefined)
ESCAPING = _Environment(undefined=StrictUndefined, autoescape=True)
MARKDOWN = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True)
class Words:
    """A part's text, compiled: its subject, both halves of its body, and where its links lead."""

    subject: Text
    text: Text
    html: Text
    links: tuple[Text, ...]


@dataclass(frozen=True)
class Merged:
    """What one lead gets to read."""

    subject: str
    text: str
    html: str


@lru_cache(maxsize=2_000)
def compiled(subject: str, body: str) -> Words:
    """Compile a part once; the cache knows it by what it says."""
    try:
        rendered, hrefs = _as_html(body)
        text = _point_at_links(body, hrefs)
        return Words(
            subject=Text.compile(subject, PLAIN),
            text=Text.compile(text, PLAIN),
            html=Text.compile(rendered, ESCAPING),
            links=tuple(Text.compile(href, PLAIN) for href in hrefs),
        )
    except LiquidError as error:
        raise ContentError(str(error.message).strip() or type(error).__name__) from error


def merge(words: Words, values: Values, addresses: Iterable[str]) -> Merged:
    """Merge for one lead; `addresses` are where the tracked links lead."""
    named: dict[str, Any] = {
        **values,
        **{LINK.format(number): address for number, address in enumerate(addresses)},
    }
    return Merged(
        subject=" ".join(_render(words.subject, named).split()),
        text=_render(words.text, named),
        html=_render(words.html, named),
    )


def script(body: str, values: Values) -> str:
    """The script of a call for one lead, still in Markdown."""
    try:
        return _render(Text.compile(body, PLAIN), values)
    except LiquidError as error:
        raise ContentError(str(error.message).strip() or type(error).__name__) from error


def destinations(words: Words, values: Values) -> list[str]:
    """Where the links of this lead's mail lead: what is merged into an address can't bend it."""
    quoted = {noun: _Quoted(known) for noun, known in values.items()}
    return [_render(link, quoted).strip() for link in words.links]


class _Quoted(Mapping[str, str]):
    """Values as they may stand in an address, each quoted when it is asked for."""

    def __init__(self, known: Mapping[str, str]):
        self.known = known

    def __getitem__(self, key: str) -> str:
        return quote(self.known[key], safe="")

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


def problem_with(part: Any) -> str:
    """Why this part can't go out, tried on a lead of whom nothing is known; empty when it can."""
    if not part.body.strip():
        return str(_("The text is empty."))
    if part.channel == "email" and not part.subject.strip():
        return str(_("The subject is empty."))
    try:
        values = blank_values()
        if part.channel != "email":
            script(part.body, values)
            return ""
        words = compiled(part.subject, part.body)
        merge(words, values, destinations(words, values))
    except ContentError as error:
        return str(error)
    return ""


def values_of(
    lead: Lead | Person, sender: User, company: str, fields: Iterable[str]
) -> dict[str, dict[str, str]]:
    """The plain strings that a text about this lead may name."""
    account = lead.account
    known = {**(account.facts if account else {}), **lead.facts}
    return {
        "lead": {
            "first_name": lead.first_name,
            "last_name": lead.last_name,
            "name": lead.name,
            "email": lead.email,
        },
        "account": {"name": account.name if account else ""},
        "sender": {"name": str(sender), "email": sender.email, "phone": sender.phone},
        "company": {"name": company},
        "fields": {key: _plain(known.get(key)) for key in fields},
    }


def field_keys() -> list[str]:
    """The keys of every field, standard and own."""
    return list(Field.objects.values_list("key", flat=True))


def blank_values() -> dict[str, dict[str, str]]:
    """Values of somebody unknown, to try a text on."""
    return values_of(Lead(email="somebody@example.com"), User(name="Somebody"), "Company", field_keys())


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    return "" if value is None else str(value)


def _render(template: Text, values: Mapping[str, Any]) -> str:
    try:
        return template.render(values)
    except LiquidError as error:
        raise ContentError(str(error.message).strip() or type(error).__name__) from error


def _as_html(body: str) -> tuple[str, list[str]]:
    """The Markdown as HTML with its merge fields still in place, and its links in order."""
    tags: list[str] = []

    def seat(match: re.Match) -> str:
        tags.append(match[0])
        return f"zq{len(tags) - 1}qz"

    def unseat(text: str) -> str:
        return SEAT.sub(lambda match: tags[int(match[1])], text)

    hrefs: list[str] = []
    tokens = MARKDOWN.parse(TAG.sub(seat, body))
    for token in (child for block in tokens for child in block.children or ()):
        href = token.attrGet("href")
        if token.type == "link_open" and isinstance(href, str) and _goes_to_the_web(href):
            token.attrSet("href", "{{ " + LINK.format(len(hrefs)) + " }}")
            hrefs.append(unseat(href))
    rendered = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    return unseat(rendered), hrefs


def _goes_to_the_web(href: str) -> bool:
    """Only http and https, to a host that no merge field can change."""
    parts = urlsplit(href)
    if parts.scheme in ("http", "https"):
        if SEAT.search(parts.netloc):
            raise ContentError(_("A link's host can't be a merge field."))
        return bool(parts.netloc)
    if SEAT.match(href):
        raise ContentError(_("A link can't be a merge field alone."))
    return False


def _point_at_links(body: str, hrefs: list[str]) -> str:
    """The Markdown with its web links led through Baton."""
    for number, href in enumerate(hrefs):
        ours = "{{ " + LINK.format(number) + " }}"
        for opening, closing in (("](", ""), ("<", ">")):
            written = f"{opening}{html.unescape(href)}{closing}"
            if written in body:
                body = body.replace(written, f"{opening}{ours}{closing}", 1)
                break
    return body
