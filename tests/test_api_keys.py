"""Keys of the API: made by administrators, their secret shown once, revoked for good."""

import pytest
from django.urls import reverse

from leads.models import ApiKey
from people.models.user import ADMINISTRATORS
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client):
    somebody = make.user("Ada Berg", groups=[ADMINISTRATORS])
    client.force_login(somebody)
    return somebody


def made(client, **said):
    return client.post(reverse("keys"), {"name": "Webinars", "scopes": ["events:write"], **said})


def test_a_new_key_shows_its_secret_once_and_keeps_none_of_it(client, ada):
    answer = made(client)

    secret, key = answer.context["secret"], ApiKey.objects.get()
    assert (answer.status_code, secret in answer.content.decode(), answer["Cache-Control"]) == (
        200, True, "max-age=0, no-cache, no-store, must-revalidate, private",
    )  # fmt: skip
    assert secret not in client.get(reverse("keys")).content.decode()
    assert secret not in str(ApiKey.objects.values())
    assert (ApiKey.objects.of(secret, at=make.MONDAY_9AM), key.by) == (key, ada)


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"name": "x" * 81}]
)
def test_a_key_without_a_name_or_anything_to_do_is_refused(client, ada, wrong):
    assert (made(client, **wrong).status_code, ApiKey.objects.count()) == (422, 0)


def test_a_revoked_key_says_by_whom_and_stays_so(client, ada):
    made(client)
    key = ApiKey.objects.get()

    for _ in range(2):
        client.post(reverse("key_revoke", args=[key.pk]))

    key.refresh_from_db()
    assert (key.revoked_by, key.revoked_at is not None) == (ada, True)


def test_the_page_remembers_when_a_key_was_used_last(client, ada):
    _key, secret = ApiKey.objects.make("Webinars", ["events:write"], by=ada, at=make.MONDAY_9AM)
    before = client.get(reverse("keys")).content.decode()

    ApiKey.objects.of(secret, at=make.MONDAY_9AM)

    assert ("never used" in before, "last used" in client.get(reverse("keys")).content.decode()) == (
        True,
        True,
    )
