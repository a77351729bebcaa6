"""What our own people are told by e-mail: rather twice than never, and never from a copy."""

import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from people import outbound
from people.delivery import oldest_due, send_notices
from people.models import Heartbeat, Notice
from tests import make
from tests.mailbox import MESSAGE_ID
from tests.make import MONDAY_9AM

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
NEXT_MINUTE = MONDAY_9AM + timedelta(minutes=1)


def tell(user=None, key="k", **details):
    words = {"subject": "A lead waits", "body": "Ada Lovelace wants to talk.", "url": "/inbox/", **details}
    user = user or make.rep("Rita Rep")
    Notice.objects.tell([user], key=key, at=MONDAY_9AM, **words)
    return user.notices.get(channel="email", key=key)


def fresh(notice):
    notice.refresh_from_db()
    return notice


def died_while_sending(notice, attempts):
    Notice.objects.filter(pk=notice.pk).update(
        state="sending", token=uuid.uuid4(), attempts=attempts, lease_until=datetime(2020, 1, 1, tzinfo=UTC)
    )


def test_a_notice_goes_out_once_with_a_link_to_the_page(mailbox, settings):
    settings.SITE_URL = "https://baton.example"
    notice = tell()

    assert send_notices(MONDAY_9AM) == 1
    assert send_notices(NEXT_MINUTE) == 0

    assert mailbox.recipients == [notice.user.email]
    assert mailbox.messages[0][1].count(b"https://baton.example/inbox/") == 1
    assert (fresh(notice).state, notice.sent_at) == ("sent", MONDAY_9AM)


def test_urgent_ones_go_first(mailbox):
    usual, urgent = make.rep("Usual"), make.rep("Urgent")
    tell(usual)
    tell(urgent, urgent=True)

    send_notices(MONDAY_9AM)

    assert mailbox.recipients == [urgent.email, usual.email]


def test_a_notice_in_doubt_is_sent_again_under_the_same_message_id(mailbox):
    notice = tell()
    mailbox.data[notice.user.email] = "keep and cut"
    send_notices(MONDAY_9AM)
    mailbox.data.clear()

    send_notices(NEXT_MINUTE)

    ids = [MESSAGE_ID.search(message)[1].decode() for _to, message in mailbox.messages]
    assert ids == [notice.message_id] * 2
    assert fresh(notice).state == "sent"


def test_three_doubts_are_enough(mailbox):
    notice = tell()
    mailbox.data[notice.user.email] = "keep and cut"
    for hour in range(5):
        send_notices(MONDAY_9AM + timedelta(hours=hour))

    assert len(mailbox.messages) == 3
    assert fresh(notice).state == "failed"


@pytest.mark.parametrize(("attempts", "messages", "state"), [(1, 1, "sent"), (3, 0, "failed")])
def test_who_died_while_sending_is_followed_by_another_three_times_in_all(mailbox, attempts, messages, state):
    notice = tell()
    died_while_sending(notice, attempts)

    send_notices(NEXT_MINUTE)

    assert (len(mailbox.messages), fresh(notice).state) == (messages, state)


def test_a_refused_notice_has_failed_and_says_why(mailbox):
    notice = tell()
    mailbox.rcpt[notice.user.email] = "550 no such user"

    send_notices(MONDAY_9AM)

    assert (fresh(notice).state, notice.trouble) == ("failed", "550 no such user")


def test_a_server_that_is_away_costs_no_attempt(mailbox, settings):
    notice, settings.EMAIL_PORT = tell(), 1
    for _ in range(5):
        assert send_notices(MONDAY_9AM) == 0
    assert (fresh(notice).state, notice.attempts) == ("due", 0)
    assert oldest_due(NEXT_MINUTE) == timedelta(minutes=1)

    settings.EMAIL_PORT = mailbox.port
    assert send_notices(NEXT_MINUTE) == 1
    assert oldest_due(NEXT_MINUTE) == timedelta()


def test_who_no_longer_works_here_is_not_written_to(mailbox):
    notice = tell()
    notice.user.is_active = False
    notice.user.save()

    send_notices(MONDAY_9AM)

    assert (mailbox.messages, fresh(notice).state) == ([], "failed")


# --- a restored copy ----------------------------------------------------------------------------------


def test_a_new_installation_may_send_and_says_that_it_lives():
    assert outbound.beat() is True
    assert Heartbeat.objects.get().instance == outbound.instance()


def test_a_copy_on_another_instance_is_held_until_somebody_confirms(mailbox, settings):
    from people.tasks import send_notices as task

    outbound.beat()
    settings.INSTANCE = "elsewhere.example"
    notice = tell()

    task()

    assert outbound.held() == "This looks like a copy of another installation."
    assert (mailbox.messages, fresh(notice).state) == ([], "due")
    call_command("confirm_instance", stdout=StringIO())
    task()
    assert mailbox.recipients == [notice.user.email]


@pytest.mark.parametrize(("is_a_sink", "may_send"), [(False, False), (True, True)])
def test_six_silent_hours_hold_mail_unless_it_only_goes_to_the_sink(settings, is_a_sink, may_send):
    outbound.beat()
    Heartbeat.objects.update(at=datetime(2020, 1, 1, tzinfo=UTC))
    settings.EMAIL_IS_A_SINK = is_a_sink

    assert outbound.beat() is may_send
    assert outbound.beat() is may_send


def test_touches_are_held_too(mailbox, settings):
    from nurture.enrolling import enroll
    from nurture.tasks import dispatch_touches
    from tests.test_storm import WEEK

    lead = make.lead()
    track = make.track(calendar=make.calendar("Always", week=WEEK))
    enroll([lead.pk], track, reason="fits", at=MONDAY_9AM - timedelta(days=3650))
    outbound.beat()
    settings.INSTANCE = "elsewhere.example"

    dispatch_touches()

    assert (mailbox.messages, lead.touches.get().state) == ([], "due")
    outbound.confirm()
    dispatch_touches()
    assert mailbox.recipients == [lead.email]
