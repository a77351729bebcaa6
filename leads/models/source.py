from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """Where leads come from: a vendor, a channel, a fair; with the marketer who holds new ones."""

    name = models.CharField(_("name"), max_length=120)
    vendor = models.CharField(_("vendor"), max_length=120, blank=True)
    lead_type = models.CharField(_("lead type"), max_length=60, blank=True)
    cost_per_lead = models.DecimalField(
        _("cost per lead"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    marketer = models.ForeignKey(
        "people.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="sources",
        help_text=_("Holds new leads until a track does."),
    )

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_source_per_name")]

    def __str__(self):
        return self.name


class Campaign(models.Model):
    """One paid or planned effort within a source; what it cost and how its links are marked."""

    name = models.CharField(_("name"), max_length=120)
    source = models.ForeignKey(Source, models.PROTECT, related_name="campaigns", null=True, blank=True)
    utm_campaign = models.CharField(max_length=120, blank=True)
    cost = models.DecimalField(_("cost"), max_digits=12, decimal_places=2, null=True, blank=True)
    starts = models.DateField(_("starts"), null=True, blank=True)
    ends = models.DateField(_("ends"), null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_campaign_per_name")]

    def __str__(self):
        return self.name
