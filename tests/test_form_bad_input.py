"""Whatever is sent to a form is answered, and kept as far as it can be."""

import pytest
from django.test import Client

from leads import asking
from leads.models import Lead, Submission
from tests.forms import a_form, filled

pytestmark = pytest.mark.django_db


MULTIPART = "multipart/form-data; boundary=b"


def parts(sent):
    """The body of a form sent in parts, whatever it holds."""
    head = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    whole = "".join(head.format(name, text) for name, text in sent.items())
    return f"{whole}--b--\r\n".encode("utf-8", "surrogatepass")


@pytest.fixture
def form():
    return a_form()


@pytest.mark.parametrize(
    ("wrong", "box"),
    [
        ({"email": "henrik"}, "email"),
        ({"email": ""}, "email"),
        ({"field_title": ""}, "field_title"),
        ({"field_employees": "many"}, "field_employees"),
        ({"field_buys_by": "2026-02-30"}, "field_buys_by"),
        ({"first_name": "x" * 121}, "first_name"),
        ({"last_name": "NUL\x00"}, "last_name"),
        ({"field_title": "x" * 2001}, "field_title"),
    ],
)
def test_what_is_wrong_is_marked_kept_in_its_box_and_kept_for_us(client, form, wrong, box):
    answer = client.post("/f/guide/", filled(form, **wrong))

    assert answer.status_code == 422
    assert list(answer.context["questions"].errors) == [box]
    assert 'value="Aalberg Dairy"' in answer.content.decode()
    assert (Lead.objects.count(), Submission.objects.count()) == (0, 1)
    assert Submission.objects.get().refusal.startswith(f"{box}: ")
    kept = Submission.objects.get().answers[box]
    assert kept == next(iter(wrong.values())).replace("\x00", "\ufffd")


def test_a_corrected_form_is_admitted_after_it_was_refused(client, form):
    sent = filled(form, email="henrik")
    again = client.post("/f/guide/", sent).context["seal"]

    client.post("/f/guide/", {**sent, "seal": str(again), "email": "henrik@aalberg.example"})

    assert sorted(Submission.objects.values_list("outcome", flat=True)) == ["admitted", "refused"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("&".join(f"f{n}=x" for n in range(1000)), "application/x-www-form-urlencoded"),
        ("&".join(f"f{n}=x" for n in range(1001)), "application/x-www-form-urlencoded"),
        ("email=" + "x" * 5_000_000, "application/x-www-form-urlencoded"),
        ("email=" + "x" * 6_000_000, "application/x-www-form-urlencoded"),
        ("email=%ED%A0%80&first_name=%00&last_name=%FF", "application/x-www-form-urlencoded"),
        ('--b\r\nContent-Disposition: form-data; name="email"\r\n\r\n\\ud800\r\n--b--\r\n',
         "multipart/form-data; boundary=b; charset=unicode_escape"),
        ("--b\r\nContent-Disposition: form-data", "multipart/form-data; boundary=b"),
        ("{", "application/json"),
        ("", "text/plain; charset=nonsense"),
    ],
)  # fmt: skip
def test_whatever_is_sent_is_answered_and_never_an_error_of_ours(form, body, content_type):
    client = Client(raise_request_exception=False)

    answer = client.generic("POST", "/f/guide/", body, content_type=content_type)

    assert 400 <= answer.status_code < 500
    assert Lead.objects.count() == 0


def test_what_is_kept_of_a_refused_submission_is_bounded(client, form):
    client.post("/f/guide/", {**{f"f{n}": "x" for n in range(900)}, "a_long_one": "x" * 100_000})

    kept = Submission.objects.get().answers
    assert len(kept) == asking.KEPT_ANSWERS
    assert max(map(len, kept.values())) <= asking.KEPT_CHARACTERS


def test_lone_surrogates_are_kept_as_what_can_be_kept():
    assert asking.typed({"a\ud800": "b\udfff\x00"}) == {"a?": "b?\ufffd"}


def test_what_a_stranger_types_is_not_run_in_their_browser_or_ours(client, form):
    attack = '"><script>alert(1)</script>'

    page = client.post("/f/guide/", filled(form, email="x", first_name=attack)).content.decode()

    assert "<script>" not in page


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", MULTIPART])
def test_a_body_of_50_megabytes_is_told_so_and_not_read(client, form, content_type):
    answer = client.post("/f/guide/", CONTENT_LENGTH=str(50 * 2**20), content_type=content_type, data=b"x")

    assert answer.status_code == 413
    assert "more than this form takes" in answer.content.decode()
    assert Submission.objects.count() == 0


def test_multipart_is_read_like_anything_else(client, form):
    answer = client.generic("POST", "/f/guide/", parts(filled(form)), content_type=MULTIPART)

    assert answer.headers["Location"] == "/f/guide/thanks/"


@pytest.mark.parametrize("text", ["\x00", "\x00\x00a", "\ud800", "a\udfffb"])
@pytest.mark.parametrize("box", ["email", "first_name", "field_title", "preferred_times", "seal"])
def test_what_no_database_holds_is_a_mistake_or_a_question_mark(client, form, box, text):
    sent = {**filled(form), box: text}

    answer = client.generic("POST", "/f/guide/", parts(sent), content_type=MULTIPART)

    assert answer.status_code in (302, 422)
    assert Submission.objects.count() == 1
