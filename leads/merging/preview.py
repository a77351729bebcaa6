"""What a merge would leave: every column and every field with what holds and what it overrules."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from leads import dossier
from leads.merging.pair import Pair
from leads.merging.parts import Says, told
from leads.models import Consent, Stage

LABELS = {
    "first_name": later("First name"), "last_name": later("Last name"), "email": later("E-mail"),
    "phone": later("Phone"), "postal_address": later("Postal address"), "outside_id": later("Outside id"),
    "account_id": later("Company"), "source_id": later("Source"), "campaign_id": later("Campaign"),
    "country": later("Country"), "time_zone": later("Time zone"),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: what the survivor says, what the other says, and which of them will hold."""

    name: str
    label: str
    mine: Any
    theirs: Any
    taken: bool
    choice: bool


def columns(pair: Pair) -> list[Column]:
    """Those of which either says something."""
    rows = []
    for name, label in LABELS.items():
        shown = name.removesuffix("_id") if name != "outside_id" else name
        mine, theirs = getattr(pair.survivor, shown), getattr(pair.loser, shown)
        if mine or theirs:
            taken = name in pair.taken or not mine
            rows.append(Column(name, str(label), mine or "", theirs or "", taken, pair.differs(name)))
    return rows


def known(pair: Pair) -> list[dossier.Known]:
    """Every field that somebody answered about either: the best saying first, then the latest."""
    mine, theirs = dossier.known_of(pair.survivor), dossier.known_of(pair.loser)
    merged = []
    for key in mine.keys() | theirs.keys():
        said = {saw.fact.pk: saw for one in (mine.get(key), theirs.get(key)) if one for saw in one.said}
        best = sorted(said.values(), key=_rank, reverse=True)
        merged.append(dossier.Known(best[0].fact.field, best))
    return sorted(merged, key=lambda one: one.field.label)


def _rank(saw: dossier.Saw) -> tuple:
    return (saw.fact.saying, saw.fact.at, saw.fact.pk)


def lines(pair: Pair) -> list[Says]:
    """What follows, what ends, and what stays as it was."""
    says = [
        Says(_("Stage"), _("%(stage)s, the further of both.") % {"stage": Stage(pair.stage).label}),
        *told(pair),
        Says(
            _("Follows"),
            _("Everything they did and said, and how they were rated; it stays in both histories."),
        ),
    ]
    return says + _consents(pair)


def _consents(pair: Pair) -> list[Says]:
    refused = sorted({*pair.survivor.refused, *pair.loser.refused})
    if refused:
        words = _("Opted out of %(channels)s under one name: that holds for both.") % {
            "channels": ", ".join(refused)
        }
        return [Says(_("Consent"), words, conflict=True)]
    given = Consent.objects.filter(lead__in=pair.ids, given=True).exists()
    return [Says(_("Consent"), _("What either agreed to holds."))] if given else []
