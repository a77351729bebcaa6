"""The mail that answers a submission: consent counts once a person has pressed the button in it."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from leads import replying
from leads.consenting import consent
from leads.models import Asset, Channel, Consent, Lead, Reply, Suppression
from people.delivery import send_notices
from people.models import Notice
from tests import make
from tests.forms import a_form, filled

pytestmark = pytest.mark.django_db
HENRIK = "henrik@aalberg.example"


@pytest.fixture
def form(settings):
    settings.SITE_URL = "http://testserver"
    return a_form(double_opt_in=True)


def send(client, form, **details):
    return client.post("/f/guide/", filled(form, consent="on", **details))


def consents(lead):
    return list(lead.consents.order_by("pk").values_list("given", "evidence"))


def place_of(reply):
    return replying.address_of(reply).removeprefix("http://testserver")


def test_whoever_ticks_gets_one_mail_with_a_link_and_counts_as_nothing_yet(client, form, mailbox):
    send(client, form)

    send_notices(timezone.now())

    lead, reply = Lead.objects.get(), Reply.objects.get()
    [(recipient, message)] = mailbox.messages
    assert recipient == HENRIK
    assert place_of(reply) in re.sub(r"=\r\n", "", message.decode())
    assert consents(lead) == [(False, "Form “The pump guide”: not confirmed yet")]
    assert lead.refused == ["email"]
    assert Suppression.objects.count() == 0


def test_opening_the_link_confirms_nothing_and_the_button_does(client, form):
    send(client, form)
    reply = Reply.objects.get()

    for _twice in range(2):
        assert client.get(place_of(reply)).status_code == 200
        assert client.head(place_of(reply)).status_code == 200
    reply.refresh_from_db()
    opened = reply.confirmed_at
    answer = client.post(place_of(reply), HTTP_USER_AGENT="Firefox\x00", REMOTE_ADDR="203.0.113.7")

    assert (opened, answer.status_code) == (None, 200)
    reply.refresh_from_db()
    assert (bool(reply.confirmed_at), len(reply.confirmed_from), reply.confirmed_with) == (
        True,
        32,
        "Firefox",
    )
    lead = Lead.objects.get()
    assert consents(lead)[1:] == [(True, "Form “The pump guide”, confirmed by mail: You may write to me.")]
    assert lead.refused == []


def test_confirming_twice_is_confirming_once(client, form):
    send(client, form)
    place = place_of(Reply.objects.get())

    for _twice in range(2):
        assert client.post(place).status_code == 200

    assert Consent.objects.filter(given=True).count() == 1


@pytest.mark.parametrize("forged", ["x", "abc:def:ghi", "ÿ", "a" * 3000])
def test_a_link_that_is_not_ours_is_not_there(client, form, forged):
    assert client.get(f"/confirm/{forged}/").status_code == 404
    assert client.post(f"/confirm/{forged}/").status_code == 404


def test_a_link_that_is_too_old_confirms_nothing(client, form):
    send(client, form)
    place = place_of(Reply.objects.get())

    with time_machine.travel(timezone.now() + timedelta(days=15)):
        answer = client.post(place)

    assert "too old" in answer.content.decode()
    assert Consent.objects.filter(given=True).count() == 0


def test_who_was_known_before_keeps_what_they_said_until_they_confirm(client, form):
    known = make.lead(email=HENRIK)

    send(client, form)

    assert (consents(known), Reply.objects.get().lead) == ([], known)


def test_who_does_not_tick_gets_no_mail(client, form):
    client.post("/f/guide/", filled(form))

    assert (Reply.objects.count(), Notice.objects.count()) == (0, 0)


def test_an_address_is_not_bombed_and_what_comes_too_early_waits_for_its_turn(client, form):
    start, written = timezone.now(), []

    for hours in (0, 0.5, 0.99, 1.01, 1.5, 3, 9, 23, 24.5, 24.9, 26.1):
        with time_machine.travel(start + timedelta(hours=hours)):
            before = Reply.objects.count()
            send(
                client,
                form,
                email=("Henrik@aalberg.example", HENRIK)[len(written) % 2],
                field_title=str(hours),
            )
            written.append(Reply.objects.count() - before)

    assert written == [1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1]
    due = Notice.objects.filter(user=None).order_by("due_at").values_list("due_at", flat=True)
    assert [round((one - start).total_seconds() / 3600, 1) for one in due] == [0, 1, 2, 24, 25, 26.1]
    assert form.submissions.filter(outcome="admitted").count() == 11


def test_an_address_that_bounced_gets_none(client, form):
    Suppression.objects.create(
        channel=Channel.EMAIL, address=HENRIK.upper(), reason="bounced", at=timezone.now()
    )

    send(client, form)

    assert (Reply.objects.count(), form.submissions.get().outcome) == (0, "admitted")


def test_who_opted_out_can_come_back_by_confirming(client, form):
    known = make.lead(email=HENRIK)
    consent([known.pk], "email", False, "Link", at=timezone.now() - timedelta(days=1))
    send(client, form)
    assert Lead.objects.get().refused == ["email"]

    client.post(place_of(Reply.objects.get()))

    assert (Lead.objects.get().refused, Suppression.objects.count()) == ([], 0)


def test_a_mail_in_doubt_is_not_sent_again_to_somebody_outside(client, form, mailbox):
    send(client, form)
    mailbox.data = {HENRIK: "keep and cut"}

    for minutes in range(0, 10, 2):
        send_notices(timezone.now() + timedelta(minutes=minutes))

    assert len(mailbox.messages) == 1
    assert Notice.objects.get().state == "failed"


def test_a_mail_refused_for_now_is_tried_again(client, form, mailbox):
    send(client, form)
    mailbox.data = {HENRIK: "451 later"}
    send_notices(timezone.now())
    mailbox.data = {}

    send_notices(timezone.now() + timedelta(minutes=2))

    assert (mailbox.recipients, Notice.objects.get().state) == ([HENRIK], "sent")


def test_the_asset_is_linked_from_thanks_mail_and_confirmation(client, form, mailbox):
    form.asset = Asset.objects.create(name="Sizing a pump", kind="whitepaper", url="https://x.example/sizing")
    form.mails_asset = True
    form.save()

    send(client, form)
    send_notices(timezone.now())
    confirmed = client.post(place_of(Reply.objects.get())).content.decode()

    [(_recipient, message)] = mailbox.messages
    thanks = client.get("/f/guide/thanks/").content.decode()
    there = f"/a/{form.asset.public_id}/?k"
    assert [there in text for text in (message.decode(), thanks, confirmed)] == [True] * 3


def test_a_title_cannot_bend_the_mail(client, form, mailbox):
    type(form).objects.update(title="A\r\nBcc: everybody@x.example\r\n\r\nhello")

    send(client, form)
    send_notices(timezone.now())

    assert mailbox.recipients == [HENRIK]
    assert b"\r\nBcc:" not in mailbox.messages[0][1]


def test_the_log_says_what_was_sent_confirmed_when_and_from_where(client, form, mailbox):
    send(client, form)
    send_notices(timezone.now())
    client.post(place_of(Reply.objects.get()), HTTP_USER_AGENT="Firefox")
    send(client, form, email="freya@x.example")
    client.force_login(make.marketer())

    page = client.get("/forms/guide/replies/")

    words = page.content.decode()
    assert [row.address for row in page.context["found"]] == ["freya@x.example", HENRIK]
    for said in ("2 asked to confirm, 1 confirmed", "Mail sent", "from where the form was sent", "Firefox"):
        assert said in words
    for which, address in (("yes", HENRIK), ("no", "freya@x.example")):
        rows = client.get("/forms/guide/replies/", {"confirmed": which}).context["found"]
        assert [row.address for row in rows] == [address]
