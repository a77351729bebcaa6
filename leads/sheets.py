"""Making score sheets: the points, and the signals that behaviour is counted by."""

# ruff: noqa: S608 - the statement is put together from constants of our own

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from leads import certain
from leads.counting import half_lives
from leads.models import Kind, Lead, ScoreRule, ScoreSheet, Signal
from leads.models.signal import COUNTING

#: What most agreements begin with: label, signal, points, cap. Customers change all of it.
ENGAGEMENT = (
    (_("Visits"), Kind.VISIT, {"unit": Signal.Unit.PER_DAY, "half_life_days": 30}, 10, 60),
    (_("White papers"), Kind.DOWNLOAD, {"unit": Signal.Unit.PER_OBJECT, "half_life_days": 60}, 50, 150),
    (_("Forms"), Kind.FORM, {"unit": Signal.Unit.PER_DAY, "half_life_days": 60}, 30, 90),
    (_("Clicks in our e-mails"), Kind.CLICK, {"unit": Signal.Unit.PER_OBJECT, "half_life_days": 30}, 10, 40),
    (_("Opens of our e-mails"), Kind.OPEN, {"unit": Signal.Unit.PER_OBJECT, "half_life_days": 30}, 1, 5),
    (_("Replies"), Kind.REPLY, {"unit": Signal.Unit.PER_DAY, "half_life_days": 60}, 40, 80),
    (_("Events attended"), Kind.ATTENDED, {"unit": Signal.Unit.PER_OBJECT, "half_life_days": 60}, 40, 120),
    (_("Talks on the phone"), Kind.CALL, {"unit": Signal.Unit.PER_DAY, "half_life_days": 60}, 40, 80),
)
#: label, condition, points
FIT = (
    (_("“Vice President” in the title"),
     {"field": "title", "op": "contains", "value": "Vice President"}, 100),
    (_("Decides or signs off"),
     {"field": "buying_role", "op": "in", "value": ["Decider", "Signs off"]}, 40),
    (_("200 employees or more"), {"field": "employees", "op": "at_least", "value": 200}, 20),
    (_("Silent for 60 days"), {"field": "last_seen", "op": "older_than", "value": 60}, -50),
)  # fmt: skip

MOVE_LANDMARKS = f"""
    WITH moving AS (
        SELECT signal.slot, power(2.0, {half_lives("%(at)s::timestamptz", "signal.landmark")}) AS factor
        FROM leads_signal signal WHERE signal.id = ANY(%(signals)s)
    ), settled AS (
        UPDATE leads_signal SET landmark = %(at)s WHERE id = ANY(%(signals)s)
    )
    UPDATE leads_tally tally SET sums = ARRAY(
        -- what has faded away is nothing, or moving it again and again would underflow
        SELECT CASE WHEN amount < 1e-100 THEN 0 ELSE amount END * COALESCE(moving.factor, 1)
        FROM unnest(tally.sums) WITH ORDINALITY held(amount, slot) LEFT JOIN moving USING (slot)
        ORDER BY slot)
"""


@transaction.atomic
def signal(name: str, kind: str, *, at: datetime, **details: Any) -> Signal:
    """The signal of this name: made if it is missing, with a slot of its own in every lead's tally.

    Its landmark is the instant of its making. A new one counts the past as well as the future: until
    the tallies hold the past, it is read from the history.
    """
    _one_at_a_time()
    found = Signal.objects.filter(name=name).first()
    if found:
        return found
    last = Signal.objects.aggregate(last=Max("slot"))["last"] or 0
    counted_to = 0 if Lead.objects.exists() else None
    return Signal.objects.create(
        name=name, kind=kind, slot=last + 1, landmark=at, counted_to=counted_to, **details
    )


def alike(wanted: Signal) -> Signal | None:
    """The signal that counts the very same, whatever it is called."""
    return Signal.objects.filter(**{key: getattr(wanted, key) for key in COUNTING}).first()


@transaction.atomic
def kept(wanted: Signal, *, at: datetime) -> Signal:
    """A signal that counts the same as this one: the one there is, or a new one by a name that is free."""
    if found := alike(wanted):
        return found
    details = {key: value for key, value in wanted.terms().items() if key not in ("name", "kind")}
    taken = set(Signal.objects.filter(name__startswith=wanted.name[:100]).values_list("name", flat=True))
    names = (wanted.name[:120], *(f"{wanted.name[:100]} ({number})" for number in range(2, len(taken) + 3)))
    return signal(next(name for name in names if name not in taken), wanted.kind, at=at, **details)


@transaction.atomic
def rebase(at: datetime) -> int:
    """Move the landmarks that lie so far back that weights would leave the range of a number.

    Every sum is multiplied once, so all readings stay what they were; returns how many signals moved.
    """
    _one_at_a_time()
    far = [one.pk for one in Signal.objects.exclude(half_life_days=None) if one.is_far_from(at)]
    if far:
        with connection.cursor() as cursor:
            cursor.execute(MOVE_LANDMARKS, {"at": at, "signals": far})
    return len(far)


@transaction.atomic
def standard(name: str, *, at: datetime) -> ScoreSheet:
    """The sheet that an agreement can begin with, made once under its name."""
    grades = {"fit_cuts": [100, 40, 20], "engagement_cuts": [100, 40]}
    sheet, made = ScoreSheet.objects.get_or_create(name=name, number=1, defaults=grades)
    if made:
        fit = [ScoreRule(label=label, condition=tree, points=points) for label, tree, points in FIT]
        engagement = [
            ScoreRule(label=label, signal=signal(label, kind, at=at, **details), points=points, cap=cap)
            for label, kind, details, points, cap in ENGAGEMENT
        ]
        add(sheet, engagement + fit, at=at)
    return sheet


def add(sheet: ScoreSheet, rules: list[ScoreRule], *, at: datetime) -> None:
    """Write rules at the end of a sheet, in their order, with the groups that hold them."""
    first = sheet.rules.count()
    for position, rule in enumerate(rules, first):
        if rule.group and not rule.group.pk:
            rule.group.sheet = sheet
            rule.group.save()
        rule.sheet, rule.position, rule.group = sheet, position, rule.group
    ScoreRule.objects.bulk_create(rules)
    keep_twins(rules, at=at)


def keep_twins(rules: Collection[ScoreRule], *, at: datetime) -> None:
    """Where a sheet holds what likely evidence earns, certain evidence is counted by itself as well."""
    for rule in rules:
        if rule.signal and rule.minds_evidence:
            kept(certain.twin(rule.signal), at=at)


def _one_at_a_time() -> None:
    """Slots, landmarks and tallies are shared by all, so one transaction at a time changes signals."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('leads_signal'))")
