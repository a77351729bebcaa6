"""What no score sheet may say is refused beside its box, with the reason."""

import pytest
from django.urls import reverse

from leads import scoring
from leads.soundness import troubles
from leads.vocabulary import vocabulary
from tests import make
from tests import make_scores as made
from tests.sheet_pages import BEHAVIOUR, TITLED, WHO, add, save, typed

pytestmark = pytest.mark.django_db
MONDAY = make.MONDAY_9AM


@pytest.fixture
def ruth(client):
    user = make.marketer("Ruth Amaro")
    client.force_login(user)
    return user


def refused(answer):
    form = answer.context["form"]
    boxes = {name: list(said) for name, said in form.errors.items()}
    if getattr(form, "who", None):
        boxes |= {f"who.{name}": list(said) for name, said in form.who.errors.items()}
    return answer.status_code, boxes


@pytest.mark.parametrize(
    ("changed", "box", "says"),
    [
        ({"first_points": 0}, "r_points", "A rule of 0 points says nothing."),
        ({"first_cap": 9}, "r_cap", "At most 9 is less than one award of 10, which nobody would get."),
        (
            {"first_group": "new", "new_name": "Few", "new_cap": 9},
            "new_cap",
            "Together at most 9 is less than the 10 of “Rule” alone.",
        ),
        (
            {"likely_cap": 9},
            "likely_cap",
            "At most 9 is less than the smallest award of likely evidence, 10.",
        ),
        (
            {"likely_each": 0},
            "likely_each",
            "An event earns a point at least. Where likely evidence should earn nothing, ask for certain.",
        ),
        ({"fit_a": 5}, "fit_b", "Give all of them or none."),
        ({"fit_a": 5, "fit_b": 7, "fit_c": 1}, "fit_c", "Each grade begins below the one before."),
    ],
)
def test_a_sheet_that_cannot_be_meant_is_refused_beside_its_box(client, ruth, changed, box, says):
    sheet = made.sheet(made.rule(made.signal(), 10))
    first = sheet.rules.get()

    status, boxes = refused(save(client, sheet, **changed))

    assert status == 422
    assert boxes[box.replace("r_", f"r{first.pk}_")] == [says]
    assert list(sheet.rules.values_list("points", "cap")) == [(10, None)]


@pytest.mark.parametrize(
    ("changed", "box", "says"),
    [
        ({"half_life_days": "0"}, "half_life_days",
         "A half-life is a day at least. Leave it empty for points that never fade."),
        ({"half_life_days": "nan"}, "half_life_days", "Enter a number."),
        ({"window_days": "0"}, "window_days",
         "A window of 0 days holds nothing. Leave it empty for all that ever happened."),
        ({"window_days": "-7"}, "window_days",
         "A window of -7 days lies in the future, where nothing has happened yet."),
        ({"cap": "14"}, "cap", "At most 14 is less than one award of 15, which nobody would get."),
        ({"label": "Visits"}, "label", "Another line of this sheet has this name."),
        ({"about_starts": ""}, "kind", "“Visits” counts the very same."),
    ],
)  # fmt: skip
def test_a_line_about_behaviour_that_cannot_be_meant_is_refused(client, ruth, changed, box, says):
    sheet = made.sheet(made.rule(made.signal(unit="day", half_life_days=30), 10, label="Visits"))

    status, boxes = refused(add(client, sheet, BEHAVIOUR, **changed))

    assert (status, boxes) == (422, {box: [says]})


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"who-field_0": ""}, "Say whom the line speaks of."),
        (
            {"who-field_1": "country", "who-op_1": "is", "who-value_1": "SE"},
            "This holds for nobody: its parts exclude each other.",
        ),
        (
            {"who-field_0": "last_seen", "who-op_0": "within_next", "who-value_0": "5"},
            "Last seen always lies behind us, and this asks for the future.",
        ),
    ],
)
def test_a_line_that_could_never_hold_is_refused(client, ruth, changed, says):
    status, boxes = refused(add(client, made.sheet(), WHO, about="fit", **changed))

    assert (status, boxes) == (422, {"__all__": [says]})


def test_fit_and_engagement_share_no_group():
    held = made.group(made.rule({}, 5, label="One"), made.rule(made.signal(), 5, label="Two"))
    sheet = made.sheet(*held)

    found = troubles(scoring.rules_of(sheet), sheet, vocabulary(), at=MONDAY)

    assert [(one.field, one.group) for one in found] == [("name", sheet.groups.get())]


def test_a_sheet_has_an_end():
    rules = [made.rule({**TITLED, "value": f"Land {n}"}, label=f"Line {n}") for n in range(81)]
    sheet = made.sheet(*rules)

    found = troubles(scoring.rules_of(sheet), sheet, vocabulary(), at=MONDAY)

    assert [one.says for one in found] == ["A sheet has 80 lines at most; nobody reads more."]


@pytest.mark.parametrize(
    "sent", [{"r1_points": "\x00"}, {"seen": "9" * 40}, {"marks": "a,b"}, {"against": "x"}]
)
def test_what_no_browser_sends_is_refused_and_breaks_nothing(client, ruth, sent):
    sheet = made.sheet(made.rule({}, 10))

    statuses = [
        client.post(reverse(name, args=[sheet.pk]), typed(sheet, **sent)).status_code
        for name in ("score_try", "score_save")
    ]

    assert max(statuses) < 500
