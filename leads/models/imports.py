import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Import(models.Model):
    """One file of rows: how its columns were read, what became of its rows, and its undo."""

    class What(models.TextChoices):
        LEADS = "leads", _("leads")
        OUTCOMES = "outcomes", _("outcomes")
        SPEND = "spend", _("campaign spend")
        ATTENDANCE = "attendance", _("registrations and attendance")
        TARGETS = "targets", _("target accounts")

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
    workbook = models.FileField(
        upload_to="imports/", blank=True, db_default="", help_text=_("What the rows were taken from.")
    )
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


class Mapping(models.Model):
    """What the columns of files with these headers fill: offered when such a file comes again."""

    what = models.CharField(max_length=10, help_text=_("The kind of import."))
    headers = models.CharField(max_length=64, editable=False, help_text=_("The hash of the column names."))
    targets = models.JSONField(default=dict, help_text=_("Column to what it fills."))
    rules = models.JSONField(default=dict)
    learned_from = models.ForeignKey(Import, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(_("file"), max_length=200)
    by = models.ForeignKey("people.User", models.SET_NULL, null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["what", "headers"], name="one_mapping_per_kind_and_headers")
        ]

    def __str__(self):
        return self.name


class Replacement(models.Model):
    """What an import wrote over in a lead that was there before: as it was, and as the import left it."""

    batch = models.ForeignKey(Import, models.CASCADE, related_name="replacements", db_index=False)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="+")
    before = models.JSONField(help_text=_("By column; what is missing was blank."))
    after = models.JSONField(help_text=_("By column, those that were written."))

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["batch", "lead"], name="replacement_of_import")]


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
