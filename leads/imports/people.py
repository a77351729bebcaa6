"""Leads as a file brings them: what a column may fill, and how a row becomes an arrival at the door."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads import intake
from leads.arrivals import Arrival
from leads.imports import kinds, undoing
from leads.imports.kinds import Outcome, Target, Told
from leads.models import Field, Import

WHO, COMPANY, FROM, KNOWN, NEW = _("Who"), _("Company"), _("From where"), _("What is known"), _("A new field")
TARGETS = (
    Target("email", _("E-mail"), WHO, ("email", "e_mail", "mail", "email_address", "e_mail_address")),
    Target("outside_id", _("Outside id"), WHO,
           ("outside_id", "external_id", "mql_id", "lead_id", "contact_id", "record_id", "crm_id", "id")),
    Target("first_name", _("First name"), WHO, ("first_name", "firstname", "given_name")),
    Target("last_name", _("Last name"), WHO, ("last_name", "lastname", "surname", "family_name")),
    Target("name", _("Whole name"), WHO, ("name", "full_name", "contact", "contact_name")),
    Target("phone", _("Phone"), WHO, ("phone", "telephone", "phone_number", "mobile", "mobile_phone", "tel")),
    Target("postal_address", _("Postal address"), WHO, ("postal_address", "address", "street")),
    Target("country", _("Country"), WHO, ("country", "country_code")),
    Target("time_zone", _("Time zone"), WHO, ("time_zone", "timezone")),
    Target("consent", _("Agreed to e-mail (yes or no)"), WHO, ("consent", "opt_in", "email_opt_in")),
    Target("company", _("Company"), COMPANY,
           ("company", "company_name", "organisation", "organization", "account", "account_name")),
    Target("domain", _("Company's domain"), COMPANY, ("domain", "website", "company_domain", "web")),
    Target("source", _("Source"), FROM, ("source", "lead_source", "origin", "channel")),
    Target("campaign", _("Campaign"), FROM, ("campaign", "utm_campaign")),
    Target("at", _("First contact"), FROM,
           ("first_contact", "first_contact_date", "created", "created_at", "created_date", "date")),
)  # fmt: skip
ALIASES = {
    "landing_page": ("landing_page_id",),
    "title": ("job_title", "position"),
    "revenue": ("annual_revenue",),
}
BLANK = "blank"  # the source of a row whose source is blank, unless the import names another
PLAIN = ("email", "outside_id", "first_name", "last_name", "phone", "postal_address", "country", "time_zone",
         "company", "domain", "campaign")  # fmt: skip


def targets() -> list[Target]:
    """The lead's own columns, every field, and a new field of each type."""
    fields = [
        Target(
            f"fact:{field.key}",
            field.label,
            KNOWN,
            (field.key, kinds.simple(field.label), *ALIASES.get(field.key, ())),
        )
        for field in Field.objects.all()
    ]
    made = [
        Target(
            f"new:{about}:{kind}",
            _("New field of the %(about)s: %(kind)s") % {"about": about_label, "kind": label},
            NEW,
        )
        for about, about_label in Field.About.choices
        for kind, label in Field.Type.choices
        if kind != Field.Type.CHOICE
    ]
    return [*TARGETS, *fields, *made]


def arrival(told: Told, rules: dict[str, Any]) -> Arrival:
    """The person of a row, by the import's rules for what the row leaves out."""
    values = told.values
    made = Arrival(**{name: values.get(name, "") for name in PLAIN}, line=told.number)
    if name := values.get("name"):
        first, _space, last = name.rpartition(" ")
        made.first_name, made.last_name = made.first_name or first, made.last_name or last
    if not made.email and (pattern := rules.get("email_pattern")):
        made.email = _patterned(pattern, values)
    made.source = (
        values.get("source") or rules.get("source") or (BLANK if "source" in rules["mapped"] else None)
    )
    made.at = values.get("at")
    made.known_at = made.at if rules.get("history") else None
    made.facts = {key[5:]: value for key, value in values.items() if key.startswith("fact:")}
    agreed = str(values.get("consent", "")).casefold() in ("yes", "y", "true", "1", "x")
    if rules.get("consent") and (agreed or "consent" not in rules["mapped"]):
        made.consent = rules["consent"]
    return made


def _patterned(pattern: str, values: dict[str, Any]) -> str:
    """An address made of a row's other values; empty where one of them is missing."""
    for name in PLAIN:
        if f"{{{name}}}" in pattern:
            if not values.get(name):
                return ""
            pattern = pattern.replace(f"{{{name}}}", values[name])
    return pattern


def admit(rows: Sequence[Told], batch: Import, at: datetime) -> Outcome:
    """Put the rows through the one door."""
    rules = batch.rules | {"mapped": list(batch.mapping.values())}
    arrivals = [arrival(told, rules) for told in rows]
    done = intake.admit(arrivals, at=at, by=batch.by, batch=batch)
    outcome = Outcome(done.created, done.updated, done.unchanged, lead_ids=done.lead_ids)
    outcome.refusals = [(index, _target(column), problem) for index, column, problem in done.refusals]
    refused = {index for index, _column, _problem in done.refusals}
    outcome.sources.update(
        str(one.source or "") for index, one in enumerate(arrivals) if index not in refused
    )
    return outcome


def _target(column: str) -> str:
    return column if column in intake_columns() else f"fact:{column}"


def intake_columns() -> set[str]:
    return {target.key for target in TARGETS}


kinds.register(
    kinds.Kind(
        what=Import.What.LEADS,
        targets=targets,
        instants=frozenset({"at"}),
        needs=(("email", "outside_id", "phone", "postal_address"),),
        recognised_by=frozenset(),
        admit=admit,
        undo=undoing.undo_leads,
    )
)
