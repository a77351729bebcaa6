"""Leads, what is known of them and what they did, generated in the server."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from leads import partitions, sheets
from leads.models import ScoreRule, ScoreSheet

FUNCTIONS = ["Operations", "Engineering", "Purchasing", "Finance", "IT", "Marketing", "General management"]
ROLES = ["Decider", "Recommends", "Uses it", "Researches", "Signs off"]
INDUSTRIES = ["Dairy", "Bakery", "Brewing", "Pharma", "Paper", "Steel", "Plastics", "Furniture"]
TITLES = ["Vice President", "Chief engineer", "Buyer", "Plant manager", "Student", "Analyst"]
COUNTRIES = ["DE", "DK", "SE", "NO", "FI", "PL", "NL", "BR"]

ACCOUNTS = """
    INSERT INTO leads_account (public_id, name, domain, facts, is_target, at)
    SELECT gen_random_uuid(), 'Company ' || n, 'company' || n || '.example',
           jsonb_build_object('industry', (%(industries)s::text[])[1 + n %% 8], 'employees', n %% 1000,
                              'city', 'City ' || n %% 50),
           n %% 40 = 0, %(at)s
    FROM generate_series(1, %(leads)s / 10 + 1) n
"""
LEADS = """
    INSERT INTO leads_lead (public_id, email, phone, postal_address, outside_id, first_name, last_name,
                            account_id, country, time_zone, stage, facts, need, timeframe, authority,
                            refused, closed_cause, at, known_at)
    SELECT gen_random_uuid(), 'lead' || n || '@company' || n / 10 + 1 || '.example', '', '', '',
           'First ' || n, 'Last ' || n, n / 10 + 1, (%(countries)s::text[])[1 + n %% 8], '',
           CASE WHEN n %% 5 = 0 THEN 'mql' ELSE 'lead' END,
           jsonb_build_object(
               'title', (%(titles)s::text[])[1 + n %% 6], 'job_function', (%(functions)s::text[])[1 + n %% 7],
               'buying_role', (%(roles)s::text[])[1 + n / 7 %% 5], 'budget', 'about ' || n %% 100 || ' k',
               'interest', CASE WHEN n %% 3 = 0 THEN 'automation' ELSE 'spare parts' END),
           NULLIF(n %% 4, 0), NULLIF(n / 3 %% 4, 0), NULLIF(n / 5 %% 4, 0), '[]', '',
           %(at)s - interval '400 days', %(at)s - interval '400 days'
    FROM generate_series(1, %(leads)s) n
"""
IDENTITIES = """
    INSERT INTO leads_identity (id, key, lead_id, at)
    SELECT id, gen_random_uuid(), id, at FROM leads_lead
"""
#: In the order of time, as they would have arrived.
ACTIVITIES = """
    INSERT INTO leads_activity (at, known_at, identity_id, kind, grade, about, dedupe_key)
    SELECT happened, happened, 1 + (random() * random() * (%(leads)s - 1))::int,
           (%(kinds)s::text[])[1 + (10 * random() * random())::int %% 10],
           CASE WHEN n %% 10 = 0 THEN 1 ELSE 2 END, '/page/' || n %% 200, n
    FROM (SELECT n, %(at)s - (1 - (n - random()) / %(activities)s) * interval '365 days' AS happened
          FROM generate_series(1, %(activities)s) n) one
"""
TALLIES = """
    INSERT INTO leads_tally (lead_id, sums, last_human_at)
    SELECT lead.id, '{}', seen.at FROM leads_lead lead LEFT JOIN (
        SELECT identity_id, max(at) AS at FROM leads_activity WHERE grade > 1 GROUP BY identity_id
    ) seen ON seen.identity_id = lead.id
    ORDER BY lead.id
"""
CUSTODY = """
    WITH hand AS (
        INSERT INTO leads_custodian (kind, side, name) VALUES ('worklist', 'marketing', 'Bench') RETURNING id
    )
    INSERT INTO leads_custody (lead_id, side, next_action, next_action_at, reason, since, custodian_id)
    SELECT lead.id, 'marketing', 'enroll', lead.at, 'New lead', lead.at, hand.id
    FROM leads_lead lead, hand ORDER BY lead.id
"""
#: Rows arrive quicker when their indexes are made afterwards.
INDEXES = """
    SELECT format('ALTER TABLE leads_activity DROP CONSTRAINT %%I', conname),
           format('ALTER TABLE leads_activity ADD CONSTRAINT %%I %%s', conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid = 'leads_activity'::regclass AND contype IN ('p', 'u')
    UNION ALL
    SELECT format('DROP INDEX %%I', indexname), replace(indexdef, ' ON ONLY ', ' ON ')
    FROM pg_indexes WHERE tablename = 'leads_activity' AND indexname LIKE 'activity%%'
"""


@transaction.atomic
def fill(leads: int, activities: int, *, at: datetime) -> None:
    """Everything but what signals count; triggers sleep meanwhile."""
    from bench.scores import KINDS

    partitions.ensure(at - timedelta(days=366), at)
    params: dict[str, Any] = {
        "leads": leads, "activities": activities, "at": at, "functions": FUNCTIONS, "roles": ROLES,
        "industries": INDUSTRIES, "titles": TITLES, "countries": COUNTRIES, "kinds": KINDS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(INDEXES, {})
        away, back = zip(*cursor.fetchall(), strict=True)
        for statement in (ACCOUNTS, LEADS, IDENTITIES, *away, ACTIVITIES, *back, TALLIES, CUSTODY):
            cursor.execute(statement, params if "%(" in statement else None)
    transaction.on_commit(tidy)


def tidy() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def sheet(*, at: datetime) -> ScoreSheet:
    """24 rules about characteristics, 10 signals, and a penalty for silence."""
    from bench.scores import KINDS

    made = ScoreSheet.objects.create(name="Bench")
    asked = [
        *(("job_function", "is", name, 5) for name in FUNCTIONS[:6]),
        *(("buying_role", "is", name, 10) for name in ROLES[:4]),
        *(("title", "contains", name, 20) for name in TITLES[:4]),
        *(("country", "is", name, 5) for name in COUNTRIES[:3]),
        ("industry", "is", "Dairy", 15), ("employees", "at_least", 200, 20),
        ("employees", "at_least", 800, 10),
        ("is_target", "is_true", None, 50), ("need", "at_least", 2, 10), ("timeframe", "at_least", 2, 10),
        ("stage", "is", "mql", 25), ("last_seen", "older_than", 60, -50),
    ]  # fmt: skip
    rules = [
        ScoreRule(label=f"{name} {value}", points=points, condition=leaf(name, op, value))
        for name, op, value, points in asked
    ]
    for number, kind in enumerate(KINDS, 1):
        signal = sheets.signal(f"Bench {kind}", kind, at=at, half_life_days=10 * number)
        rules.append(ScoreRule(label=kind, points=3 * number, signal=signal, cap=40 + 5 * number))
    sheets.add(made, rules, at=at)
    return made


def leaf(name: str, op: str, value: object) -> dict:
    return {"field": name, "op": op} | ({} if value is None else {"value": value})
