"""Who arrives at the door: an arrival as it was told, checked and cleaned without asking the database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from leads import addresses, values
from leads.models import Campaign, Field, Lead, Source

#: What fills a lead's own columns, with how much each holds.
TEXTS = {
    name: getattr(Lead._meta.get_field(name), "max_length", None) or values.LONGEST
    for name in (
        "country", "email", "phone", "postal_address", "outside_id", "first_name", "last_name", "time_zone",
    )
}  # fmt: skip
TEXTS |= {"company": 200, "domain": 200, "source": 120, "campaign": 120}
REACHED_BY = ("email", "outside_id", "phone", "postal_address")


@dataclass(slots=True)
class Arrival:
    """A person as a form, a file or a colleague brings them; an instant left out is the caller's own."""

    email: str = ""
    phone: str = ""
    postal_address: str = ""
    outside_id: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    domain: str = ""
    country: str = ""
    time_zone: str = ""
    source: Source | str | None = None
    campaign: Campaign | str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    consent: str | bool | None = None  # that they may be written to: how we know, or simply that
    at: datetime | None = None
    known_at: datetime | None = None
    line: int | None = None


def clean(arrival: Arrival, fields: Mapping[str, Field]) -> tuple[dict, dict, dict, list[tuple[str, str]]]:
    """The clean texts, lead facts and account facts of an arrival, and its problems by column."""
    texts, problems = _texts(arrival)
    if not problems and not any(texts[name] for name in REACHED_BY):
        problems.append(
            ("email", _("Neither an e-mail, a phone, a postal address nor an outside id is given."))
        )
    if texts["email"] and not texts["domain"]:
        texts["domain"] = addresses.company_domain(texts["email"])
    facts, account_facts = _facts(arrival, fields, problems)
    if account_facts and not (texts["domain"] or texts["company"]):
        facts, account_facts = facts | account_facts, {}  # kept with the lead: there is no company yet
    return texts, facts, account_facts, problems


def _texts(arrival: Arrival) -> tuple[dict[str, str], list[tuple[str, str]]]:
    texts: dict[str, str] = {}
    problems: list[tuple[str, str]] = []
    for name, longest in TEXTS.items():
        told = getattr(arrival, name)
        texts[name] = text = told.strip() if told and isinstance(told, str) else ""
        if not text or (name not in _CLEANED and len(text) <= longest and "\x00" not in text):
            continue
        try:
            texts[name] = _clean(name, text, longest, texts["country"])
        except ValueError as problem:
            problems.append((name, str(problem)))
    return texts, problems


def _clean(name: str, text: str, longest: int, country: str) -> str:
    """A phone number is read as its country writes it, which is therefore cleaned first."""
    if "\x00" in text:
        raise ValueError(_("The text holds a NUL character."))
    if name == "phone":
        text = addresses.phone(text, country)
    elif name in _CLEANERS:
        text = _CLEANERS[name](text)
    if len(text) > longest:
        raise ValueError(_("The text is longer than %d characters.") % longest)
    return text


_CLEANED = frozenset({"email", "phone", "country", "domain"})
_CLEANERS = {"email": addresses.email, "country": addresses.country, "domain": addresses.domain}


def _facts(arrival: Arrival, fields: Mapping[str, Field], problems: list) -> tuple[dict, dict]:
    facts: dict[str, Any] = {}
    account_facts: dict[str, Any] = {}
    for key, told in arrival.facts.items():
        if key not in fields:
            problems.append((key, _("There is no such field.")))
            continue
        try:
            value = values.read(fields[key], told)
        except ValueError as problem:
            problems.append((key, str(problem)))
            continue
        if value is not None:
            (facts if fields[key].about == Field.About.LEAD else account_facts)[key] = value
    return facts, account_facts
