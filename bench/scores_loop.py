"""A lead's score as a plain program works it out, a lead at a time."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Any

AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


def obvious(lead_id: int, rules: Collection[Any]) -> int:
    """As a plain program works a lead out: fetch it and all it did, go through the rules."""
    from leads.lines import rounded
    from leads.models import Activity, Lead

    lead: Any = Lead.objects.select_related("account").get(pk=lead_id)
    happened = list(Activity.objects.filter(identity__lead=lead, at__lte=AT, known_at__lte=AT))
    seen = max((one.at for one in happened if one.grade > 1), default=None)
    facts = {**lead.account.facts, **lead.facts, **vars(lead), "is_target": lead.account.is_target,
             "last_seen": seen}  # fmt: skip
    total = 0
    for rule in rules:
        if rule.signal:
            counted = [one.at for one in happened if one.kind == rule.signal.kind and one.grade > 1]
            half_life = timedelta(days=rule.signal.half_life_days)
            amount = rule.points * sum(2 ** ((at - AT) / half_life) for at in counted)
            total += rounded(min(amount, rule.cap))
        elif holds(rule.condition, facts):
            total += rule.points
    return total


def holds(leaf: dict, facts: dict) -> bool:
    known = facts.get(leaf["field"])
    return known is not None and HOLDS[leaf["op"]](known, leaf.get("value"))


HOLDS: dict[str, Callable[..., bool]] = {
    "is": lambda known, value: known == value,
    "contains": lambda known, value: value.lower() in known.lower(),
    "at_least": lambda known, value: known >= value,
    "is_true": lambda known, value: known,
    "older_than": lambda known, value: (AT.date() - known.date()).days > value,
}
