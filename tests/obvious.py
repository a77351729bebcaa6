"""The slow, obvious reading of score rules, event by event; and sheets to read."""

from collections import defaultdict
from datetime import timedelta

from hypothesis import strategies as st

from leads import lines
from leads.conditions import evaluate
from leads.limits import FIRST_KEY
from leads.models import OURS, Activity, Grade, Grading, Signal
from leads.vocabulary import vocabulary
from tests import make_scores as made
from tests.stories import tell

DAY = timedelta(days=1)
SILENT = {"field": "last_seen", "op": "older_than", "value": 30}


def unit_of(signal, activity):
    if signal.unit == Signal.Unit.EACH:
        return activity.pk
    if signal.unit == Signal.Unit.ONCE:
        return ""
    if signal.unit == Signal.Unit.PER_DAY:
        return activity.at.date()
    return activity.about or activity.asset_id


def grade_of(activity, at):
    """What was known by an instant of how sure we are."""
    words = Grading.objects.filter(activity_id=activity.id, known_at__lte=at).order_by("pk")
    return [activity.grade, *words.values_list("grade", flat=True)][-1]


def counts(signal, activity):
    return (
        activity.kind == signal.kind
        and activity.kind not in OURS
        and activity.known_grade >= signal.least_grade
        and activity.about.startswith(signal.about_starts)
        and signal.asset_kind in ("", activity.asset and activity.asset.kind)
    )


def is_within(signal, activity, at):
    """Today and the days before it, in UTC."""
    return not signal.window_days or (at.date() - activity.at.date()).days < signal.window_days


def times(signal, happened, at):
    units = defaultdict(list)
    for activity in happened:
        if counts(signal, activity) and is_within(signal, activity, at):
            units[unit_of(signal, activity)].append(activity.at)
    if signal.half_life_days is None:
        return len(units)
    half_life, chosen = signal.half_life_days * DAY, max if signal.window_days else min
    return sum(2 ** -((at - chosen(instants)) / half_life) for instants in units.values())


def obvious(rules, lead, at):
    """Every line of a lead, worked out event by event; lines without points are left out."""
    known = Activity.objects.filter(identity__lead=lead, at__lte=at, known_at__lte=at).select_related("asset")
    for activity in known:
        activity.known_grade = grade_of(activity, at)
    seen = [one.at for one in known if one.known_grade > Grade.MACHINE and one.kind not in OURS]
    facts, terms = {**lead.facts, "last_seen": max(seen, default=None)}, vocabulary()
    found = {}
    for rule in rules:
        if rule.signal:
            amount = abs(rule.points) * times(rule.signal, known, at)
        else:
            amount = abs(rule.points) * (evaluate(rule.condition, facts, terms, at=at) is True)
        capped = amount if rule.cap is None else min(amount, rule.cap)
        found[rule.pk] = lines.rounded(capped if rule.points > 0 else -capped)
    return {line: points for line, points in {**found, **taken(rules, found)}.items() if points}


def taken(rules, found):
    """What the caps of groups and of likely evidence take away, a limit at a time."""
    away, kept_of_likely = {}, 0
    groups = list(dict.fromkeys(rule.group for rule in rules if rule.group))
    for number, group in enumerate(groups, 1):
        members = [rule for rule in rules if rule.group == group]
        earned = sum(found[rule.pk] for rule in members)
        kept = max(-group.cap, min(group.cap, earned))
        away[FIRST_KEY - number] = kept - earned
        kept_of_likely += kept if all(is_likely(rule) for rule in members) else 0
    kept_of_likely += sum(found[rule.pk] for rule in rules if not rule.group and is_likely(rule))
    most = rules[0].sheet.likely_cap
    return away if most is None else {**away, FIRST_KEY: min(0, most - kept_of_likely)}


def is_likely(rule):
    return rule.signal is not None and rule.signal.least_grade == Grade.LIKELY


def scored(story, data, **kwargs):
    """A story, and a sheet with a rule or two about each of its signals and one about silence, some held."""
    signals, leads = tell(story, **kwargs)
    amounts, caps = st.sampled_from([-50, -7, 0, 1, 5, 10, 100]), st.sampled_from([None, 0, 3, 25])
    rules = [
        made.rule(about, data.draw(amounts), data.draw(caps))
        for about in [*signals, data.draw(st.sampled_from(signals)), SILENT]
    ]
    for number in data.draw(st.sampled_from([[], [1], [1, 2]])):
        held = [rule for rule in rules if rule.group is None and data.draw(st.booleans())]
        made.group(*held, cap=data.draw(st.sampled_from([1, 20, 200])), name=f"Group {number}")
    return made.sheet(*rules, likely_cap=data.draw(st.sampled_from([None, 0, 15, 120]))), leads


def shown(card):
    return {line.rule_id: line.points for line in card.lines if line.points}
