import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nurture.models.track import ChannelName
from people import promises


def message_id(public_id: uuid.UUID) -> str:
    """Derives from the row, so that a bounce, a reply or a provider's log settles a doubt."""
    return f"<touch.{public_id}@baton>"


class TouchQuerySet(models.QuerySet):
    def waiting(self):
        """Touches that still have to happen."""
        return self.filter(state__in=[Touch.State.DUE, Touch.State.CLAIMED, Touch.State.SENDING])


class Touch(models.Model):
    """One part of one step falling due for one lead; the row is its own outbox.

    Due → claimed → sending → sent is the way of a mail. A branch that waits for its hour is a touch too,
    which nobody sees: due → passed. `in_doubt` is a state that people see: the
    server was cut off after the mail's last line, and only a person or a provider's log settles it.
    """

    class State(models.TextChoices):
        DUE = "due", _("due")
        CLAIMED = "claimed", _("claimed")
        SENDING = "sending", _("sending")
        WITH_HUMAN = "with_human", _("on the worklist")
        SENT = "sent", _("done")
        SKIPPED = "skipped", _("skipped")
        FAILED = "failed", _("failed")
        IN_DOUBT = "in_doubt", _("in doubt")
        QUARANTINED = "quarantined", _("quarantined")
        HELD = "held", _("held by the pause")
        PASSED = "passed", _("passed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrollment = models.ForeignKey(
        "nurture.Enrollment", models.CASCADE, related_name="touches", db_index=False
    )
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="touches", db_index=False)
    step = models.ForeignKey("nurture.Step", models.PROTECT, related_name="touches", db_index=False)
    step_key = models.UUIDField()
    part = models.PositiveSmallIntegerField()
    occurrence = models.PositiveSmallIntegerField(default=1)
    channel = models.CharField(max_length=12, choices=ChannelName)
    variant = models.PositiveSmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.DUE)
    reason = models.CharField(max_length=300, blank=True, help_text=_("Why skipped, failed or put off."))
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    links = models.JSONField(default=list, help_text=_("Where its tracked links lead, in order."))
    objects = TouchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "touches"
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enrollment", "step_key", "part", "occurrence"],
                name="a_touch_happens_at_most_once",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="sent_if_and_only_if_sent_at",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["claimed", "sending"], token__isnull=False, lease_until__isnull=False)
                    | ~Q(state__in=["claimed", "sending"])
                ),
                name="a_claimed_touch_has_a_token_and_a_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["due", "claimed", "sending"]),
                name="touch_due",
            ),
            models.Index(fields=["lead", "-sent_at"], name="touch_of_lead"),
            models.Index(fields=["step", "state"], name="touch_of_step"),
            models.Index(
                fields=["due_at", "id"], condition=Q(state="due", channel="wait"), name="touch_branch_due"
            ),
        ]
        triggers = [
            promises.forward_only(
                "touches_only_move_forward",
                field="state",
                moves={
                    "due": ("claimed", "skipped", "held", "passed"),
                    "held": ("due", "skipped"),
                    "claimed": ("due", "held", "sending", "with_human", "skipped", "failed", "quarantined"),
                    "sending": ("sent", "due", "failed", "in_doubt"),
                    "with_human": ("sent", "skipped"),
                    "in_doubt": ("sent", "due", "skipped"),
                    "quarantined": ("due", "skipped"),
                    "failed": ("due",),
                    "sent": (),
                    "skipped": (),
                    "passed": (),
                },
            )
        ]

    def __str__(self):
        return f"{self.get_channel_display()} {self.due_at:%Y-%m-%d}"

    @property
    def message_id(self) -> str:
        return message_id(self.public_id)


class Task(models.Model):
    """A touch that a human makes: on the worklist until somebody says how it went."""

    class Disposition(models.TextChoices):
        DONE = "done", _("Done")
        CONNECTED = "connected", _("Connected")
        VOICEMAIL = "voicemail", _("Voicemail left")
        NO_ANSWER = "no_answer", _("No answer")
        WRONG_PERSON = "wrong_person", _("Wrong person")
        TALK_TO_SALES = "talk_to_sales", _("Asked to talk to sales")
        DO_NOT_CALL = "do_not_call", _("Do not call")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    touch = models.OneToOneField(Touch, models.CASCADE, related_name="task")
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="tasks")
    team = models.ForeignKey("people.Team", models.PROTECT, related_name="tasks", null=True)
    script = models.TextField(blank=True)
    due_at = models.DateTimeField()
    at = models.DateTimeField()
    disposition = models.CharField(max_length=14, choices=Disposition, blank=True)
    note = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("people.User", models.SET_NULL, null=True, related_name="tasks_done")

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, disposition="") | (Q(done_at__isnull=False) & ~Q(disposition="")),
                name="a_task_is_done_if_and_only_if_it_has_a_disposition",
            )
        ]
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(done_at=None), name="task_open")]

    def __str__(self):
        return f"{self.get_disposition_display() or _('To do')}: {self.lead}"

    @property
    def dispositions(self) -> list[tuple[str, str]]:
        """How it can have gone: a call has many ways, everything else was done, or had an answer."""
        Said = self.Disposition
        calls = self.touch.channel == ChannelName.CALL
        others = (Said.DONE, Said.WRONG_PERSON, Said.TALK_TO_SALES)
        return [(one.value, str(one.label)) for one in Said if (one != Said.DONE if calls else one in others)]
