"""Narrowed lists: indexes only make them quicker. Whoever fits stands there, in order, and nobody else."""

from random import Random

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leads.conditions import compile_sql
from leads.lists import asking, language, walking
from leads.lists.finding import Listing, patience
from leads.lists.narrowing import Narrowing
from leads.lists.orders import ORDERS
from leads.lists.terms import from_lists, terms
from leads.models import Account, Custodian, Custody, Field, Lead, Score, ScoreSheet, Stage
from tests import make

pytestmark = pytest.mark.django_db
AT = make.MONDAY_9AM
WORDS = [
    "Buyer", "BUYER", "Ärztin", "ÄRZTIN", "Ingénieur en chef", "100% _sure\\", "ß", "ſtraße", "Kelvin", "K",
    "Žižkov", "a b", "chief engineer of everything that moves, and of much that does not move at all", "5",
]  # fmt: skip
TEXT_OPS = ["is", "is_not", "contains", "starts_with", "in", "known", "unknown"]


def crowd(dice: Random, sheet, source) -> list[Custodian]:
    """Forty leads of whom this or that is known, by four companies, held by two people."""
    Field.objects.create(key="exporter", label="Exporter", type="yes_no")
    hands = [Custodian.of(make.rep("Marit Dahl"), "sales"), Custodian.of(make.rep("Jonas Weil"), "sales")]
    companies = [make.account(f"{word} works", facts={"industry": word}) for word in dice.sample(WORDS, 4)]
    for number in range(40):
        known = {
            "title": dice.choice(WORDS), "job_function": dice.choice(["Finance", "IT", "Retired"]),
            "exporter": dice.choice([True, False]), "budget": dice.choice(["", "5"]),
            "buys_by": f"2026-12-{1 + number % 28:02}",
        }  # fmt: skip
        lead = make.lead(
            facts={key: value for key, value in known.items() if dice.random() < 0.6},
            country=dice.choice(["DE", "de", "DK", ""]), first_name=dice.choice(WORDS)[:40],
            last_name=dice.choice(WORDS)[:40], account=dice.choice([None, *companies]),
            stage=dice.choice(list(Stage)), source=dice.choice([None, source]),
            holder=dice.choice([None, *hands]),
        )  # fmt: skip
        if number % 3:
            Score.objects.create(lead=lead, sheet=sheet, points=dice.randrange(-5, 5), at=AT)
    return hands


def some(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


def leaf(field: str, op: str, words: list[str]) -> dict:
    if op in ("known", "unknown", "is_true", "is_false"):
        return {"field": field, "op": op}
    return {"field": field, "op": op, "value": words if op == "in" else words[0]}


parts = [word[a:b] for word in WORDS for a, b in ((0, None), (0, 3), (1, 4), (2, 9)) if word[a:b].strip()]
leaves = st.one_of(
    st.builds(leaf, st.sampled_from(["title", "first_name", "last_name", "account", "industry"]),
              st.sampled_from(TEXT_OPS), some(parts)),
    st.builds(leaf, st.just("country"), st.sampled_from(["is", "in", "is_not"]), some(["DE", "dk", "Öl"])),
    st.builds(leaf, st.just("email_domain"), st.sampled_from(TEXT_OPS), some(["customer.example", "omer"])),
    st.builds(leaf, st.just("job_function"), st.sampled_from(["is", "in", "is_not"]), some(["IT", "Other"])),
    st.builds(leaf, st.just("exporter"), st.sampled_from(["is_true", "is_false", "unknown"]), some([""])),
    st.builds(leaf, st.just("buys_by"), st.sampled_from(["before", "after"]), some(["2026-12-09"])),
    st.builds(leaf, st.just("stage"), st.sampled_from(["is", "in"]), some(["mql", "lead", "sql"])),
    st.builds(leaf, st.just("score"), st.sampled_from(["at_least", "below"]), some(["0", "2.5"])),
    st.builds(leaf, st.just("holder"), st.just("is"), some(["Marit Dahl in sales"])),
)  # fmt: skip
trees = st.one_of(
    leaves,
    st.builds(lambda parts: {"all": parts}, st.lists(leaves, min_size=1, max_size=3)),
    st.builds(lambda parts: {"any": parts}, st.lists(leaves, min_size=1, max_size=2)),
    st.builds(lambda part: {"not": part}, leaves),
)


def plainly(sheet, tree, known) -> set[int]:
    """Whoever fits, by the condition alone."""
    exact = compile_sql(tree, known, at=AT)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT lead.id FROM {from_lists(sheet)} WHERE {exact.sql}", exact.params)  # noqa: S608
        return {pk for (pk,) in cursor}


def paged(listing: Listing, size: int) -> list[int]:
    found, after = [], ""
    while True:
        page = listing.page(after, size)
        found += [lead.pk for lead in page.leads]
        if not (after := page.after):
            return found


def sorted_at_once(listing: Listing) -> list[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Narrowing, "narrows", False)
        return [pk for _run, _key, pk in listing.keys("", 100)]


def test_a_list_is_who_fits_in_its_order_however_it_was_found(monkeypatch):
    sheet, source = ScoreSheet.objects.create(name="Nordics"), make.source("Fair")
    marit = crowd(Random(7), sheet, source)[0].user
    known, ruth = terms(AT), make.marketer()

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        trees, st.sampled_from(list(ORDERS)), st.sampled_from([(1, 2), (1, 5), (3, 60)]), st.integers(2, 9)
    )
    def same(tree, sort, reach, size):
        monkeypatch.setattr(walking, "GLIMPSE", reach[0])
        monkeypatch.setattr(walking, "FAR", reach[1])
        monkeypatch.setattr(walking, "FAR_FOR_OWN", reach[1])
        asked = asking.read(QueryDict(mutable=True), known)
        asked = asking.replace(asked, tree=tree, sort=sort)
        listing = Listing(ruth, asked, AT, sheet)

        found = paged(listing, size)

        assert (set(found), len(found)) == (plainly(sheet, tree, known), len(set(found)))
        assert found == sorted_at_once(listing)
        theirs = set(Lead.objects.visible_to(marit).values_list("pk", flat=True))
        assert paged(Listing(marit, asked, AT, sheet), size) == [pk for pk in found if pk in theirs]

    same()


# --- how the server finds them ----------------------------------------------------------------------------


@pytest.fixture
def many():
    """3,000 leads, a company for each ten, and one of each kind who is like nobody else."""
    firms = Account.objects.bulk_create(
        Account(name=f"Firm {n}", facts={"industry": "Dairy"}, at=AT) for n in range(300)
    )
    leads = Lead.objects.bulk_create(
        Lead(
            email=f"{n}@firm.example", first_name="Ann", last_name=f"Berg {n % 50}", country="DE",
            facts={"title": "Buyer", "interest": "spare parts"}, account=firms[n // 10], at=AT, known_at=AT,
        )
        for n in range(3000)
    )  # fmt: skip
    hand = Custodian.of(make.marketer("Otto Kern"), "marketing")
    Custody.objects.bulk_create(
        Custody(lead=lead, custodian=hand, side="marketing", next_action="enroll", next_action_at=AT,
                reason="New lead", since=AT)
        for lead in leads
    )  # fmt: skip
    Account.objects.filter(pk=firms[7].pk).update(facts={"industry": "Paper"})
    Lead.objects.filter(email="1700@firm.example").update(
        facts={"title": "Chief astronaut", "interest": "Möbel"}, country="BR", last_name="Zwicky"
    )
    with connection.cursor() as cursor:
        for index in ("lead_by_facts", "account_by_facts", "card_by_words"):
            cursor.execute("SELECT gin_clean_pending_list(%s)", [index])
        cursor.execute("ANALYZE leads_lead, leads_account, leads_indexcard")


@pytest.mark.parametrize(
    ("who", "index"),
    [
        ("title.is.chief+ASTRONAUT", "lead_by_facts"),
        ("title.in.Pilot~Chief+astronaut", "lead_by_facts"),
        ("title.contains.astro", "lead_by_facts"),
        ("interest.is.MÖBEL", "lead_by_facts"),
        ("interest.starts_with.möbel", "lead_by_facts"),
        ("country.is.br", "lead_by_facts"),
        ("budget.known", "lead_by_facts"),
        ("industry.is.Paper", "account_by_facts"),
        ("industry.contains.pape", "account_by_facts"),
        ("last_name.contains.wick", "card_by_words"),
    ],
)
def test_a_few_are_found_by_what_is_known_of_them(many, who, index):
    listing = Listing(make.marketer(), asking.read(QueryDict(f"who={who}"), terms(AT)), AT)
    assert listing.asked.problems == ()

    with connection.cursor() as cursor, patience(4000):
        cursor.execute(f"EXPLAIN {listing.ids_sql}", listing.params)
        plan = "\n".join(line for (line,) in cursor)

    assert index in plan, plan


def test_a_fact_is_found_under_its_new_value_as_soon_as_it_is_known(many):
    lead = Lead.objects.get(email="12@firm.example")
    lead.facts = {"title": "Clown"}
    lead.save(update_fields=["facts"])
    asked = asking.replace(asking.read(QueryDict(), terms(AT)), tree=language.read("title.is.clown"))

    assert [one.pk for one in Listing(make.marketer(), asked, AT).page().leads] == [lead.pk]


def test_what_a_page_asks_of_the_server_holds_for_that_page_only():
    def now():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout'), current_setting('random_page_cost')")
            return cursor.fetchone()

    before = now()
    with patience(1234):
        within = now()

    assert (within, now()) == (("1234ms", "1.1"), before)


@pytest.mark.parametrize("query", ["who=title.is.Buyer", "q=ann&sort=score", "who=title.is.None&sort=stage"])
def test_a_narrowed_list_asks_as_often_whatever_it_finds(client, query):
    client.force_login(make.marketer())
    counts = []
    for more in (2, 10):
        for _each in range(more):
            make.lead(facts={"title": "Buyer"}, first_name="Ann")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/leads/?{query}").status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1]
