"""What an import sets off is told in one notice for each rep, however many leads it passes on."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q

from leads.models import Activity, Fact, Import, Lead, Replacement, Tally

LONGEST = timedelta(days=1)  # until everybody whom an import touched has been judged, at the latest


def behind(lead_ids: Collection[int], at: datetime) -> dict[int, Import]:
    """The import that made or changed each of these, unless they have done something since."""
    recent = Import.objects.filter(state=Import.State.DONE, ended_at__gt=at - LONGEST, ended_at__lte=at)
    found: dict[int, Import] = {}
    for batch in recent.order_by("ended_at"):
        touched = _touched(lead_ids, batch)
        alive = Tally.objects.filter(lead__in=touched, last_human_at__gt=batch.ended_at)
        found |= dict.fromkeys(touched - set(alive.values_list("lead", flat=True)), batch)
    return found


def _touched(lead_ids: Collection[int], batch: Import) -> set[int]:
    """Those of the leads that the import wrote something about."""
    made = Lead.objects.filter(pk__in=lead_ids, imported_by=batch).values_list("pk", flat=True)
    said = Fact.objects.filter(imported_by=batch).filter(
        Q(lead__in=lead_ids) | Q(account__leads__in=lead_ids)
    )
    about = {*said.values_list("lead", flat=True), *said.values_list("account__leads", flat=True)}
    wrote = Replacement.objects.filter(batch=batch, lead__in=lead_ids).values_list("lead", flat=True)
    did = Activity.objects.filter(imported_by=batch, identity__lead__in=lead_ids)
    return {*made, *about, *wrote, *did.values_list("identity__lead", flat=True)} & set(lead_ids)
