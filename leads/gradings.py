"""The one door for later words on how sure we are of activities; the activities themselves never change.

A word that changes a grade moves the scores of the lead and has its verdict looked at again, in the same
transaction. What a person has said of an activity, no rule says otherwise.
"""

# ruff: noqa: S608 - the statements are put together from constants of our own

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction

from leads import activities, news
from leads.counting import GRADE, regraded
from leads.models import Activity, Burst, Grade, Grading, Rule
from people.models import User

#: An activity: its number and its instant.
Key = tuple[int, datetime]

#: The latest words on these activities, of those whom nobody has spoken of yet where a rule speaks.
SAY = f"""
    WITH said AS (
        SELECT activity.id, activity.at, activity.identity_id, asked.undoes, {GRADE} AS before
        FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[], %(undone)s::bigint[]) AS asked (id, at, undoes)
        JOIN leads_activity activity ON activity.id = asked.id AND activity.at = asked.at
        {regraded()}
    ), spoken AS (
        INSERT INTO leads_grading (activity_id, activity_at, identity_id, burst_id, before, grade, rule, why,
                                   by_id, undoes_id, at, known_at)
        SELECT id, at, identity_id, %(burst)s, before, %(grade)s, %(rule)s, %(why)s, %(by)s, undoes, %(now)s,
               %(now)s
        FROM said
        WHERE {{wanted}}
        ORDER BY id
        RETURNING identity_id, before, grade
    )
    SELECT (SELECT count(*) FROM spoken),
           (SELECT array_agg(DISTINCT lead_id ORDER BY lead_id) FROM spoken
            JOIN leads_identity identity ON identity.id = spoken.identity_id
            WHERE spoken.before <> spoken.grade AND lead_id IS NOT NULL)
"""
UNSPOKEN = """
    NOT EXISTS (SELECT FROM leads_grading word
                WHERE word.activity_id = said.id AND word.activity_at = said.at
                  AND (word.by_id IS NOT NULL OR word.rule = %(person)s OR word.burst_id = %(burst)s))
"""
#: What a rule took and no person spoke of.
TAKEN = """
    before < %(grade)s
    AND NOT EXISTS (
        SELECT FROM leads_grading word
        WHERE word.activity_id = said.id AND word.activity_at = said.at AND word.by_id IS NOT NULL)
"""
OTHERWISE = "before <> %(grade)s"


def quarantine(keys: Collection[Key], burst: Burst, *, rule: str, at: datetime) -> int:
    """A rule finds that a machine did this; returns how many words were new."""
    return _say(keys, Grade.MACHINE, UNSPOKEN, burst_id=burst.pk, rule=rule, at=at)


def restore(keys: Collection[Key], *, at: datetime) -> int:
    """A person showed behind this after all; returns how many activities that changed."""
    return _say(keys, Grade.LIKELY, TAKEN, burst_id=None, rule=Rule.PERSON, at=at)


@transaction.atomic
def quarantine_by_hand(keys: Collection[Key], *, by: User, why: str, at: datetime) -> Burst:
    """Somebody finds that a machine did this."""
    burst = Burst.objects.create(rule=Rule.HAND, by=by, at=min(at for _id, at in keys))
    _say(keys, Grade.MACHINE, "TRUE", burst_id=burst.pk, by=by, why=why, at=at)
    return burst


def release(keys: Collection[Key], burst: Burst, *, to: int, by: User, why: str, at: datetime) -> int:
    """Somebody knows that it was a person after all; returns how many activities that changed."""
    return _say(keys, to, OTHERWISE, burst_id=burst.pk, by=by, why=why, at=at)


@transaction.atomic
def take_back(keys: Collection[Key], burst: Burst, *, by: User, why: str, at: datetime) -> int:
    """Undo what people last said of these: each is what it was before; returns how many that changed.

    What has been taken back stays so, however often it is asked.
    """
    activities.lock(_threads(keys))
    latest = latest_of(keys).filter(by__isnull=False, undoes=None)
    changed = 0
    for before in sorted({word.before for word in latest}):
        those = {(word.activity_id, word.activity_at): word.pk for word in latest if word.before == before}
        changed += _say(those, before, OTHERWISE, burst_id=burst.pk, by=by, why=why, undone=those, at=at)
    return changed


def latest_of(keys: Collection[Key]):
    """The latest word on each of these activities."""
    words = Grading.objects.filter(activity_id__in=[number for number, _at in keys])
    latest = words.order_by("activity_id", "-pk").distinct("activity_id").values("pk")
    return Grading.objects.filter(pk__in=latest)


@transaction.atomic
def _say(
    keys: Collection[Key], grade: int, wanted: str, *, at: datetime, by: User | None = None, **said
) -> int:
    keys = sorted(set(keys))
    if not keys:
        return 0
    activities.lock(_threads(keys))
    told = {
        "ids": [number for number, _at in keys],
        "ats": [at for _number, at in keys],
        "grade": int(grade),
        "by": by.pk if by else None,
        "now": at,
        "burst": said["burst_id"],
        "rule": said.get("rule", ""),
        "undone": [said.get("undone", {}).get(key) for key in keys],
        "person": Rule.PERSON.value,
        "why": said.get("why", "")[:300],
    }
    with connection.cursor() as cursor:
        cursor.execute(SAY.format(wanted=wanted), told)
        count, lead_ids = cursor.fetchone()
    if lead_ids:
        activities.rebuild(lead_ids)
        news.changed(lead_ids, at=at)
    return count


def _threads(keys: Collection[Key]) -> set[int]:
    if not keys:
        return set()
    ids, ats = zip(*keys, strict=True)
    rows = Activity.objects.filter(id__in=ids, at__gte=min(ats), at__lte=max(ats))
    return set(rows.values_list("identity", flat=True))
