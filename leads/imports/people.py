"""Leads as a file brings them: what a column may fill, and how a row becomes an arrival at the door."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from leads import intake
from leads.arrivals import Arrival
from leads.imports import comparing, kinds, mapping, names, newfields, undoing
from leads.imports.kinds import Outcome, Rule, Target, Told
from leads.models import Field, Import, Saying

WHO, COMPANY, FROM, KNOWN, NEW = _("Who"), _("Company"), _("From where"), _("What is known"), _("A new field")
#: What can be filled beside the fields, and what a column does to somebody we know unless it is said.
OWN: tuple[tuple[str, Any, Any, str], ...] = (
    ("email", _("E-mail"), WHO, Rule.FILL),
    ("outside_id", _("Outside id"), WHO, Rule.FILL),
    ("first_name", _("First name"), WHO, Rule.FILL),
    ("last_name", _("Last name"), WHO, Rule.FILL),
    ("name", _("Whole name"), WHO, Rule.FILL),
    ("phone", _("Phone"), WHO, Rule.FILL),
    ("postal_address", _("Postal address"), WHO, Rule.FILL),
    ("country", _("Country"), WHO, Rule.FILL),
    ("time_zone", _("Time zone"), WHO, Rule.FILL),
    ("consent", _("Agreed to e-mail (yes or no)"), WHO, ""),
    ("company", _("Company"), COMPANY, Rule.FILL),
    ("domain", _("Company's domain"), COMPANY, Rule.FILL),
    ("source", _("Source"), FROM, Rule.FILL),
    ("campaign", _("Campaign"), FROM, Rule.FILL),
    ("at", _("First contact"), FROM, ""),
)
TARGETS = tuple(Target(key, label, group, names.PEOPLE[key], rule) for key, label, group, rule in OWN)
BLANK = "blank"  # the source of a row whose source is blank, unless the import names another
PLAIN = ("email", "outside_id", "first_name", "last_name", "phone", "postal_address", "country", "time_zone",
         "company", "domain", "campaign")  # fmt: skip


def targets() -> list[Target]:
    """The lead's own columns, every field, and a new field of each type."""
    return [*TARGETS, *map(_known, Field.objects.all()), *_new()]


def _known(field: Field) -> Target:
    called = (field.key, kinds.simple(field.label), *names.FACTS.get(field.key, ()))
    return Target(f"fact:{field.key}", field.label, KNOWN, called, Rule.OVERWRITE)


def _new() -> list[Target]:
    label = _("New field of the %(about)s: %(kind)s")
    return [
        Target(f"new:{about}:{kind}", label % {"about": whose, "kind": word}, NEW, rule=Rule.OVERWRITE)
        for about, whose in Field.About.choices
        for kind, word in Field.Type.choices
    ]


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
    done = intake.admit(
        arrivals,
        at=at,
        by=batch.by,
        batch=batch,
        saying=int(rules.get("saying") or Saying.SELF_REPORTED),
        rules=_by_target(batch),
    )
    outcome = Outcome(done.created, done.updated, done.unchanged, lead_ids=done.lead_ids)
    outcome.refusals = [(index, _target(column), problem) for index, column, problem in done.refusals]
    refused = {index for index, _column, _problem in done.refusals}
    outcome.sources.update(
        str(one.source or "") for index, one in enumerate(arrivals) if index not in refused
    )
    return outcome


def _by_target(batch: Import) -> dict[str, str]:
    """The rule of each target; a whole name is a first and a last one."""
    rules = mapping.rules_by_target(batch, newfields.make(batch))
    if both := rules.pop("name", None):
        rules = {"first_name": both, "last_name": both} | rules
    return rules


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
        asks=("source", "email_pattern", "consent", "saying", "slashes", "history"),
        compare=comparing.columns,
    )
)
