"""A form inside somebody's page: only on the sites it names, and without a script as a link."""

import pytest
from django.core.exceptions import ValidationError

from leads import embedding
from leads.models import Submission
from tests.forms import a_form, filled

pytestmark = pytest.mark.django_db


@pytest.fixture
def form():
    return a_form(sites=["https://www.kessel.example", "https://*.kessel.example:8443"])


def framers(answer):
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    return policy["frame-ancestors"], answer.get("X-Frame-Options")


ALLOWED = ("https://www.kessel.example https://*.kessel.example:8443", None)
NOBODY = ("'none'", "DENY")


def test_only_the_embedded_page_may_be_framed_and_only_by_the_named_sites(client, form):
    places = ("/f/guide/", "/f/guide/thanks/", "/f/guide/embedded/", "/f/guide/embedded/thanks/")

    assert [framers(client.get(place)) for place in places] == [NOBODY, NOBODY, ALLOWED, ALLOWED]


def test_without_a_named_site_nobody_frames_it(client, form):
    type(form).objects.update(sites=[])

    assert framers(client.get("/f/guide/embedded/")) == NOBODY


def test_what_is_wrong_stays_in_the_frame_and_so_do_the_thanks(client, form):
    wrong = client.post("/f/guide/embedded/", filled(form, email="henrik"))
    right = client.post("/f/guide/embedded/", filled(form))

    assert (wrong.status_code, framers(wrong)) == (422, ALLOWED)
    assert 'action="/f/guide/embedded/"' in wrong.content.decode()
    assert right.headers["Location"] == "/f/guide/embedded/thanks/"
    assert Submission.objects.filter(outcome="admitted").count() == 1


def test_where_it_goes_on_to_is_left_to_the_page_around_it(client, form):
    type(form).objects.update(redirect_to="https://www.kessel.example/done")

    alone = client.get("/f/guide/thanks/").content.decode()
    framed = client.get("/f/guide/embedded/thanks/").content.decode()

    assert ["http-equiv" in page for page in (alone, framed)] == [True, False]
    assert 'href="https://www.kessel.example/done"' in framed


def test_the_snippet_is_a_link_that_works_alone_and_a_script_of_ours(form, settings):
    settings.SITE_URL = "https://baton.example"
    form.title = '<b>"Guide"</b>'

    assert embedding.snippet(form) == (
        '<a href="https://baton.example/f/guide/" data-baton-form>&lt;b&gt;&quot;Guide&quot;&lt;/b&gt;</a>\n'
        '<script src="https://baton.example/static/js/embed.js" async></script>'
    )


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://www.Kessel.example/path?x=1#y", "https://www.kessel.example"),
        ("kessel.example", "https://kessel.example"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
        ("*.kessel.example", "https://*.kessel.example"),
    ],
)
def test_a_site_is_scheme_host_and_port(text, origin):
    assert embedding.origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "javascript:alert(1)",
        "https://x;script-src",
        "https://",
        "data:x",
        "https://x:99999",
        "'none'",
        "a,b",
    ],
)
def test_what_is_no_site_never_reaches_the_policy(text):
    with pytest.raises(ValidationError):
        embedding.origin(text)
