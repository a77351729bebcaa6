from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class LookupTable(models.Model):
    """A table of the customer's own in which companies and people are looked up; there is one at a time."""

    name = models.CharField(_("file"), max_length=200)
    key = models.CharField(max_length=200, help_text=_("The column that says whom a row is about."))
    columns = models.JSONField(default=dict, help_text=_("Column to the field that it fills."))
    ignored = models.JSONField(default=list, help_text=_("Columns that are no field."))
    rows = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list, help_text=_("The first cells that could not be read, and why."))
    refusals = models.PositiveIntegerField(default=0)
    by = models.ForeignKey("people.User", models.SET_NULL, null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return self.name


class LookupEntry(models.Model):
    """What a table says of one e-mail address, or of everybody under one domain."""

    table = models.ForeignKey(LookupTable, models.CASCADE, related_name="entries", db_index=False)
    key = models.CharField(max_length=254)
    answers = models.JSONField()

    class Meta:
        verbose_name_plural = "lookup entries"
        constraints = [
            models.UniqueConstraint(fields=["table", "key"], name="a_table_says_one_thing_of_each_key"),
            models.CheckConstraint(condition=Q(key=Lower("key")), name="a_key_is_in_small_letters"),
        ]


class Lookup(models.Model):
    """When a lead was last looked up somewhere, and what came of it."""

    class Outcome(models.TextChoices):
        LEARNED = "learned", _("learned something")
        NOTHING = "nothing", _("nothing is known there")
        FAILED = "failed", _("failed")

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="lookups", db_index=False)
    adapter = models.CharField(max_length=40)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome)
    learned = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0, help_text=_("Failed in a row."))
    again_at = models.DateTimeField(null=True, help_text=_("When it is tried again."))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "adapter"], name="one_lookup_per_lead_and_adapter"),
            models.CheckConstraint(
                condition=Q(outcome="failed") ^ Q(trouble=""), name="a_lookup_that_failed_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="learned") | Q(learned__gt=0),
                name="a_lookup_learned_something_or_did_not",
            ),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], condition=Q(outcome="failed"), name="lookup_failed"),
        ]
