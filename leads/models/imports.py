import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Import(models.Model):
    """One file of leads or outcomes: how its columns were read, what became of its rows, and its undo."""

    class What(models.TextChoices):
        LEADS = "leads", _("leads")
        OUTCOMES = "outcomes", _("outcomes")

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        CHECKED = "checked", _("checked")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        UNDONE = "undone", _("undone")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    what = models.CharField(max_length=10, choices=What, default=What.LEADS)
    name = models.CharField(_("file"), max_length=200)
    file = models.FileField(upload_to="imports/", blank=True)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict, help_text=_("Column to what it fills."))
    rules = models.JSONField(
        default=dict, help_text=_("Source, consent, how addresses are made, is history.")
    )
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    counts = models.JSONField(default=dict)
    trouble = models.TextField(blank=True)
    by = models.ForeignKey("people.User", models.SET_NULL, null=True)
    at = models.DateTimeField()
    token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return self.name


class RejectedRow(models.Model):
    """A row that was not imported, as it stood in the file, and why."""

    batch = models.ForeignKey(Import, models.CASCADE, related_name="rejected", db_index=False)
    number = models.PositiveIntegerField(help_text=_("Line in the file, the header is 1."))
    cells = models.JSONField()
    column = models.CharField(max_length=200, blank=True)
    problem = models.CharField(max_length=300)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["batch", "number"], name="rejected_of_import")]
