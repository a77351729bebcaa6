import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NoticeQuerySet(models.QuerySet):
    def unread(self):
        return self.filter(channel=Notice.Channel.IN_APP, read_at=None)

    def tell(self, users, *, key, subject, body="", url="", at, urgent=False):
        """One notice per person and channel under this key; telling twice changes nothing."""
        people = {user.pk: user for user in users if user.is_active}.values()
        rows = [
            Notice(
                user=user,
                channel=channel,
                key=key,
                subject=subject[:200],
                body=body,
                url=url,
                urgent=urgent,
                at=at,
                due_at=at,
                state=Notice.State.SENT if channel == Notice.Channel.IN_APP else Notice.State.DUE,
                sent_at=at if channel == Notice.Channel.IN_APP else None,
            )
            for user in people
            for channel in Notice.Channel.values
        ]
        return Notice.objects.bulk_create(rows, ignore_conflicts=True)

    def write_to(self, address, *, key, subject, body, at, due_at):
        """One mail to an address outside, which was asked for by whoever typed it; it is tried once."""
        return self.create(
            recipient=address,
            channel=Notice.Channel.EMAIL,
            key=key,
            subject=subject[:200],
            body=body,
            at=at,
            due_at=due_at,
        )


class Notice(models.Model):
    """One message to one person on one channel, sent once; the row is its own outbox.

    The person is one of us, or whoever reads an address outside that asked for this mail.
    """

    class Channel(models.TextChoices):
        IN_APP = "in_app", _("in Baton")
        EMAIL = "email", _("e-mail")

    class State(models.TextChoices):
        DUE = "due", _("due")
        CLAIMED = "claimed", _("claimed")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey("people.User", models.CASCADE, null=True, related_name="notices")
    recipient = models.CharField(
        max_length=254, blank=True, default="", db_default="", help_text=_("An address outside.")
    )
    channel = models.CharField(max_length=10, choices=Channel)
    key = models.CharField(max_length=120, help_text=_("What it is about; one notice per key."))
    subject = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=300, blank=True)
    urgent = models.BooleanField(default=False)
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    trouble = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "channel", "key"], name="one_notice_per_person_channel_and_key"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="a_notice_is_sent_if_and_only_if_it_has_sent_at",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False, recipient="")
                | (Q(user=None, channel="email") & ~Q(recipient="")),
                name="a_notice_goes_to_one_of_us_or_to_an_address",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["due", "claimed", "sending"]),
                name="notice_due",
            )
        ]

    def __str__(self):
        return self.subject

    @property
    def address(self) -> str:
        """Where a mail of it goes."""
        return self.user.email if self.user else self.recipient

    @property
    def message_id(self) -> str:
        """Derives from the row, so that a provider's log can settle a doubt."""
        return f"<notice.{self.public_id}@baton>"
