"""What leads take: behind a signed link, counted when a person takes it and never when a machine looks."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from leads import delivering, interests
from leads.models import Activity, Asset, Form, Grade, Kind
from tests import make, make_scores
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4 sizing"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def asset():
    made = Asset.objects.create(name="Sizing a pump", kind="whitepaper", interest="Pumps", level=2)
    made.file.save("Größe einer Pumpe.pdf", ContentFile(PDF))
    return made


def path_of(address):
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def key_in(address):
    return parse_qs(urlsplit(address).query)["k"][0]


def closed(answer):
    """The answer with its file put away, which a real server does."""
    for close in answer._resource_closers:
        close()
    return answer


def downloads():
    return list(Activity.objects.filter(kind=Kind.DOWNLOAD).values_list("identity__lead", "asset", "grade"))


def test_opening_the_page_says_nothing_of_anybody(client, asset):
    there = path_of(delivering.where_to_get(asset, make.lead()))

    answers = [client.get(there).status_code, client.head(there).status_code]

    assert (answers, downloads()) == ([200, 200], [])


def test_taking_it_counts_for_the_lead_and_hands_out_the_file(client, asset):
    lead = make.lead()
    key = key_in(delivering.where_to_get(asset, lead))

    answer = client.post(reverse("asset_take", args=[asset.public_id]), {"k": key}, follow=True)

    assert b"".join(answer.streaming_content) == PDF
    closed(answer)
    assert answer["Content-Disposition"].startswith("attachment")
    assert "-Pumpe.pdf" in answer["Content-Disposition"]
    assert downloads() == [(lead.pk, asset.pk, Grade.HUMAN)]


def test_taking_it_twice_in_a_minute_is_once(client, asset):
    lead = make.lead()
    taker = delivering.Taker(lead)

    for seconds in (0, 20):
        delivering.take(asset, taker, at=MONDAY_9AM + timedelta(seconds=seconds))

    assert len(downloads()) == 1


def test_who_cannot_be_named_gets_it_and_counts_for_nobody(client, asset):
    key = key_in(delivering.where_to_get(asset))

    answer = client.post(reverse("asset_take", args=[asset.public_id]), {"k": key}, follow=True)

    assert (closed(answer).status_code, downloads()) == (200, [])


@pytest.mark.parametrize("bend", [str.upper, lambda key: key[:-1], lambda key: "", lambda key: key + "\x00"])
def test_a_bent_link_opens_nothing(client, asset, bend):
    key = bend(key_in(delivering.where_to_get(asset, make.lead())))

    page = client.get(reverse("asset_page", args=[asset.public_id]), {"k": key})
    taken = client.post(reverse("asset_take", args=[asset.public_id]), {"k": key})

    assert (page.status_code, taken.status_code, downloads()) == (410, 302, [])


def test_a_link_opens_its_own_asset_only(client, asset):
    other = Asset.objects.create(name="Other", kind="ebook", url="https://x.example/other")
    key = key_in(delivering.where_to_get(other))

    assert client.get(reverse("asset_page", args=[asset.public_id]), {"k": key}).status_code == 410


def test_the_files_own_address_is_good_for_minutes(client, asset):
    with time_machine.travel(MONDAY_9AM, tick=False):
        there = delivering.file_address(asset)
    with time_machine.travel(MONDAY_9AM + timedelta(minutes=9), tick=False):
        soon = closed(client.get(there)).status_code
    with time_machine.travel(MONDAY_9AM + timedelta(minutes=11), tick=False):
        late = client.get(there).status_code

    assert (soon, late) == (200, 404)


def test_an_expired_link_says_which_form_has_it(client, asset):
    form = Form.objects.create(slug="sizing", title="Sizing", source=make.source(), asset=asset)

    page = client.get(reverse("asset_page", args=[asset.public_id]), {"k": "old"})

    assert page.context["asking"] == form


def test_an_asset_that_is_not_live_is_not_found(client, asset):
    there = path_of(delivering.where_to_get(asset))
    Asset.objects.update(is_live=False)

    assert client.get(there).status_code == 404


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "run.exe", "noend"])
def test_what_a_browser_would_run_is_not_taken_in(client, name):
    client.force_login(make.marketer())
    told = {"name": "Odd", "kind": "article", "level": 1, "file": SimpleUploadedFile(name, b"<script>")}

    page = client.post(reverse("asset_new"), told)

    assert (page.status_code, list(page.context["draft"].errors), Asset.objects.count()) == (422, ["file"], 0)


def test_a_marketer_uploads_one_and_it_can_be_taken(client):
    client.force_login(make.marketer())
    told = {"name": "Guide", "kind": "ebook", "level": 3, "is_live": "on", "interest": "CIP"}

    client.post(reverse("asset_new"), {**told, "file": SimpleUploadedFile("../../guide.pdf", PDF)})

    made = Asset.objects.get()
    assert (made.file_name, made.is_there) == ("guide.pdf", True)
    assert made.file.name == f"assets/{made.public_id}/guide.pdf"


def test_who_took_it_is_listed_for_marketers(client, asset):
    lead = make.lead(first_name="Ola")
    delivering.take(asset, delivering.Taker(lead), at=MONDAY_9AM)
    client.force_login(make.marketer())

    page = client.get(asset.get_absolute_url())

    assert [one.activity.identity.lead for one in page.context["taken"]] == [lead]


def test_a_leads_way_shows_interests_and_how_deep_they_go():
    lead = make.lead()
    pumps, seals = (
        Asset.objects.create(name=name, kind="article", interest=name, level=level)
        for name, level in (("Pumps", 3), ("Seals", 1))
    )
    for days_ago, asset in ((3, pumps), (2, seals), (1, pumps)):
        make_scores.did(lead, Kind.DOWNLOAD, days_ago=days_ago, asset_id=asset.pk)
    make_scores.did(lead, Kind.VISIT, days_ago=3, about="/prices")
    make_scores.did(lead, Kind.DOWNLOAD, asset_id=seals.pk, grade=Grade.MACHINE)

    way = interests.way_of(lead, MONDAY_9AM)

    assert [(one.name, len(one.steps), one.level) for one in way.interests] == [
        ("Pumps", 2, 3),
        ("Seals", 1, 1),
        ("Pages", 1, 0),
    ]
    assert way.expertise == "expert in Pumps, beginner in Seals"
    assert way.latest[0].what == "Pumps"


def test_the_picture_lies_within_its_frame():
    steps = [
        interests.Step(MONDAY_9AM - timedelta(days=400), "First", "Pumps", 1),
        interests.Step(MONDAY_9AM, "Last", "Pumps", 2),
    ]

    way = interests.draw(steps, MONDAY_9AM)

    assert [step.x for step in way.interests[0].steps] == [0.0, 100.0]


def test_a_lead_that_read_nothing_has_no_way():
    assert interests.way_of(make.lead(), MONDAY_9AM) is None
