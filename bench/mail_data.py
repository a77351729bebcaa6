"""Leads on a long track of daily mails for the benchmark of dispatch: 3 KB, three links, merge fields."""

from datetime import UTC, datetime, timedelta

from django.db import connection

START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
SUBJECT = (
    "{{ lead.first_name }}, what plants like {{ account.name }} did about noise on line {{ fields.line }}"
)
OPENING = """Dear {{ lead.first_name }},

You asked how {{ account.name }} can keep its return pumps quiet.
"""
MIDDLE = """
## What we saw on {n} lines

Plants with {n} pumps or more lose an hour a week to seals that wear out early. We took three of them
apart, measured what a {{{{ fields.industry }}}} plant of your size may expect, and wrote it down without
a word about ourselves. [Read the case of line {n}](https://www.example.com/cases/{n}?from=mail).

* what it cost before, and what it costs now
* what **{{{{ lead.first_name }}}}** can measure without stopping the line
* when it is not worth doing at all
"""
ENDING = """
Kind regards,
{{ sender.name }}, {{ company.name }}, {{ sender.phone }}
"""
BODY = OPENING + "".join(MIDDLE.format(n=n) for n in (3, 7, 12)) + ENDING

LEADS = """
    INSERT INTO leads_account (public_id, name, domain, facts, is_target, at)
    SELECT gen_random_uuid(), 'Plant ' || n, 'plant' || n || '.example', '{"industry": "Dairy"}', false,
           %(at)s
    FROM generate_series(1, GREATEST(%(leads)s / 20, 1)) n;
    INSERT INTO leads_lead (
        public_id, email, phone, postal_address, outside_id, first_name, last_name, country, time_zone, stage,
        facts, refused, closed_cause, at, known_at, account_id)
    SELECT gen_random_uuid(), 'lead' || n || '@plant' || n %% GREATEST(%(leads)s / 20, 1) + 1 || '.example',
           '', '', '', 'Freya', 'Holm ' || n, 'NO', '', 'lead', '{"line": "2"}', '[]', '', %(at)s, %(at)s,
           n %% GREATEST(%(leads)s / 20, 1) + (SELECT min(id) FROM leads_account)
    FROM generate_series(1, %(leads)s) n;
    INSERT INTO leads_identity (key, lead_id, at, joined_at)
    SELECT gen_random_uuid(), id, at, at FROM leads_lead;
    INSERT INTO leads_tally (lead_id, sums, next_check_at) SELECT id, '{}', at FROM leads_lead;
    INSERT INTO leads_custody (lead_id, custodian_id, side, next_action, next_action_at, reason, since)
    SELECT id, %(hand)s, 'marketing', 'enroll', at, 'New', at FROM leads_lead;
"""


def prepare(leads: int, *, steps: int = 40):
    """A company, a marketer, this many leads, and everybody on one track with a mail a day."""
    from django.contrib.auth.models import Group

    from leads.models import Custodian, Field, Lead
    from nurture import publishing
    from nurture.enrolling import enroll
    from nurture.models import Part, Step
    from people.models import Calendar, Company, Side, Team, User
    from people.models.user import MARKETING

    Company.objects.update_or_create(pk=1, defaults={"name": "Kessel & Strand", "postal_address": "Oslo"})
    hours = Calendar.objects.create(name="Always", week=ALWAYS)
    team = Team.objects.create(name="Marketing", side=Side.MARKETING, calendar=hours)
    ruth = User.objects.create_user(
        "ruth@bench.example", name="Ruth Amaro", team=team, phone="+47 22 22 22 22"
    )
    ruth.groups.set([Group.objects.get_or_create(name=MARKETING)[0]])
    Field.objects.get_or_create(key="line", defaults={"label": "Line"})
    with connection.cursor() as cursor:
        cursor.execute(LEADS, {"leads": leads, "at": START, "hand": Custodian.of(ruth, Side.MARKETING).pk})
    track = publishing.start(name="Long", calendar=hours, sender=ruth, audience=None)
    draft = publishing.draft_of(track)
    for number in range(1, steps + 1):
        step = Step.objects.create(version=draft, position=number, wait=1, name=f"Day {number}")
        Part.objects.create(step=step, number=1, channel="email", subject=SUBJECT, body=BODY)
    publishing.publish(track, by=None, at=START)
    ids = list(Lead.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, leads, 20_000):
        enroll(ids[start : start + 20_000], track, reason="fits", at=START)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return track


def day(number: int) -> datetime:
    """When the mail of this day, counted from 1, is due for everybody."""
    return START + timedelta(days=number)
