import uuid

from django.db import models


class Identity(models.Model):
    """The thread activities hang on: a visitor until they say who they are, then a lead.

    Re-pointing it is how visits join and people merge or un-merge; the activities never change.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey(
        "leads.Lead", models.CASCADE, null=True, related_name="identities", db_index=False
    )
    at = models.DateTimeField()
    joined_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(
        null=True, help_text="Since when we know by something that only people do, such as a form."
    )

    class Meta:
        verbose_name_plural = "identities"
        indexes = [models.Index(fields=["lead"], name="identity_of_lead", include=["id"])]
