import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from people import promises


class Export(models.Model):
    """Who took which leads home, when, and how many."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    by = models.ForeignKey("people.User", models.PROTECT, related_name="exports")
    format = models.CharField(max_length=4, choices=Format)
    said = models.TextField(help_text=_("Whom it was asked for, in words."))
    query = models.TextField(blank=True, help_text=_("The address of the list, without its page."))
    leads = models.PositiveIntegerField(null=True, help_text=_("How many were taken; unknown while it runs."))
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["-at", "-id"], name="export_by_time")]
        triggers = [
            promises.frozen_when(
                "who_took_what_is_never_changed",
                condition="true",
                except_columns=("leads", "ended_at"),
            )
        ]

    def __str__(self):
        return f"{self.get_format_display()}, {self.said}"

    def end(self, leads: int, at) -> None:
        """So many rows were written; less than the list where the reader hung up."""
        Export.objects.filter(pk=self.pk, ended_at=None).update(leads=leads, ended_at=at)
