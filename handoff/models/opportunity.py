import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Opportunity(models.Model):
    """What a lead became and what it was worth; an imported outcome has no handoff."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="opportunities")
    handoff = models.ForeignKey(
        "handoff.Handoff", models.SET_NULL, null=True, blank=True, related_name="opportunities"
    )
    name = models.CharField(_("name"), max_length=200)
    owner = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="opportunities"
    )
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    outside_id = models.CharField(max_length=120, blank=True)
    segment = models.CharField(max_length=120, blank=True)
    qualified_by = models.CharField(_("qualified by"), max_length=120, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=120, blank=True)
    details = models.JSONField(default=dict)
    imported_by = models.ForeignKey(
        "leads.Import", models.PROTECT, null=True, editable=False, related_name="opportunities"
    )
    at = models.DateTimeField(_("opened"))
    known_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "opportunities"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["outside_id"], condition=~Q(outside_id=""), name="one_opportunity_per_outside_id"
            ),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="an_opportunity_is_open_until_it_ends",
            ),
        ]
        indexes = [models.Index(fields=["lead"], name="opportunity_of_lead")]

    def __str__(self):
        return self.name
