"""The columns of a list: the standing ones, and one for every Field that people have defined."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads.models import Field, Lead

DEFAULT = ("company", "stage", "source", "score", "holder", "next")
MOST = 12


@dataclass(frozen=True)
class Column:
    """One column: what it is called, what of a lead stands in it, and the order that it offers."""

    key: str
    label: Any
    value: Callable[[Lead], Any]
    order: str = ""
    figure: bool = False


def _custody(lead: Lead) -> Any:
    return getattr(lead, "custody", None)


def _local(instant: datetime | None) -> datetime | None:
    return instant and timezone.localtime(instant)


STANDING = (
    Column("company", _("Company"), lambda lead: lead.account and lead.account.name, "company"),
    Column("stage", _("Stage"), lambda lead: lead.get_stage_display(), "-stage"),
    Column("source", _("Source"), lambda lead: lead.source and lead.source.name, "source"),
    Column("score", _("Score"), lambda lead: lead.points, "score", figure=True),  # type: ignore[attr-defined]
    Column("holder", _("Who holds it"), lambda lead: _custody(lead) and _custody(lead).custodian.name),
    Column(
        "next", _("Next"), lambda lead: _custody(lead) and _custody(lead).get_next_action_display(), "next"
    ),
    Column("email", _("E-mail"), lambda lead: lead.email),
    Column("phone", _("Phone"), lambda lead: lead.phone),
    Column("country", _("Country"), lambda lead: lead.country),
    Column("campaign", _("Campaign"), lambda lead: lead.campaign and lead.campaign.name),
    Column("rating", _("Rating"), lambda lead: lead.rating, figure=True),
    Column("came_in", _("Came in"), lambda lead: _local(lead.known_at), "newest"),
    Column(
        "last_seen",
        _("Last seen"),
        lambda lead: _local(lead.tally.last_human_at if has_tally(lead) else None),
    ),
)


def has_tally(lead: Lead) -> bool:
    return hasattr(lead, "tally")


def columns() -> dict[str, Column]:
    """Every column by its key; a standing one hides a field of the same key."""
    return {column.key: column for column in [*map(_of_field, Field.objects.all()), *STANDING]}


def chosen(keys: Iterable[str], known: dict[str, Column]) -> list[Column]:
    """The columns asked for, in that order, without what is not known."""
    wanted = [known[key] for key in dict.fromkeys(keys) if key in known][:MOST]
    return wanted or [known[key] for key in DEFAULT]


def _of_field(field: Field) -> Column:
    figure = field.type in (Field.Type.NUMBER, Field.Type.MONEY)
    if field.about == Field.About.ACCOUNT:
        return Column(
            field.key,
            field.label,
            lambda lead: lead.account and lead.account.facts.get(field.key),
            figure=figure,
        )
    return Column(field.key, field.label, lambda lead: lead.facts.get(field.key), figure=figure)
