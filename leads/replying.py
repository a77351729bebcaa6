"""The mail that answers a submission: what was promised for it, and where its consent is confirmed.

A stranger may type anybody's address, so no address gets more than one such mail an hour and three a day. One
that comes too early waits for its turn; while one waits, no other is written. Opening the link changes
nothing, the button on its page does.
"""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _

from leads import consenting
from leads.consenting import OPTED_OUT
from leads.delivering import where_to_get
from leads.models import Channel, Lead, Reply, Submission, Suppression
from people.doorbell import ring
from people.models import Company, Notice
from people.tasks import send_notices

SALT = "leads.replying"
GOOD_FOR = timedelta(days=14)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A_DAY = 3


def answer(made: Submission, lead: Lead, address: str, agreed: str, *, at: datetime) -> Reply | None:
    """Write the mail that this submission is owed, where the address may still get one."""
    words = agreed if made.form.double_opt_in else ""
    is_owed = words or (made.form.mails_asset and made.form.asset)
    due_at = _next_free(address, at) if is_owed else None
    if due_at is None:
        return None
    reply = Reply(submission=made, form=made.form, lead=lead, address=address, words=words, at=due_at)
    key = f"reply:{made.public_id}"
    reply.notice = Notice.objects.write_to(
        address, key=key, subject=_subject(reply), body=_body(reply), at=at, due_at=due_at
    )
    reply.save()
    ring(send_notices, queue="urgent")
    return reply


def _next_free(address: str, at: datetime) -> datetime | None:
    """When this address may get one; None while another waits, and where mail bounces or is barred.

    Two at once wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(lower(%s), 2))", [address])
    barred = Suppression.objects.filter(channel=Channel.EMAIL).exclude(reason=OPTED_OUT)
    if barred.annotate(lower=Lower("address")).filter(lower=address.lower()).exists():
        return None
    written = Reply.objects.annotate(lower=Lower("address")).filter(lower=address.lower(), at__gt=at - DAY)
    instants = list(written.order_by("-at").values_list("at", flat=True)[:A_DAY])
    if instants and instants[0] > at:
        return None
    after_the_last = [instant + HOUR for instant in instants[:1]]
    after_the_first = [instant + DAY for instant in instants[A_DAY - 1 :]]
    return max([at, *after_the_last, *after_the_first])


def _subject(reply: Reply) -> str:
    if reply.words:
        return _("Please confirm: %s") % reply.form.title
    return str(reply.form.asset or reply.form.title)


def _body(reply: Reply) -> str:
    company, parts = Company.current(), []
    if reply.form.asset and (there := where_to_get(reply.form.asset, reply.lead)):
        parts.append(f"{reply.form.asset}:\n{there}")
    if reply.words:
        parts.append(_("You ticked: “%s”") % reply.words)
        parts.append(_("If that was you, confirm it here:") + "\n" + address_of(reply))
    parts.append(_("If it was not you, do nothing: no more mail follows from this."))
    parts.append("-- \n" + "\n".join(line for line in (company.name, company.postal_address) if line))
    return "\n\n".join(parts)


def address_of(reply: Reply) -> str:
    """Where it is confirmed."""
    token = signing.dumps(reply.public_id.hex, salt=SALT)
    return settings.SITE_URL + reverse("confirm", args=[token])


def read(token: str) -> Reply | None:
    """The reply that a link of ours names, which asked for something to be confirmed."""
    try:
        public_id = uuid.UUID(signing.loads(token, salt=SALT))
    except (signing.BadSignature, ValueError, AttributeError):
        return None
    replies = Reply.objects.exclude(words="").select_related("form__asset", "lead")
    return replies.filter(public_id=public_id).first()


@transaction.atomic
def confirm(reply: Reply, *, came_from: str, browser: str, at: datetime) -> bool:
    """Take the consent as given, once; too late it says no."""
    if reply.confirmed_at or at - reply.at > GOOD_FOR:
        return bool(reply.confirmed_at)
    open_ones = Reply.objects.filter(pk=reply.pk, confirmed_at=None)
    said = {"confirmed_at": at, "confirmed_from": came_from, "confirmed_with": browser[:200]}
    if open_ones.update(**said) and reply.lead:
        lead = reply.lead.merged_into_id or reply.lead.pk
        evidence = _("Form “%(form)s”, confirmed by mail: %(words)s")
        words = evidence % {"form": reply.form, "words": reply.words}
        consenting.consent([lead], Channel.EMAIL, True, words, at=at)
    return True
