"""The statements that move tallies: one shape for events that have just been written and for a whole history.

`_NOTE` reads events from the table expression `happened` and adds them to what the tallies say. A unit
that counts once is kept in `leads_counted` with the instant that counted; an earlier occurrence that
arrives later takes its place, and the tally moves by the difference of their weights. What signals with a
window count goes to `leads_recent`; their sums stay empty.
"""

# ruff: noqa: S608 - the statements are put together from constants of our own

from leads import recent
from leads.counting import GRADE, HUMAN, IN_WINDOW, MATCHES, UNIT, matches, regraded, weight
from leads.models import Grade, Signal

EACH = Signal.Unit.EACH.value

#: What events are to signals with a window; where there is none, that is asked once and nothing is joined.
WITHIN = f"""
    SELECT activity.lead_id, signal.id AS signal_id, {recent.UNIT} AS unit, activity.at,
           signal.unit AS counts, signal.half_life_days
    FROM activity
    LEFT JOIN leads_asset asset ON asset.id = activity.asset_id
    JOIN leads_signal signal ON signal.window_days IS NOT NULL AND {MATCHES}
    WHERE (SELECT count(window_days) > 0 FROM leads_signal)
"""

_NOTE = f"""
    activity AS (
        SELECT identity.lead_id, happened.*
        FROM happened JOIN leads_identity identity ON identity.id = happened.identity_id
        WHERE identity.lead_id IS NOT NULL
    ), occurrence AS (
        SELECT activity.lead_id, signal.id AS signal_id, signal.unit AS counts, {UNIT} AS unit, activity.at
        FROM activity
        LEFT JOIN leads_asset asset ON asset.id = activity.asset_id
        JOIN leads_signal signal ON signal.window_days IS NULL AND {MATCHES}
    ), {recent.note(WITHIN)}, earliest AS (
        SELECT lead_id, signal_id, unit, min(at) AS at
        FROM occurrence WHERE counts <> '{EACH}' GROUP BY lead_id, signal_id, unit
    ), earlier AS (
        SELECT earliest.*, counted.at AS instead_of
        FROM earliest LEFT JOIN leads_counted counted USING (lead_id, signal_id, unit)
        WHERE counted.at IS NULL OR earliest.at < counted.at
    ), noted AS (
        INSERT INTO leads_counted (lead_id, signal_id, unit, at)
        SELECT lead_id, signal_id, unit, at FROM earlier ORDER BY lead_id, signal_id, unit
        ON CONFLICT (lead_id, signal_id, unit) DO UPDATE SET at = LEAST(leads_counted.at, EXCLUDED.at)
    ), movement AS (
        SELECT lead_id, signal_id, at, NULL::timestamptz AS instead_of FROM occurrence WHERE counts = '{EACH}'
        UNION ALL
        SELECT lead_id, signal_id, at, instead_of FROM earlier
    ), delta AS (
        SELECT lead_id, signal.slot,
               sum({weight("at")} - {weight("instead_of")}) AS amount
        FROM movement JOIN leads_signal signal ON signal.id = movement.signal_id
        GROUP BY lead_id, signal.slot
    ), change AS (
        SELECT lead_id, array_agg(slot::int) AS slots, array_agg(amount) AS amounts
        FROM delta GROUP BY lead_id
    ), life AS (
        SELECT lead_id, max(at) AS seen FROM activity WHERE {HUMAN} GROUP BY lead_id
    ), moved AS (
        UPDATE leads_tally tally SET
            last_human_at = GREATEST(tally.last_human_at, life.seen),
            next_check_at = {{next_check_at}},
            sums = ARRAY(
                SELECT COALESCE(tally.sums[slot], 0)
                       + COALESCE(change.amounts[array_position(change.slots, slot)], 0)
                FROM generate_series(1, (SELECT COALESCE(max(slot), 0)::int FROM leads_signal)) slot
                ORDER BY slot
            )
        FROM life LEFT JOIN change ON change.lead_id = life.lead_id
        WHERE tally.lead_id = life.lead_id
        RETURNING tally.lead_id
    )
"""

#: An event whose clock ran ahead is dated when we learnt of it; since that instant differs each time it
#: arrives, its key alone tells whether it is known.
UNKNOWN = """
    said_at <= {known_at} OR NOT EXISTS (
        SELECT FROM leads_activity known WHERE known.dedupe_key = event.dedupe_key)
"""


def note_fresh(events: str, *, known_at: str, where: str = "TRUE") -> str:
    """Write those of `events` that are new, move the tallies, and mark the leads as due a look.

    Returns how many were new, the leads whose tallies moved, and how many events there were.
    """
    return f"""
        WITH event AS (
            SELECT *, LEAST(said_at, {known_at}) AS at FROM ({events}) AS said
        ), happened AS (
            INSERT INTO leads_activity (
                at, known_at, identity_id, kind, grade, about, dedupe_key, campaign_id, asset_id,
                utm, details, by_id, imported_by_id)
            SELECT at, {known_at}, identity_id, kind, grade, about, dedupe_key, campaign_id, asset_id,
                   utm::jsonb, details::jsonb, by_id, imported_by_id
            FROM event WHERE {where.format(known_at=known_at)}
            ORDER BY dedupe_key
            ON CONFLICT (dedupe_key, at) DO NOTHING
            RETURNING identity_id, at, kind, grade, about, asset_id
        ), {_NOTE.format(next_check_at=known_at)}
        SELECT (SELECT count(*) FROM happened), (SELECT array_agg(lead_id) FROM moved),
               (SELECT count(*) FROM event)
    """


def write_ours(events: str) -> str:
    """Write what we did ourselves (`OURS`): never a sign of life and never points, so no tally moves."""
    return f"""
        INSERT INTO leads_activity (at, known_at, identity_id, kind, grade, about, dedupe_key, details)
        SELECT at, at, identity_id, kind, {Grade.LIKELY.value}, about, dedupe_key, details
        FROM ({events}) AS done
        ORDER BY dedupe_key
        ON CONFLICT (dedupe_key, at) DO NOTHING
    """


LISTED = """
    SELECT * FROM unnest(
        %(identities)s::bigint[], %(kinds)s::text[], %(ats)s::timestamptz[], %(keys)s::text[],
        %(abouts)s::text[], %(grades)s::smallint[], %(campaigns)s::bigint[], %(assets)s::bigint[],
        %(utms)s::text[], %(details)s::text[], %(bys)s::bigint[], %(imports)s::bigint[]
    ) AS event(identity_id, kind, said_at, dedupe_key, about, grade, campaign_id, asset_id,
               utm, details, by_id, imported_by_id)
"""
NOTE_FRESH = note_fresh(LISTED, known_at="%(known_at)s")
NOTE_AHEAD = note_fresh(LISTED, known_at="%(known_at)s", where=UNKNOWN)

NOTE_HISTORY = f"""
    WITH happened AS (
        SELECT activity.identity_id, activity.at, activity.kind, {GRADE} AS grade, activity.about,
               activity.asset_id
        FROM leads_activity activity JOIN leads_identity thread ON thread.id = activity.identity_id
        {regraded()}
        WHERE thread.lead_id = ANY(%(leads)s)
    ), {_NOTE.format(next_check_at="tally.next_check_at")}
    SELECT count(*) FROM moved
"""

FORGET = """
    WITH recent AS (
        DELETE FROM leads_recent
        WHERE signal_id = ANY(%(signals)s) AND lead_id > %(after)s AND lead_id <= %(upto)s
    )
    DELETE FROM leads_counted
    WHERE signal_id = ANY(%(signals)s) AND lead_id > %(after)s AND lead_id <= %(upto)s
"""

#: Some leads' tallies of some signals, from the history; those whose signed points can move are due a look.
COUNT_ANEW = f"""
    WITH told AS (
        SELECT identity.lead_id, signal.id AS signal_id, signal.unit AS counts, activity.at,
               signal.half_life_days, signal.window_days,
               CASE WHEN signal.window_days IS NULL THEN {UNIT} ELSE {recent.UNIT} END AS unit
        FROM leads_identity identity
        JOIN leads_activity activity ON activity.identity_id = identity.id
        LEFT JOIN leads_asset asset ON asset.id = activity.asset_id
        {regraded()}
        JOIN leads_signal signal ON signal.id = ANY(%(signals)s) AND {matches(GRADE)}
        WHERE identity.lead_id > %(after)s AND identity.lead_id <= %(upto)s AND {IN_WINDOW}
    ), occurrence AS (
        SELECT * FROM told WHERE window_days IS NULL
    ), {recent.note("SELECT * FROM told WHERE window_days IS NOT NULL")}, earliest AS (
        SELECT lead_id, signal_id, unit, min(at) AS at
        FROM occurrence WHERE counts <> '{EACH}' GROUP BY lead_id, signal_id, unit
    ), noted AS (
        INSERT INTO leads_counted (lead_id, signal_id, unit, at)
        SELECT lead_id, signal_id, unit, at FROM earliest
    ), once AS (
        SELECT lead_id, signal_id, at FROM occurrence WHERE counts = '{EACH}'
        UNION ALL
        SELECT lead_id, signal_id, at FROM earliest
    ), amount AS (
        SELECT lead_id, signal.slot, sum({weight("once.at")}) AS amount
        FROM once JOIN leads_signal signal ON signal.id = once.signal_id GROUP BY lead_id, signal.slot
    ), change AS (
        SELECT lead_id, array_agg(slot::int) AS slots, array_agg(amount) AS amounts
        FROM amount GROUP BY lead_id
    )
    UPDATE leads_tally tally SET
        next_check_at = CASE WHEN %(due)s AND change.lead_id IS NOT NULL THEN %(at)s
                             ELSE tally.next_check_at END,
        sums = ARRAY(
            SELECT CASE WHEN slot = ANY(%(slots)s)
                        THEN COALESCE(change.amounts[array_position(change.slots, slot)], 0)
                        ELSE COALESCE(tally.sums[slot], 0) END
            FROM generate_series(1, (SELECT max(slot)::int FROM leads_signal)) slot
            ORDER BY slot
        )
    FROM leads_tally held LEFT JOIN change ON change.lead_id = held.lead_id
    WHERE tally.lead_id = held.lead_id AND held.lead_id > %(after)s AND held.lead_id <= %(upto)s
"""
