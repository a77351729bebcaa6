"""Is there anything new since sales last answered? A lead is not passed twice for the same reason.

What held when sales answered, and has held without a break since, is old. New is a case that did
not hold then or has not held throughout, an answer of a target account since, and ratings given since.
Who asks to talk to sales is passed whatever was said before.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Max, Q
from django.db.models.functions import Coalesce

from handoff.changing import last_seen
from handoff.judging import Verdict
from handoff.models import Handoff
from handoff.models import Verdict as VerdictRow
from handoff.terms.parts import TRIGGERS
from leads.models import Rating

ANSWERED = (Handoff.State.ACCEPTED, Handoff.State.REJECTED)


def fired(row: VerdictRow) -> frozenset[str]:
    """The cases that held when this verdict was stored."""
    return frozenset(reading["trigger"] for reading in row.readings if reading["truth"])


def new_triggers(ready: Mapping[int, Verdict]) -> dict[int, str]:
    """The case that passes each ready lead now; empty where there is only old evidence."""
    open_ones = set(Handoff.objects.open().filter(lead__in=ready).values_list("lead_id", flat=True))
    answered = _last_answers(set(ready) - open_ones)
    rated = _last_ratings(answered)
    old = _held_throughout(answered)
    return {
        lead: "" if lead in open_ones else _first_new(verdict, answered.get(lead), old[lead], rated.get(lead))
        for lead, verdict in ready.items()
    }


def _first_new(
    verdict: Verdict, answer: Handoff | None, old: frozenset[str], rated_at: datetime | None
) -> str:
    if answer is None or answer.closed_at is None:
        return verdict.trigger
    since, news = answer.closed_at, verdict.fired - old
    seen = last_seen(verdict.inputs["values"])
    if seen and seen > since:
        news |= verdict.fired & {"target"}
    if rated_at and rated_at > since:
        news |= verdict.fired & {"criteria"}
    return next((trigger for trigger in TRIGGERS if trigger in news), "")


def _last_answers(lead_ids: Collection[int]) -> dict[int, Handoff]:
    """The last handoff of each lead that sales said yes or no to."""
    last = Handoff.objects.filter(lead__in=lead_ids, state__in=ANSWERED)
    newest = last.select_related("verdict").order_by("lead_id", "-at", "-pk").distinct("lead_id")
    return {one.lead_id: one for one in newest}


def _last_ratings(answered: Mapping[int, Handoff]) -> dict[int, datetime]:
    rated = Rating.objects.filter(lead__in=answered).order_by()
    return dict(rated.values_list("lead").annotate(Max("at")))


def _held_throughout(answered: Mapping[int, Handoff]) -> defaultdict[int, frozenset[str]]:
    """The cases that every verdict has held to since the one that was answered."""
    since = {lead: one.verdict.at if one.verdict else one.at for lead, one in answered.items()}
    rows = _said_of(answered, min(since.values())) if since else []
    held: defaultdict[int, frozenset[str]] = defaultdict(frozenset)
    for row in rows:
        if row.at >= since[row.person]:
            held[row.person] = held[row.person] & fired(row) if row.person in held else fired(row)
    return held


def _said_of(answered: Mapping[int, Handoff], since: datetime):
    """The verdicts on these people, and where the answered one was on somebody merged into them, theirs."""
    about = {one.verdict.lead_id for one in answered.values() if one.verdict}
    rows = VerdictRow.objects.filter(Q(lead__in=about) | Q(lead__in=answered), at__gte=since)
    return rows.annotate(person=Coalesce("lead__merged_into", "lead")).filter(person__in=answered)
