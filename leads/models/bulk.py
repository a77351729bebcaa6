import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people import promises


class BulkAction(models.Model):
    """One thing done to many leads at once: who did what to whom, when, to how many, and its undo."""

    class State(models.TextChoices):
        GATHERING = "gathering", _("gathering")
        DRAFT = "draft", _("draft")
        WEIGHING = "weighing", _("looking at each")
        READY = "ready", _("ready")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")
        FAILED = "failed", _("failed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    verb = models.CharField(max_length=20)
    params = models.JSONField(default=dict)
    said = models.TextField(help_text=_("Whom it was asked for, in words."))
    query = models.TextField(blank=True, help_text=_("The address of the list; empty for a selection."))
    state = models.CharField(max_length=10, choices=State)
    trouble = models.TextField(blank=True)
    by = models.ForeignKey("people.User", models.PROTECT, related_name="bulk_actions")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["done", "undoing", "undone"]) | Q(ended_at__isnull=False),
                name="a_bulk_action_that_is_done_has_ended",
            )
        ]
        indexes = [
            models.Index(
                fields=["at"],
                condition=Q(state__in=["gathering", "weighing", "running", "undoing"]),
                name="bulk_action_waiting",
            )
        ]

    def __str__(self):
        return f"{self.verb}: {self.said}"

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("bulk", args=[self.public_id])


class BulkRow(models.Model):
    """One lead of a bulk action: left out and why, or done and how it stood before and after."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("not looked at")
        FITS = "fits", _("will be changed")
        LEFT = "left", _("left out")
        DONE = "done", _("changed")
        UNDONE = "undone", _("changed back")
        OVERTAKEN = "overtaken", _("overtaken")

    action = models.ForeignKey(BulkAction, models.CASCADE, related_name="rows", db_index=False)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    why = models.CharField(max_length=200, blank=True, default="")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action", "lead"], name="a_bulk_action_meets_a_lead_once"),
            models.CheckConstraint(
                condition=~Q(outcome__in=["left", "overtaken"]) | ~Q(why=""),
                name="who_is_left_out_is_told_why",
            ),
        ]
        indexes = [models.Index(fields=["action", "outcome", "lead"], name="bulk_row_by_outcome")]


class BulkReversal(models.Model):
    """A bulk action taken back: by whom, when, how many, and how many were overtaken."""

    action = models.OneToOneField(BulkAction, models.CASCADE, related_name="reversal")
    by = models.ForeignKey("people.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers = [promises.append_only("reversals_of_bulk_actions_are_never_changed")]
