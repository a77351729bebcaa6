"""The list of leads: what narrows it, what orders it, and its pages, found by key and never by number."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from leads.models import Custodian, Lead, ScoreSheet, Source, Stage
from leads.models.lead import LeadQuerySet

PAGE = 50
GRACE = timedelta(minutes=5)  # what is due this very moment is not late
COUNTED = 10_000  # beyond it the list says "more than"

ORDERS = (("newest", _("Newest first")), ("score", _("Score")), ("next", _("Next action")))


class Narrowing(forms.Form):
    """What the reader wants to see; it lives in the address, so that an address is a saved view."""

    q = forms.CharField(label=_("Name, e-mail or company"), max_length=200, required=False)
    stage = forms.ChoiceField(label=_("Stage"), choices=[("", _("Any")), *Stage.choices], required=False)
    source = forms.ModelChoiceField(
        Source.objects.all(), label=_("Source"), empty_label=_("Any"), required=False
    )
    holder = forms.ModelChoiceField(
        Custodian.objects.order_by("side", "kind", "name"),
        label=_("Who holds it"),
        empty_label=_("Anybody"),
        required=False,
    )
    score = forms.IntegerField(label=_("Score at least"), required=False, min_value=-(10**6), max_value=10**6)
    overdue = forms.BooleanField(label=_("Only what is overdue"), required=False)
    sort = forms.ChoiceField(label=_("Order"), choices=ORDERS, required=False)

    def chosen(self) -> dict[str, Any]:
        """What was asked for, without whatever could not be read."""
        self.is_valid()
        return {key: value for key, value in self.cleaned_data.items() if value not in (None, "", False)}


@dataclass(frozen=True)
class Stretch:
    """A run of the list in one order: the leads that have a key, annotated as `first`, or those without."""

    leads: QuerySet
    keys: tuple[str, ...]
    read: Callable[[str], Any] = int

    def beyond(self, first: Any, pk: int) -> QuerySet:
        """What comes after the lead with these values."""
        step = "lt" if self.keys[0].startswith("-") else "gt"
        further = Q(**{f"pk__{step}": pk})
        if len(self.keys) == 1:
            return self.leads.filter(further)
        return self.leads.filter(Q(**{f"first__{step}e": first}), Q(**{f"first__{step}": first}) | further)


@dataclass
class Page:
    """Some leads of the list, and the key of the next page where there is one."""

    leads: list[Lead] = field(default_factory=list)
    after: str = ""


def shown_sheet() -> ScoreSheet | None:
    """The sheet whose points lists show: the first that was signed, else the first there is."""
    return ScoreSheet.objects.order_by(F("frozen_at").asc(nulls_last=True), "pk").first()


def narrowed(
    seen: LeadQuerySet, chosen: dict[str, Any], sheet: ScoreSheet | None, at: datetime
) -> QuerySet[Lead, Any]:
    """The leads that fit what was chosen, each with its points on the sheet."""
    on_sheet = FilteredRelation("scores", condition=Q(scores__sheet=sheet))
    leads: QuerySet[Lead, Any] = seen.live().alias(shown=on_sheet).annotate(points=F("shown__points"))
    for key, ask in ASKS.items():
        if key in chosen:
            leads = leads.filter(ask(chosen[key], at))
    return leads


def _named(words: str, _at: datetime) -> Q:
    """Every word stands in the name, the address or the company."""
    every = Q()
    for word in words.split()[:6]:
        every &= (
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
            | Q(account__name__icontains=word)
        )
    return every


ASKS = {
    "q": _named,
    "stage": lambda stage, at: Q(stage=stage),
    "source": lambda source, at: Q(source=source),
    "holder": lambda holder, at: Q(custody__custodian=holder),
    "score": lambda least, at: Q(shown__points__gte=least),
    "overdue": lambda yes, at: Q(custody__next_action_at__lt=at - GRACE),
}


def stretches(leads: QuerySet, sort: str) -> list[Stretch]:
    """The list in its order; a lead without the key that orders it comes after those with one."""
    if sort == "score":
        scored = leads.filter(shown__points__isnull=False).annotate(first=F("shown__points"))
        rest = leads.filter(shown__points__isnull=True)
        return [Stretch(scored, ("-first", "-pk")), Stretch(rest, ("-pk",))]
    if sort == "next":
        held = leads.filter(custody__isnull=False).annotate(first=F("custody__next_action_at"))
        closed = leads.filter(custody__isnull=True)
        return [Stretch(held, ("first", "pk"), _instant), Stretch(closed, ("-pk",))]
    return [Stretch(leads, ("-pk",))]


def page(runs: list[Stretch], after: str, size: int) -> Page:
    """The leads after a key, at most `size`, going on into the next stretch where one ends."""
    found: list[tuple[int, Lead]] = []
    for number, rows in _from(after, runs):
        missing = size + 1 - len(found)
        found += [(number, lead) for lead in rows.order_by(*runs[number].keys)[:missing]]
        if len(found) > size:
            break
    shown = found[:size]
    return Page([lead for _run, lead in shown], _key(*shown[-1]) if len(found) > size else "")


def every(runs: list[Stretch], size: int = 1000) -> Iterator[Lead]:
    """All leads of the list, a page in memory at a time."""
    after = ""
    while True:
        some = page(runs, after, size)
        yield from some.leads
        if not (after := some.after):
            return


def _from(after: str, runs: list[Stretch]) -> Iterator[tuple[int, QuerySet]]:
    """The stretches from a key on; a key that nobody wrote begins at the beginning."""
    number, first, pk = _read(after, runs) or (0, None, None)
    for later, run in enumerate(runs[number:], start=number):
        yield later, run.beyond(first, pk) if later == number and pk is not None else run.leads


def _key(number: int, lead: Lead) -> str:
    first = getattr(lead, "first", "")
    return f"{number}~{first.isoformat() if isinstance(first, datetime) else first}~{lead.pk}"


def _read(after: str, runs: list[Stretch]) -> tuple[int, Any, int] | None:
    try:
        number, first, pk = after.split("~")
        run = dict(enumerate(runs))[int(number)]
        return int(number), run.read(first) if len(run.keys) > 1 else None, int(pk)
    except (ValueError, LookupError, OverflowError):
        return None


def _instant(words: str) -> datetime:
    return datetime.fromisoformat(words).astimezone(UTC)
