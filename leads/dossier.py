"""What is known of one lead, as a rep reads it before the first call: the answers and who gave them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from leads.models import AccountMove, CustodyChange, Fact, Field, Lead, Rating, Saying

#: What the rep must not have to ask again: the words of a field beside the rating of a criterion.
ASKED = (
    (_("Budget"), ("budget",), None),
    (_("Authority"), ("authority_words", "buying_role"), Rating.Criterion.AUTHORITY),
    (_("Need"), ("need_words", "comment"), Rating.Criterion.NEED),
    (_("Timeline"), ("timeline", "buys_by"), Rating.Criterion.TIMEFRAME),
    (_("Profile"), ("industry", "employees"), Rating.Criterion.PROFILE),
)

SHAPES = {
    Saying.VERIFIED: "verified",
    Saying.SALES: "verified",
    Saying.OBSERVED: "observed",
    Saying.SELF_REPORTED: "self",
    Saying.ENRICHED: "enriched",
}


def in_words(value, type: str) -> str:
    """A value as people write it."""
    if type == Field.Type.YES_NO and isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if type == Field.Type.DATE and isinstance(value, str) and (day := _day(value)):
        return date_format(day, "j M Y")
    return "" if value is None else str(value)


def as_typed(fact: Fact) -> str:
    """An answer as the box of its field holds it."""
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    return "" if fact.value is None else str(fact.value)


def _day(words: str) -> date | None:
    try:
        return parse_date(words)
    except ValueError:
        return None


@dataclass(frozen=True)
class Saw:
    """One answer with who gave it."""

    fact: Fact

    @property
    def words(self) -> str:
        return in_words(self.fact.value, self.fact.field.type)

    @property
    def shape(self) -> str:
        return SHAPES[Saying(self.fact.saying)]

    @property
    def who(self) -> str:
        """Who says so, in words that stand beside the shape."""
        by, said = self.fact.by, self.fact.get_saying_display()
        if by and self.fact.saying in (Saying.VERIFIED, Saying.SALES):
            return str(by)
        return _("%(said)s, noted by %(by)s") % {"said": said, "by": by} if by else said


@dataclass
class Known:
    """One field: the answer that counts, the ones it overruled, and everything ever said."""

    field: Field
    said: list[Saw]

    @property
    def best(self) -> Saw:
        return self.said[0]

    @property
    def overruled(self) -> list[Saw]:
        """Answers that say something else than the one that counts, each once."""
        seen, others = {self.best.words}, []
        for one in self.said[1:]:
            if one.words not in seen:
                seen.add(one.words)
                others.append(one)
        return others

    @property
    def earlier(self) -> list[Saw]:
        return self.said[1:]


@dataclass(frozen=True)
class Line:
    """One of the things a rep must know before the first call."""

    label: str
    criterion: str | None
    rating: Rating | None
    known: tuple[Known, ...]


def known_of(lead: Lead) -> dict[str, Known]:
    """What is known of the lead and its account: per field, the highest-ranking and latest answer first."""
    return known_of_all([lead])[lead.pk]


def known_of_all(leads: Sequence[Lead], *, keys: Collection[str] = ()) -> dict[int, dict[str, Known]]:
    """The same for many leads in one query; of these fields alone, where some are named."""
    found: dict[int, dict[str, Known]] = {lead.pk: {} for lead in leads}
    colleagues: dict[int | None, list[int]] = defaultdict(list)
    for lead in leads:
        colleagues[lead.account_id].append(lead.pk)
    about = Q(lead__in=found.keys()) | Q(account__in=colleagues.keys() - {None})
    rows = Fact.objects.filter(about).select_related("field", "by").order_by("-saying", "-at", "-pk")
    for fact in rows.filter(field__key__in=keys) if keys else rows:
        for lead_id in [fact.lead_id] if fact.lead_id else colleagues[fact.account_id]:
            found[lead_id].setdefault(fact.field.key, Known(fact.field, [])).said.append(Saw(fact))
    return found


def ratings_of(lead: Lead) -> dict[str, Rating]:
    """The latest rating of each criterion."""
    rows = Rating.objects.filter(lead=lead).select_related("by").order_by("criterion", "-at", "-pk")
    return {rating.criterion: rating for rating in rows.distinct("criterion")}


def lines(known: dict[str, Known], ratings: dict[str, Rating]) -> list[Line]:
    """Budget, authority, need, timeline and profile, whether known or not."""
    return [
        Line(
            label=str(label),
            criterion=criterion,
            rating=ratings.get(criterion) if criterion else None,
            known=tuple(known[key] for key in keys if key in known),
        )
        for label, keys, criterion in ASKED
    ]


def others(known: dict[str, Known], shown: Iterable[Line]) -> list[Known]:
    """Fields that the first lines do not show already, by label."""
    there = {one.field.key for line in shown for one in line.known}
    return sorted((one for key, one in known.items() if key not in there), key=lambda one: one.field.label)


def hands_of(lead: Lead):
    """Whose hands they went through, under every name they had, the latest first."""
    rows = CustodyChange.objects.filter(lead__in=Lead.objects.same_as(lead).values("pk"))
    return rows.select_related("custodian", "owner", "lead")


def moves_of(lead: Lead):
    """From which company to which, under every name they had, the latest first."""
    rows = AccountMove.objects.filter(lead__in=Lead.objects.same_as(lead).values("pk"))
    return rows.select_related("was", "now", "by", "lead")
