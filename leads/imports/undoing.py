"""Taking an import back: the leads that it made and nothing else has touched, and what it said of others.

The upper apps say by `touched` which leads something of theirs has happened to; such leads stay, by name.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads import facts, news
from leads.imports import leftovers, restoring
from leads.models import (
    Account,
    Activity,
    Consent,
    Fact,
    Import,
    Lead,
    Merge,
    Rating,
    Replacement,
    StageChange,
)
from people.promises import erasing

CHUNK = 2_000
NAMED = 20
WITHIN = timedelta(days=7)

_touched: list[Callable[[Collection[int], Import], dict[int, str]]] = []


def touched(function: Callable[[Collection[int], Import], dict[int, str]]):
    """Register a function that tells of leads which must stay, and why."""
    _touched.append(function)
    return function


def why_not(batch: Import, at: datetime) -> str:
    """Why an import cannot be undone; empty if it can."""
    if batch.state != Import.State.DONE or not batch.ended_at:
        return _("Only an import that is done can be undone.")
    if at > batch.ended_at + WITHIN:
        until = formats.date_format(timezone.localtime(batch.ended_at + WITHIN), "j F Y")
        return (
            _(
                "It could be undone until %s. After seven days too much rests on what an import said, and "
                "what it wrote over is forgotten."
            )
            % until
        )
    return ""


@transaction.atomic
def undo(batch: Import, at: datetime) -> list[str]:
    """Take back what can be taken back; returns what was, and what could not be, and why."""
    from leads.imports import kinds

    with erasing():
        said = [*kinds.of(batch.what).undo(batch, at), *leftovers.remove(batch)]
        Replacement.objects.filter(batch=batch)._raw_delete(using=connection.alias)
    return said


def forget(at: datetime) -> None:
    """What imports wrote over is kept as long as they can be undone."""
    Replacement.objects.filter(batch__ended_at__lt=at - WITHIN).delete()


def undo_leads(batch: Import, at: datetime) -> list[str]:
    removed, kept, last = 0, [], 0
    while ids := list(
        Lead.objects.filter(imported_by=batch, pk__gt=last)
        .order_by("pk")
        .values_list("pk", flat=True)[:CHUNK]
    ):
        last = ids[-1]
        stay = reasons_to_stay(ids, batch)
        kept += [(lead, stay[lead]) for lead in stay]
        removed += len(ids) - len(stay)
        Lead.objects.filter(pk__in=set(ids) - stay.keys()).delete()
    said = [ngettext("%d lead was removed.", "%d leads were removed.", removed) % removed] if removed else []
    said += restoring.put_back(batch, at)
    said += _take_back_words(batch, [lead for lead, _why in kept], at)
    return said + _name(kept)


def reasons_to_stay(ids: Collection[int], batch: Import) -> dict[int, str]:
    """The leads among these that something else has touched, each with the first reason."""
    others = [
        (Activity.objects.exclude(imported_by=batch), "identity__lead", _("did something")),
        (Fact.objects.exclude(imported_by=batch), "lead", _("something else is known")),
        (Rating.objects.exclude(imported_by=batch), "lead", _("was rated")),
        (Consent.objects.exclude(imported_by=batch), "lead", _("said whether we may write")),
        (StageChange.objects.exclude(imported_by=batch), "lead", _("moved on")),
        (Replacement.objects.exclude(batch=batch), "lead", _("another import changed them")),
    ]
    stay: dict[int, str] = {}
    for rows, lead, why in others:
        found: Iterable[int] = rows.filter(**{f"{lead}__in": ids}).values_list(lead, flat=True).distinct()
        stay = dict.fromkeys(found, str(why)) | stay
    for tells in _touched:
        stay = tells(ids, batch) | stay
    merged = Lead.objects.filter(merged_into__in=ids).values_list("merged_into", flat=True)
    into = [lead for lead in merged if lead]
    ever = Merge.objects.filter(Q(survivor__in=ids) | Q(loser__in=ids)).values_list("survivor", "loser")
    known = {lead for pair in ever for lead in pair} & set(ids)
    stay = dict.fromkeys(known, _("was merged")) | stay
    return dict.fromkeys(into, _("somebody was merged into them")) | stay


def _take_back_words(batch: Import, kept: list[int], at: datetime) -> list[str]:
    """What the import said of people and companies that were there before it."""
    words = Fact.objects.filter(imported_by=batch).exclude(lead__in=kept)
    told = list(words.values_list("lead", "account", "field"))
    count = words.delete()[0]
    Consent.objects.filter(imported_by=batch).exclude(lead__in=kept).delete()
    leads = {lead for lead, _account, _field in told if lead}
    accounts = {account for _lead, account, _field in told if account}
    facts.refresh(lead_ids=leads, account_ids=accounts, field_ids={field for *_who, field in told})
    news.changed(sorted(leads | facts.people_of(accounts)), at=at)
    Account.objects.unused().filter(imported_by=batch).delete()
    return [ngettext("%d fact was taken back.", "%d facts were taken back.", count) % count] if count else []


def _name(kept: list[tuple[int, str]]) -> list[str]:
    if not kept:
        return []
    people = Lead.objects.in_bulk([lead for lead, _why in kept[:NAMED]])
    lines = [f"{people[lead]}: {why}" for lead, why in kept[:NAMED]]
    head = ngettext(
        "%d lead stays, because something else has touched it since:",
        "%d leads stay, because something else has touched them since:",
        len(kept),
    )
    more = [_("and %d more.") % (len(kept) - NAMED)] if len(kept) > NAMED else []
    return [head % len(kept), *lines, *more]
