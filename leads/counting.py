"""What a signal counts and what one occurrence weighs, as fragments of SQL, all in one place.

The grade of an event is its latest grading's, else the one that was written when it came: `GRADE`.

Forward decay (Cormode et al., ICDE 2009): an event at t weighs 2^((t-L)/h) for good, where L is the
signal's landmark and h its half-life, and a reading at `at` multiplies the sum by 2^-((at-L)/h).
Without a half-life every event weighs 1.

Units. *Each* counts every event. *Once*, *per object* (what the event was about, else its asset) and
*per day* (in UTC) count the earliest event of the unit, whatever the order of arrival: a history that
arrives late or twice ends in the same sum.

Windows. A signal with a window counts what happened on the last days alone, in UTC, today being the last.
What is older is as though it had never been, and of each unit the latest event counts, so that time only
takes away. `recent` keeps what they count.
"""

# ruff: noqa: S608 - the SQL is put together from constants of our own

from leads.models import OURS, Signal
from leads.models.activity import Grade

#: Half-lives on either side of a landmark within which weights keep their meaning. Two of them multiplied
#: stay far inside the range of a double, so neither overflow nor underflow can stop a statement.
REACH = 400

_OURS = ", ".join(f"'{kind.value}'" for kind in OURS)

#: How sure we are of an event: the latest word on it, else what was written when it came. Over `activity`
#: and `regraded`.
GRADE = "COALESCE(regraded.grade, activity.grade)"


def regraded(known: str = "TRUE") -> str:
    """Joins the latest word on each `activity`, of those that are `known`, a predicate over `{0}`."""
    return f"""LEFT JOIN (
        SELECT word.activity_id, word.activity_at, word.grade
        FROM leads_grading word
        WHERE {known.format("word")} AND NOT EXISTS (
            SELECT FROM leads_grading later
            WHERE later.activity_id = word.activity_id AND later.activity_at = word.activity_at
              AND later.id > word.id AND {known.format("later")})
    ) regraded ON regraded.activity_id = activity.id AND regraded.activity_at = activity.at"""


def human(grade: str) -> str:
    """An event of this grade was made by a person: a sign of life. Over the alias `activity`."""
    return f"{grade} > {Grade.MACHINE.value} AND activity.kind NOT IN ({_OURS})"


#: The same where `activity.grade` is the latest word already.
HUMAN = human("activity.grade")

#: What hung on a visitor is known of the lead from the moment of joining. Over the alias `identity`.
JOINED = "(identity.joined_at IS NULL OR identity.joined_at <= %(at)s)"

#: An event that a signal speaks of. Over the aliases `activity`, `asset` (its asset, if any) and `signal`.
SPEAKS_OF = f"""(
    activity.kind = signal.kind AND activity.kind NOT IN ({_OURS})
    AND (signal.asset_kind = '' OR signal.asset_kind = asset.kind)
    AND starts_with(activity.about, signal.about_starts)
)"""


#: An event that lies in the window of its signal, if that has one.
IN_WINDOW = """(signal.window_days IS NULL OR activity.at >=
    (date_trunc('day', %(at)s::timestamptz AT TIME ZONE 'UTC')
     - (signal.window_days - 1) * interval '1 day') AT TIME ZONE 'UTC')"""


def matches(grade: str) -> str:
    """An event of this grade that a signal counts: the evidence is good enough as well."""
    return f"({SPEAKS_OF} AND {grade} >= signal.least_grade)"


#: The same where `activity.grade` is the latest word already.
MATCHES = matches("activity.grade")

OBJECT = "COALESCE(NULLIF(activity.about, ''), '#' || activity.asset_id, '')"
DAY = "to_char(activity.at AT TIME ZONE 'UTC', 'YYYY-MM-DD')"

#: The unit that an event falls into; the earliest event of each is the one that counts.
UNIT = f"""CASE signal.unit
    WHEN '{Signal.Unit.PER_OBJECT.value}' THEN {OBJECT}
    WHEN '{Signal.Unit.PER_DAY.value}' THEN {DAY}
    ELSE ''
END"""


def half_lives(since: str, until: str, half_life_days: str = "signal.half_life_days") -> str:
    """How many half-lives lie between two instants, held within reach."""
    return (
        f"GREATEST(-{REACH}.0, LEAST({REACH}.0, "
        f"(date_part('epoch', {until}) - date_part('epoch', {since})) / (86400.0 * {half_life_days})))"
    )


def weight(at: str) -> str:
    """What an event at `at` adds to the tally of `signal`, for good; no event adds nothing."""
    aged = f"power(2.0, {half_lives('signal.landmark', at)})"
    return f"(CASE WHEN {at} IS NULL THEN 0 WHEN signal.half_life_days IS NULL THEN 1.0 ELSE {aged} END)"


def factor(at: str) -> str:
    """What a sum of `signal` is multiplied by when it is read at `at`."""
    aged = f"power(2.0, {half_lives(at, 'signal.landmark')})"
    return f"(CASE WHEN signal.half_life_days IS NULL THEN 1.0 ELSE {aged} END)"
