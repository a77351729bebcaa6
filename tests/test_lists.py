"""Lists: conditions in the address, saved views, columns, what is taken home, and search."""

import contextlib
import io
import zipfile
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from leads import custody
from leads.lists import asking, finding, language
from leads.lists.asking import Asked
from leads.lists.finding import Listing, TooSlow
from leads.lists.orders import ORDERS
from leads.lists.terms import terms
from leads.models import Custodian, Export, Field, IndexCard, Lead, SavedView, Score, ScoreSheet
from people.models.user import MARKETING
from tests import make

ASK = "/leads/"


@pytest.fixture
def ruth(client):
    ruth = make.marketer("Ruth Amaro")
    client.force_login(ruth)
    return ruth


def names(client, query):
    return [lead.last_name for lead, _cells in client.get(f"{ASK}?{query}").context["rows"]]


# --- the language of addresses ---------------------------------------------------------------------------

values = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20),
    st.integers(-(10**14), 10**14),
)
some_values = st.lists(values, min_size=1, max_size=4)


def leaf(op, value):
    return {"field": "industry", "op": op, "value": value}


leaves = st.one_of(
    st.builds(leaf, st.sampled_from(["is", "contains"]), values),
    st.builds(leaf, st.just("in"), some_values),
    st.just({"field": "email", "op": "known"}),
)


def groups_of(part):
    some = st.lists(part, min_size=1, max_size=3)
    joined = st.builds(lambda word, parts: {word: parts}, st.sampled_from(["all", "any"]), some)
    return st.one_of(joined, st.builds(lambda one: {"not": one}, part))


def depth(tree):
    inner = tree.get("all") or tree.get("any") or ([tree["not"]] if "not" in tree else [])
    return 1 + max(map(depth, inner), default=0)


@given(st.recursive(leaves, groups_of, max_leaves=6).filter(lambda tree: depth(tree) <= language.DEEPEST))
def test_a_condition_comes_back_from_its_address_as_it_was(tree):
    assert language.read(language.write(tree)) == tree


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_condition_or_is_said_to_be_none(text):
    with contextlib.suppress(language.Unreadable):
        assert language.read(text).keys() & {"all", "any", "not", "field"}


def test_an_address_reads_like_what_it_asks():
    mql, known = {"field": "stage", "op": "is", "value": "mql"}, {"field": "email", "op": "known"}
    tree = {"any": [mql, {"not": known}]}

    assert language.write(tree) == "any(stage.is.mql,not(email.known))"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("who=stage.is.boss", "no choice of Stage"),
        ("who=shoe_size.is.43", "There is no field called"),
        ("who=any(", "read from"),
        ("who=score.at_least.many", "Score needs a number"),
        ("who=stage.is.mql&who=)", "read from"),
        ("who=" + "not(" * 40 + "email.known", "nested"),
    ],
)
def test_a_bad_address_is_said_and_narrows_nothing(client, ruth, query, said):
    make.lead(last_name="Sandvik")

    answer = client.get(f"{ASK}?{query}")

    assert (answer.status_code, said in answer.content.decode()) == (200, True)
    assert names(client, query) == ["Sandvik"]


@pytest.mark.django_db
def test_what_the_rows_say_becomes_an_address(client, ruth):
    rows = {"who-join": "all", "who-field_0": "stage", "who-op_0": "is", "who-value_0": "MQL"}

    answer = client.get(ASK, {**rows, "q": "sand", "sort": "score"})

    assert answer.headers["Location"] == "/leads/?q=sand&who=stage.is.mql&sort=score"


@pytest.mark.django_db
def test_rows_that_say_what_cannot_be_say_so_beside_the_row(client, ruth):
    rows = {"who-join": "all", "who-field_0": "score", "who-op_0": "at_least", "who-value_0": "many"}

    assert "Score needs a number" in client.get(ASK, rows).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "who=score.at_least.7.5", "who=score.above.7", "who=stage.in.mql~sql", "who=source.is.Fair",
        "who=overdue.is_true", "who=is_target.is_true", "who=next_action.is.answer",
        "who=holder.is.Marit Dahl in sales", "who=last_name.starts_with.wan",
        "who=any(stage.is.mql,score.above.99)", "who=closed.is_false&who=stage.is.mql",
        "who=account.is.aas MEIERI", "who=email.is.Wanted@X.example",
    ],
)  # fmt: skip
def test_the_sieve_loses_nobody_and_the_condition_lets_nobody_through(client, ruth, query):
    at, marit = timezone.now(), Custodian.of(make.rep("Marit Dahl"), "sales")
    details = {
        "stage": "mql",
        "source": make.source("Fair"),
        "account": make.account("Aas Meieri", is_target=True),
    }
    wanted = make.lead(last_name="Wanted", email="wanted@x.example", holder=marit, **details)
    other = make.lead(last_name="Other", stage="lead")
    sheet = ScoreSheet.objects.create(name="Nordics")
    for lead, points in ((wanted, 8), (other, 7)):
        Score.objects.create(lead=lead, sheet=sheet, points=points, at=at)
    custody.plan([wanted.pk], next_action="answer", next_action_at=at - timedelta(hours=1), reason="Late")
    custody.plan([other.pk], next_action="enroll", next_action_at=at + timedelta(hours=1), reason="New lead")
    custody.close([other.pk], cause="spam", at=at) if "closed" in query else None

    assert names(client, query) == ["Wanted"]


# --- orders, columns and counts --------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ORDERS)
def test_every_order_shows_everybody_once_page_by_page(client, ruth, monkeypatch, sort):
    sheet = ScoreSheet.objects.create(name="Nordics")
    stages = ["mql", "lead", "lead", "sql", "mql", "lead", "customer"]
    companies = [make.account("~0 Ltd"), make.account("~1 Ltd")]
    for number, stage in enumerate(stages):
        details = {"source": make.source("Fair")} if number % 2 else {"account": companies[number % 4 // 2]}
        lead = make.lead(last_name=f"Lead~{number % 3}", stage=stage, **details)
        if number % 3:
            Score.objects.create(lead=lead, sheet=sheet, points=number % 2, at=make.MONDAY_9AM)
    whole = names(client, f"sort={sort}")
    monkeypatch.setattr(finding, "PAGE", 2)

    found, after = [], ""
    while after is not None:
        answer = client.get(ASK, {"sort": sort, "after": after})
        found += [lead.last_name for lead, _cells in answer.context["rows"]]
        after = answer.context["page"].after or None

    assert found == whole
    assert len(whole) == len(stages)


@pytest.mark.django_db
def test_a_field_of_ones_own_is_a_column(client, ruth):
    Field.objects.create(key="shoe_size", label="Shoe size", type="number")
    Lead.objects.filter(pk=make.lead().pk).update(facts={"shoe_size": 43})

    text = client.get(f"{ASK}?columns=shoe_size,score").content.decode()

    assert ("Shoe size" in text, ">43</td>" in text) == (True, True)


@pytest.mark.django_db
def test_a_number_that_takes_too_long_is_about_what_the_server_expects(ruth, monkeypatch):
    make.lead()
    listing = Listing(ruth, Asked(terms(timezone.now())), timezone.now())
    monkeypatch.setattr(Listing, "count", lambda self, most=None: finding.fetch("SELECT pg_sleep(5)", {}))
    monkeypatch.setattr(finding, "PAGE", 1)

    assert listing.total(listing.page()).kind == "about"


@pytest.mark.django_db
def test_a_list_that_takes_too_long_says_so(client, ruth, monkeypatch):
    def slow(self, after="", size=0):
        raise TooSlow

    monkeypatch.setattr(Listing, "page", slow)

    assert "This takes too long to find" in client.get(ASK).content.decode()


# --- index cards -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_every_lead_has_an_index_card():
    lead = make.lead(
        first_name="Ola", last_name="Ødegård", email="ola@x.example", account=make.account("Ås AS")
    )

    card = IndexCard.objects.get()

    assert (card.lead, card.name, card.company) == (lead, "odegard ola", "as as")


@pytest.mark.django_db
def test_an_index_card_says_what_its_lead_says(client, ruth):
    lead = make.lead(last_name="Before")
    lead.last_name = "After"
    lead.save()

    assert (names(client, "q=before"), names(client, "q=after")) == ([], ["After"])


@pytest.mark.django_db
def test_index_cards_follow_the_name_of_their_company(client, ruth):
    account = make.account("Brightwater")
    make.lead(last_name="Raman", account=account)
    account.name = "Darkwater"
    account.save()

    assert (names(client, "q=bright"), names(client, "q=dark")) == ([], ["Raman"])


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["odegard", "ØDEGÅRD", "od", "ola ode", "4912", "a%@", "o_l", "l\\a"])
def test_accents_capitals_beginnings_and_numbers_are_found(client, ruth, words):
    make.lead(first_name="Ola", last_name="Ødegård", phone="+49 1234", email="o_l\\a%@x.example")
    make.lead(last_name="Raman", email="raman@y.example")

    answer = client.get(ASK, {"q": words})

    assert [lead.last_name for lead, _cells in answer.context["rows"]] == ["Ødegård"]


# --- saved views -----------------------------------------------------------------------------------------


def save(client, **details):
    asked = "who=stage.is.mql&sort=score&columns=email"
    client.post("/leads/views/", {"name": "Mine", "ask": asked, **details})
    return SavedView.objects.latest("pk")


@pytest.mark.django_db
def test_a_view_is_saved_opened_changed_and_deleted(client, ruth):
    make.lead(last_name="Wanted", stage="mql"), make.lead(last_name="Other")
    view = save(client)

    opened = names(client, f"view={view.public_id}")
    client.post(f"/leads/views/{view.public_id}/keep/", {"ask": "who=stage.is.lead"})
    changed = names(client, f"view={view.public_id}")
    client.post(f"/leads/views/{view.public_id}/change/", {"name": "Renamed"})
    renamed = SavedView.objects.get().name
    client.post(f"/leads/views/{view.public_id}/delete/")

    assert (opened, changed, renamed, SavedView.objects.count()) == (["Wanted"], ["Other"], "Renamed", 0)


@pytest.mark.django_db
def test_a_view_is_seen_by_others_where_it_is_shared_and_changed_by_managers(client, ruth):
    private, shared = save(client), save(client, name="Ours", shared="on")
    client.force_login(make.rep())
    seen = [client.get(f"{ASK}?view={one.public_id}").status_code for one in (private, shared)]
    changed = client.post(f"/leads/views/{shared.public_id}/delete/").status_code
    client.force_login(make.marketing_manager())

    assert (seen, changed) == ([404, 200], 404)
    assert client.post(f"/leads/views/{shared.public_id}/delete/").status_code == 302


@pytest.mark.django_db
def test_a_role_sees_its_default_first_and_ones_own_before_it(client, ruth):
    client.force_login(make.marketing_manager())
    first, second = (
        save(client, name="Role", default_for=MARKETING),
        save(client, name="Newer", default_for=MARKETING),
    )
    client.force_login(ruth)
    of_role = client.get(ASK).headers["Location"]
    own = save(client, is_default="on")
    first.refresh_from_db()

    assert (of_role, first.default_for) == (f"/leads/?view={second.public_id}", [])
    assert client.get(ASK).headers["Location"] == f"/leads/?view={own.public_id}"
    assert client.get(f"{ASK}?view=all").status_code == 200


@pytest.mark.django_db
def test_a_view_of_a_field_that_is_gone_shows_everybody_and_says_why(client, ruth):
    make.lead(last_name="Sandvik")
    view = save(client)
    SavedView.objects.update(condition={"field": "shoe_size", "op": "is", "value": 43})

    answer = client.get(f"{ASK}?view={view.public_id}")

    assert ("There is no field called" in answer.content.decode(), len(answer.context["rows"])) == (True, 1)


@pytest.mark.django_db
def test_what_is_asked_beside_a_view_can_be_saved_into_it(client, ruth):
    view = save(client)

    asked = asking.read(QueryDict(f"view={view.public_id}&q=x&who=stage.is.mql"), terms(timezone.now()), view)

    assert asked.differs
    assert asking.read(QueryDict(asked.query()), asked.terms, view) == asked


@pytest.mark.django_db
def test_views_are_counted_beside_the_list(client, ruth):
    make.lead(stage="mql")
    save(client)

    assert '<span class="figure">1</span>' in client.get("/leads/views/counts/").content.decode()


# --- taken home ------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_export_is_written_down_with_who_whom_and_how_many(client, ruth):
    make.lead(stage="mql"), make.lead()

    b"".join(client.get("/leads/leads.csv?who=stage.is.mql").streaming_content)

    found = Export.objects.get()
    assert (found.by, found.said, found.leads, found.format) == (ruth, "stage is MQL", 1, "csv")


@pytest.mark.django_db
def test_a_workbook_holds_numbers_as_numbers_and_no_formula(client, ruth):
    make.lead(first_name="=1+1", phone="+4912345", last_name="Sand")

    content = b"".join(client.get("/leads/leads.xlsx").streaming_content)
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()

    assert ("'=1+1</t>" in sheet, "<t>+4912345</t>" in sheet, "<f>" in sheet) == (True, True, False)


@pytest.mark.django_db
def test_more_than_a_workbook_takes_is_said(client, ruth, monkeypatch):
    monkeypatch.setattr("leads.lists.exporting.MOST_IN_XLSX", 1)
    make.lead(), make.lead()

    assert "take CSV" in client.get("/leads/leads.xlsx", follow=True).content.decode()
    assert Export.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_the_chosen_are_taken_home_and_nobody_elses(client, format):
    rep = make.rep()
    mine, other = make.lead(holder=Custodian.of(rep, "sales")), make.lead()
    client.force_login(rep)

    answer = client.post("/leads/chosen/", {"lead": [mine.public_id, other.public_id], "format": format})
    b"".join(answer.streaming_content)

    assert (Export.objects.get().leads, Export.objects.get().format) == (1, format)


# --- search ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_search_finds_people_companies_tracks_forms_agreements_and_pages(client, ruth):
    make.lead(last_name="Nordmann", account=make.account("Nordic Foods"))
    make.track("Nordic burn"), make.agreement(make.team("Nordics"))

    groups = client.get("/search/?q=nord").context["groups"]

    found = {str(label): [one.label for one in some] for label, some in groups}
    assert found.keys() == {"Leads", "Companies", "Tracks", "Agreements"}
    assert (found["Leads"], found["Companies"]) == (["Nordmann"], ["Nordic Foods"])
    assert found["Tracks"] == ["Nordic burn"]


@pytest.mark.django_db
def test_a_rep_finds_only_whom_they_may_see(client):
    rep = make.rep()
    make.lead(last_name="Mine", holder=Custodian.of(rep, "sales"), account=make.account("Sand A"))
    make.lead(last_name="Theirs", account=make.account("Sand B"))
    make.track("Sand track")
    client.force_login(rep)

    groups = client.get("/search/?q=sand").context["groups"]

    assert [(str(label), [one.label for one in found]) for label, found in groups] == [
        ("Leads", ["Mine"]),
        ("Companies", ["Sand A"]),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("q", ["%00", "%ED%A0%80", "%25_%5C", "a" * 5000, "%20".join("abcdefgh")])
def test_anything_can_be_searched_for(client, ruth, q):
    assert client.get(f"/search/?q={q}").status_code == 200


@pytest.mark.django_db
def test_without_words_the_palette_says_where_one_can_go(client, ruth):
    answer = client.get("/search/", headers={"HX-Request": "true"})

    assert {str(label) for label, _found in answer.context["groups"]} == {"Go to", "Do"}
    assert 'role="option"' in answer.content.decode()


# --- what the database refuses ---------------------------------------------------------------------------


def view(**details):
    return SavedView.objects.create(owner=make.marketer(), at=make.MONDAY_9AM, **details)


def twice(**details):
    first = view(name="Mine", **details)
    SavedView.objects.create(owner=first.owner, at=first.at, **{"name": "mine", **details})


def export():
    return Export.objects.create(by=make.marketer(), format="csv", said="everybody", at=make.MONDAY_9AM)


ILLEGAL = {
    "one_view_per_owner_and_name": twice,
    "one_default_view_per_owner": lambda: SavedView.objects.create(
        owner=view(name="A", is_default=True).owner, name="B", is_default=True, at=make.MONDAY_9AM
    ),
    "the_default_of_a_group_is_shared": lambda: view(name="A", default_for=["Sales"]),
    "who_took_what_is_never_changed": lambda: Export.objects.filter(pk=export().pk).update(said="nobody"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("sentence", ILLEGAL)
def test_the_database_refuses(sentence):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        ILLEGAL[sentence]()

    assert refused.value.__cause__.diag.constraint_name == sentence
