"""The list of leads, saved views and search: milliseconds of a whole request, first pages and deep ones.

Every request goes through Django from the middleware to the rendered page, as a marketer who sees everybody
and as a rep who sees their own; the database answers without parallel workers. p95 is over all runs of one
address, in wall time, which other work on the machine stretches; CPU is ours and PostgreSQL's, the mean of
all runs. The number of statements is that of the last run.
"""

import argparse
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from bench.measure import charged

AT = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
HELD, DEEP = 100, 100_000  # milliseconds; how many leads before a deep page
# fmt: off
FIRST = ["Henrik", "Priya", "Ødegård", "Mikko", "Lucía", "Anneke", "Rui", "Freya", "Daniel", "Ingrid", "Olav"]
LAST = ["Sandvik", "Raman", "Solberg", "Virtanen", "Duarte", "Navarro", "Lind", "Berg", "Hagen", "Weiß", "Ek"]
# fmt: on
SYLLABLES = ["ber", "dal", "fjel", "gard", "hol", "lund", "mark", "nor", "stad", "vik", "ros", "strand", "ek"]

REST = [
    "INSERT INTO leads_source (name, vendor, lead_type)"
    " SELECT 'Source ' || n, '', '' FROM generate_series(1, 12) n",
    "INSERT INTO leads_tally (lead_id, sums, last_human_at)"
    " SELECT id, '{}', %(at)s - (id %% 400) * interval '1 day' FROM leads_lead",
    "INSERT INTO leads_score (lead_id, sheet_id, points, at)"
    " SELECT id, %(sheet)s, (400 * random() ^ 3)::int - 20, %(at)s FROM leads_lead WHERE id %% 10 > 0",
    """INSERT INTO leads_custody
       (lead_id, custodian_id, side, owner_id, next_action, next_action_at, reason, since)
       SELECT lead.id, hand.id, hand.side, CASE hand.side WHEN 'sales' THEN hand.user_id END,
              CASE hand.side WHEN 'sales' THEN 'answer' ELSE 'touch' END,
              %(at)s + (random() * 90 - 5) * interval '1 day', 'Step 2', %(at)s
       FROM leads_lead lead JOIN (
           SELECT *, row_number() OVER (PARTITION BY side ORDER BY id) - 1 AS place FROM leads_custodian) hand
       ON hand.side = CASE lead.stage WHEN 'mql' THEN 'sales' ELSE 'marketing' END
          AND hand.place = lead.id / 5 %% 20""",
    """INSERT INTO leads_custodychange (lead_id, custodian_id, side, owner_id, reason, at)
       SELECT lead_id, custodian_id, side, owner_id, reason, since FROM leads_custody""",
]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--keep", default="", metavar="NAME", help="work in this database, and leave it be")
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="only requests whose name has these words"
    )


def run(options: argparse.Namespace) -> None:
    began = time.perf_counter()
    marketer, rep = kept() or fill(options.leads)
    made = time.perf_counter() - began
    print(f"\nLists: {options.leads:,} leads, made or found in {made:.0f} s, {options.runs} runs each")
    print(f"{'request':<50} {'CPU':>8} {'p50':>8} {'p95':>8} {'statements':>11}")
    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES={"default": plain["staticfiles"], **plain}, ALLOWED_HOSTS=["*"]):
        worst = max(
            measure(label, client(user), path, options.runs)
            for user, label, path in requests(marketer, rep, min(DEEP, options.leads // 2), options.only)
            if options.only in label
        )
    print(f"\nslowest p95: {worst:.0f} ms; at most {HELD} {'holds' if worst <= HELD else 'does not hold'}")


def client(user) -> Client:
    made = Client()
    made.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
    return made


def measure(label: str, asked: Client, path: str, runs: int) -> float:
    """p95 of a request, after three that only warm up."""
    times, cpu = [], 0.0
    for turn in range(runs + 3):
        if turn == 3:
            cpu = charged()
        began = time.perf_counter()
        answer = asked.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}.")
        if turn >= 3:
            times.append(1000 * (time.perf_counter() - began))
    cpu = 1000 * (charged() - cpu) / runs
    with CaptureQueriesContext(connection) as queries:
        asked.get(path)
    p95 = statistics.quantiles(times, n=20)[-1]
    middle = statistics.median(times)
    print(f"{label:<50} {cpu:>5.0f} ms {middle:>5.0f} ms {p95:>5.0f} ms {len(queries):>11}", flush=True)
    return p95


def requests(marketer, rep, deep: int, only: str):
    """Who asks, what it is called and its address; the key of a deep page is looked for when it is asked."""
    from leads.lists.orders import ORDERS

    for order in ORDERS:
        yield marketer, f"list by {order}", f"/leads/?sort={order}"
        if only in (label := f"list by {order}, after {deep:,}"):
            yield marketer, label, f"/leads/?sort={order}&after={key(marketer, order, deep)}"
    for label, query in VIEWS.items():
        yield marketer, f"view: {label}", f"/leads/?{query}"
    for words in WORDS:
        yield marketer, f"list, looked for: {words}", f"/leads/?q={words.replace(' ', '+')}"
        yield marketer, f"search: {words}", f"/search/?q={words.replace(' ', '+')}"
    for label, path in OWN.items():
        yield rep, f"a rep's {label}", path


WORDS = (
    "sandvik", "odegard hol", "lead4711@company", "company48", "an", "henrik", "stadros",
    "nobody by this name",
)  # fmt: skip
OWN = {
    "list, newest": "/leads/",
    "list by score": "/leads/?sort=score",
    "buyers": "/leads/?who=title.is.Buyer",
    "list, looked for: sandvik": "/leads/?q=sandvik",
    "search: sandvik": "/search/?q=sandvik",
}
VIEWS = {
    "MQLs by score": "who=stage.is.mql&sort=score",
    "overdue, by next action": "who=overdue.is_true&sort=next",
    "held by one rep": "who=holder.is.Sales+7+in+sales",
    "held by one rep, by score": "who=holder.is.Sales+7+in+sales&sort=score",
    "German dairies, 99 points": "sort=score&who=industry.is.Dairy&who=country.is.DE&who=score.at_least.99",
    "German dairies, newest": "who=industry.is.Dairy&who=country.is.DE",
    "named targets not seen for 60 days": "who=is_target.is_true&who=last_seen.older_than.60",
    "engineers of a source": "who=source.is.Source+3&who=title.contains.engineer&who=need.above.1",
    "one company's people": "who=account.is.Company+4711",
    "a title that nobody has": "who=title.contains.astronaut",
    "nobody at all": "who=industry.is.Dairy&who=title.is.Nothing+like+it",
    "nobody, by source": "who=title.is.Nothing+like+it&sort=source",
}


def key(user, order: str, deep: int) -> str:
    """The key of a page far down."""
    from leads.lists.asking import Asked
    from leads.lists.finding import Listing
    from leads.lists.orders import write_key
    from leads.lists.terms import terms

    found = Listing(user, Asked(terms(AT), sort=order), AT).keys("", deep)
    return write_key(*found[-1]).replace("+", "%2B")


@transaction.atomic
def _fill(leads: int, sheet: int) -> None:
    from bench import scores_data as made
    from leads.models.card import write_cards

    names = "(%(firsts)s::text[])[1 + n %% 11], (%(lasts)s::text[])[1 + n / 11 %% 11] || ' '"
    names += " || initcap((%(parts)s::text[])[1 + n / 121 %% 13] || (%(parts)s::text[])[1 + n / 1573 %% 13])"
    people = made.LEADS.replace("'First ' || n, 'Last ' || n", names)

    people = people.replace("account_id, country", "account_id, source_id, country")
    people = people.replace("n / 10 + 1, (%(countries)s", "n / 10 + 1, 1 + n %% 12, (%(countries)s")
    params: dict[str, Any] = {
        "leads": leads, "at": AT, "industries": made.INDUSTRIES, "titles": made.TITLES, "roles": made.ROLES,
        "functions": made.FUNCTIONS, "countries": made.COUNTRIES, "firsts": FIRST, "lasts": LAST,
        "parts": SYLLABLES, "sheet": sheet,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SELECT setseed(0.5)")
        for statement in (made.ACCOUNTS, people, *REST):
            cursor.execute(statement, params)
        cursor.execute("DROP INDEX card_by_words")  # built at once is built sooner
        cursor.execute(write_cards("leads_lead"))
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute("CREATE INDEX card_by_words ON leads_indexcard USING gin (words gin_trgm_ops)")


def kept():
    """The marketer and the rep of a database that was left by an earlier run."""
    from people.models import User

    return User.objects.filter(email__in=["marketing19@bench.example", "sales19@bench.example"]).order_by(
        "email"
    )


def fill(leads: int):
    """Leads with companies, scores, hands, sources and cards; a marketer and a rep."""
    from django.contrib.auth.models import Group

    from leads.models import Custodian, ScoreSheet
    from people.models import Side, User
    from people.models.user import MARKETING, SALES

    hired = {}
    for side, group in ((Side.MARKETING, MARKETING), (Side.SALES, SALES)):
        for number in range(20):
            user = User.objects.create_user(f"{side}{number}@bench.example", name=f"{side.label} {number}")
            user.groups.set([Group.objects.get(name=group)])
            Custodian.of(user, side)
            hired[side] = user
    _fill(leads, ScoreSheet.objects.create(name="Bench", frozen_at=AT - timedelta(days=1)).pk)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return hired[Side.MARKETING], hired[Side.SALES]
