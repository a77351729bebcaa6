from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from people import promises


class Channel(models.TextChoices):
    """A way to reach somebody, as far as permission goes."""

    EMAIL = "email", _("e-mail")
    PHONE = "phone", _("phone")
    POST = "post", _("post")


class Consent(models.Model):
    """What a person said about being written to or called on one channel, and how we know."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="consents", db_index=False)
    channel = models.CharField(max_length=8, choices=Channel)
    given = models.BooleanField()
    evidence = models.CharField(max_length=200, help_text=_("Which form, link or call."))
    by = models.ForeignKey("people.User", models.PROTECT, null=True, db_index=False)
    imported_by = models.ForeignKey("leads.Import", models.PROTECT, null=True, editable=False)
    merge = models.ForeignKey(
        "leads.Merge", models.PROTECT, null=True, editable=False, db_constraint=False, db_index=False,
        related_name="+",
    )  # fmt: skip
    at = models.DateTimeField()
    known_at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["lead", "channel", "-at"], name="consent_of_lead"),
            models.Index(fields=["merge"], condition=Q(merge__isnull=False), name="consent_of_merge"),
        ]
        triggers = [promises.append_only("consents_are_never_changed")]


class Suppression(models.Model):
    """An address that must not be used, whoever it belongs to; it outlives erasure."""

    channel = models.CharField(max_length=8, choices=Channel)
    address = models.CharField(max_length=254)
    reason = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint("channel", Lower("address"), name="one_suppression_per_address")
        ]

    def __str__(self):
        return self.address
