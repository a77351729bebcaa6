"""A person's own notices: what the bell counts, and what marks one as read."""

import pytest
from django.urls import reverse

from people.models import Notice
from tests import make

pytestmark = pytest.mark.django_db


def told(user, subject="It is yours", **details):
    Notice.objects.tell([user], key=subject, subject=subject, at=make.MONDAY_9AM, **details)
    return Notice.objects.get(user=user, channel="in_app", key=subject)


def test_the_bell_counts_what_is_unread_and_looking_changes_nothing(client):
    marit = make.rep("Marit Dahl")
    told(marit)
    told(make.rep("Jonas Weil"), "Not hers")
    client.force_login(marit)

    for _twice in range(2):
        page = client.get("/notices/")
        assert [notice.subject for notice in page.context["notices"]] == ["It is yours"]
        assert page.context["unread"] == 1
        assert '<span class="figure">1</span>' in page.content.decode()


def test_opening_a_notice_marks_it_and_goes_where_it_points(client):
    marit = make.rep("Marit Dahl")
    notice = told(marit, url="/leads/")
    client.force_login(marit)

    answer = client.post(reverse("notice_read", args=[notice.public_id]))

    assert answer.headers["Location"] == "/leads/"
    assert Notice.objects.filter(user=marit).unread().count() == 0


def test_a_notice_never_sends_anybody_to_another_site(client):
    marit = make.rep("Marit Dahl")
    notice = told(marit, url="https://elsewhere.example/")
    client.force_login(marit)

    assert client.post(reverse("notice_read", args=[notice.public_id])).headers["Location"] == "/notices/"


def test_nobody_reads_the_notices_of_another(client):
    notice = told(make.rep("Jonas Weil"))
    client.force_login(make.rep("Marit Dahl"))

    assert client.post(reverse("notice_read", args=[notice.public_id])).status_code == 404
    assert Notice.objects.get(pk=notice.pk).read_at is None


def test_a_link_alone_marks_nothing_as_read(client):
    marit = make.rep("Marit Dahl")
    notice = told(marit)
    client.force_login(marit)

    assert client.get(reverse("notice_read", args=[notice.public_id])).status_code == 405
    assert client.get(reverse("notices_read")).status_code == 405


def test_marking_all_as_read_spares_what_came_after_the_page(client):
    marit = make.rep("Marit Dahl")
    seen, later = told(marit, "Seen"), told(marit, "Later")
    client.force_login(marit)

    client.post(reverse("notices_read"), {"newest": seen.pk})

    assert list(Notice.objects.filter(user=marit).unread()) == [later]
