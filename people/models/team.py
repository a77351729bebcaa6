from django.db import models
from django.utils.translation import gettext_lazy as _


class Side(models.TextChoices):
    """Whose hand a lead is in; the only thing that colour speaks of."""

    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")


class Team(models.Model):
    """People who answer for leads together: a marketing team, or one sales team with its agreement."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    side = models.CharField(_("side"), max_length=10, choices=Side)
    calendar = models.ForeignKey("people.Calendar", models.PROTECT, related_name="teams")
    manager = models.ForeignKey(
        "people.User", models.SET_NULL, null=True, blank=True, related_name="managed_teams"
    )

    class Meta:
        ordering = ["side", "name"]

    def __str__(self):
        return self.name
