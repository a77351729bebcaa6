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


def known_of(leads, at):
    """What each lead had done that was known by an instant, with the grade that was known of it."""
    words, found = {}, {lead.pk: [] for lead in leads}
    for activity_id, grade in (
        Grading.objects.filter(known_at__lte=at).order_by("pk").values_list("activity_id", "grade")
    ):
        words[activity_id] = grade
    rows = Activity.objects.filter(identity__lead__in=leads, at__lte=at, known_at__lte=at)
    for activity in rows.select_related("asset", "identity"):
        activity.known_grade = words.get(activity.id, activity.grade)
        found[activity.identity.lead_id].append(activity)
    return found


def counts(signal, activity, least):
    return (
        activity.kind == signal.kind
        and activity.kind not in OURS
        and activity.known_grade >= least
        and activity.about.startswith(signal.about_starts)
        and signal.asset_kind in ("", activity.asset and activity.asset.kind)
    )


def is_within(signal, activity, at):
    """Today and the days before it, in UTC."""
    return not signal.window_days or (at.date() - activity.at.date()).days < signal.window_days


def times(signal, happened, at, least):
    units = defaultdict(list)
    for activity in happened:
        if counts(signal, activity, least) and is_within(signal, activity, at):
            units[unit_of(signal, activity)].append(activity.at)
    if signal.half_life_days is None:
        return len(units)
    half_life, chosen = signal.half_life_days * DAY, max if signal.window_days else min
    return sum(2 ** -((at - chosen(instants)) / half_life) for instants in units.values())


def obvious(rules, leads, at):
    """Every line of each lead, worked out event by event; lines without points are left out."""
    known, terms = known_of(leads, at), vocabulary()
    return {lead.pk: _lines(rules, lead, known[lead.pk], terms, at) for lead in leads}


def _lines(rules, lead, known, terms, at):
    seen = [one.at for one in known if one.known_grade > Grade.MACHINE and one.kind not in OURS]
    facts = {**lead.facts, "country": lead.country, "last_seen": max(seen, default=None)}
    found, sure = {}, {}
    for rule in rules:
        points = likely = abs(rule.points)
        if rule.signal:
            every = times(rule.signal, known, at, rule.signal.least_grade)
            certain = min(every, times(rule.signal, known, at, Grade.HUMAN))
            if rule.points > 0 and rule.sheet.likely_each:
                likely = min(points, rule.sheet.likely_each)
        else:
            every = certain = evaluate(rule.condition, facts, terms, at=at) is True
        found[rule.pk] = whole(rule, likely * every + (points - likely) * certain)
        sure[rule.pk] = whole(rule, points * certain)
    return {line: points for line, points in {**found, **taken(rules, found, sure)}.items() if points}


def whole(rule, amount):
    capped = amount if rule.cap is None else min(amount, rule.cap)
    return lines.rounded(capped if rule.points > 0 else -capped)


def taken(rules, found, sure):
    """What the caps of groups and of likely evidence take away, a limit at a time."""
    away, every, certain = {}, 0, 0
    groups = list(dict.fromkeys(rule.group for rule in rules if rule.group))
    for number, group in enumerate(groups, 1):
        members = [rule for rule in rules if rule.group == group]
        away[FIRST_KEY - number] = held(group, members, found) - sum(found[rule.pk] for rule in members)
        if any(is_likely(rule) for rule in members):
            every, certain = every + held(group, members, found), certain + held(group, members, sure)
    for rule in rules:
        if is_likely(rule) and not rule.group:
            every, certain = every + found[rule.pk], certain + sure[rule.pk]
    most = rules[0].sheet.likely_cap
    return away if most is None else {**away, FIRST_KEY: min(every, certain + most) - every}


def held(group, members, lines_of):
    return max(-group.cap, min(group.cap, sum(lines_of[rule.pk] for rule in members)))


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
    likely = {"likely_cap": data.draw(st.sampled_from([None, 0, 15, 120])),
              "likely_each": data.draw(st.sampled_from([None, None, 1, 8]))}  # fmt: skip
    return made.sheet(*rules, **likely), leads


def shown(card):
    return {line.rule_id: line.points for line in card.lines if line.points}
