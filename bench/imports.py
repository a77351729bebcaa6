"""Import of a CSV file of leads: through the door, against SQL written by hand for the same rows.

Both read the same file and leave the same rows in the same tables: companies, leads, identities, tallies,
custody and its history, stages, facts and the cached winners. The hand-written SQL checks nothing, asks
nobody whether a person is known, and takes the file as it is; that is the price of the door.
"""

import argparse
import random
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection, transaction

from bench.measure import interleave, table

AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
OURS, HAND = "the door: read, check, admit", "SQL by hand"
COMPARED = (
    "account", "lead", "identity", "tally", "custody", "custodychange", "stagechange", "fact",
)  # fmt: skip

BY_HAND = """
    SET LOCAL jit = off;
    SET LOCAL "pgtrigger.ignore" = '{{}}';
    INSERT INTO leads_source (name, vendor, lead_type) SELECT DISTINCT origin, '', '' FROM raw;
    INSERT INTO leads_account (public_id, name, domain, facts, is_target, imported_by_id, at)
    SELECT gen_random_uuid(), min(company), split_part(email, '@', 2),
           jsonb_build_object('employees', min(employees)::int), false, {batch}, '{at}'
    FROM raw GROUP BY split_part(email, '@', 2);
    INSERT INTO leads_fact (account_id, field_id, value, saying, imported_by_id, at, known_at)
    SELECT account.id, field.id, account.facts->'employees', 2, {batch}, '{at}', '{at}'
    FROM leads_account account, leads_field field WHERE field.key = 'employees';
    INSERT INTO leads_lead (
        public_id, email, phone, postal_address, outside_id, first_name, last_name, country, time_zone, stage,
        facts, refused, closed_cause, at, known_at, account_id, source_id, imported_by_id)
    SELECT gen_random_uuid(), email, phone, '', raw.id, first_name, last_name, country, '', 'lead',
           jsonb_build_object('title', title, 'interest', interest), '[]', '', '{at}', '{at}', account.id,
           source.id, {batch}
    FROM raw
    JOIN leads_account account ON account.domain = split_part(email, '@', 2)
    JOIN leads_source source ON source.name = origin
    ON CONFLICT DO NOTHING;
    INSERT INTO leads_identity (key, lead_id, at, joined_at)
    SELECT gen_random_uuid(), id, at, at FROM leads_lead;
    INSERT INTO leads_tally (lead_id, sums, next_check_at) SELECT id, '{{}}', '{at}' FROM leads_lead;
    INSERT INTO leads_custody (lead_id, custodian_id, side, next_action, next_action_at, reason, since)
    SELECT id, {hand}, 'marketing', 'enroll', '{at}', 'Imported', '{at}' FROM leads_lead;
    INSERT INTO leads_stagechange (lead_id, from_stage, to_stage, trigger, imported_by_id, at, known_at)
    SELECT id, '', 'lead', 'Imported', {batch}, at, known_at FROM leads_lead;
    INSERT INTO leads_fact (lead_id, field_id, value, saying, imported_by_id, at, known_at)
    SELECT lead.id, field.id, told.value, 2, {batch}, lead.at, lead.known_at
    FROM leads_lead lead, jsonb_each(lead.facts) told JOIN leads_field field ON field.key = told.key;
"""
RAW = """
    CREATE TEMPORARY TABLE raw (
        id text, email text, first_name text, last_name text, phone text, country text, company text,
        origin text, title text, interest text, employees text) ON COMMIT DROP
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=100_000)


def run(options: argparse.Namespace) -> None:
    from people.models import User

    print(f"Import: {options.rows:,} leads, {options.rounds} rounds")
    User.objects.create_superuser("root@baton.example", "x", name="Root")
    with tempfile.TemporaryDirectory(prefix="baton bench ") as folder:
        path = Path(folder) / "leads.csv"
        write(path, options.rows)
        variants = {OURS: lambda: through_the_door(path), HAND: lambda: by_hand(path)}
        check(variants)
        found = interleave(variants, rounds=options.rounds, between=forget)
    table(found, unit="leads", against=[(OURS, HAND, 0.5)])


def write(path: Path, rows: int) -> None:
    """People of companies of twenty, a third with a phone."""
    dice = random.Random(7)
    with path.open("w") as file:
        file.write("id,email,first_name,last_name,phone,country,company,origin,title,interest,employees\n")
        for n in range(rows):
            firm = n // 20
            phone = f"+4930{dice.randrange(10**6, 10**7)}" if n % 3 == 0 else ""
            file.write(
                f"x{n},person.{n}@firm{firm}.example,First{n % 500},Last{n},{phone},DE,Firm {firm},"
                f"{dice.choice(['Fair', 'Search', 'Social'])},Buyer {n % 40},Tools,{firm % 900}\n"
            )


def through_the_door(path: Path) -> int:
    """As the pages do it: survey, keep the file, run; without the trial."""
    import uuid

    from leads.imports import running
    from leads.models import Import

    with path.open("rb") as file:
        batch = running.begin(Import.What.LEADS, path.name, file, at=AT)
    batch.rules |= {"wish": "run"}
    batch.state, batch.token, batch.lease_until = Import.State.RUNNING, uuid.uuid4(), AT
    batch.save()
    running.perform(batch, AT)
    return batch.counts["created"]


@transaction.atomic
def by_hand(path: Path) -> int:
    from leads.models import Custodian, Import
    from people.models import Side, User

    batch = Import.objects.create(name=path.name, at=AT)
    hand = Custodian.of(User.objects.get(), Side.MARKETING)
    with connection.cursor() as cursor:
        cursor.execute(RAW)
        with (
            path.open("rb") as file,
            cursor.copy("COPY raw FROM STDIN (FORMAT csv, HEADER, FORCE_NOT_NULL (phone))") as copy,
        ):
            while block := file.read(1 << 16):
                copy.write(block)
        cursor.execute("ANALYZE raw")
        cursor.execute(BY_HAND.format(at=AT.isoformat(), batch=batch.pk, hand=hand.pk))
        cursor.execute("SELECT count(*) FROM leads_lead")
        return cursor.fetchone()[0]


def check(variants: dict[str, Callable[[], int]]) -> None:
    """Both leave the same number of rows in every table, and know the same."""
    left = []
    for variant in variants.values():
        forget()
        variant()
        left.append(rows())
    if left[0] != left[1]:
        raise SystemExit(f"The variants do not do the same: {left}")


def rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        counted = {}
        for name in COMPARED:
            cursor.execute(f"SELECT count(*) FROM leads_{name}")
            counted[name] = cursor.fetchone()[0]
        for name in ("lead", "account"):
            cursor.execute(f"SELECT sum(hashtext(facts::text)) FROM leads_{name}")
            counted[f"facts of {name}"] = cursor.fetchone()[0]
        return counted


def forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE leads_lead, leads_account, leads_source, leads_import CASCADE")
        cursor.execute("VACUUM ANALYZE")
