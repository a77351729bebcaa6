from django.db import models
from django.db.models import Q
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
    imported_by = models.ForeignKey(
        "leads.Import", models.SET_NULL, null=True, editable=False, db_index=False, related_name="+"
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
    imported_by = models.ForeignKey(
        "leads.Import", models.SET_NULL, null=True, editable=False, db_index=False, related_name="+"
    )

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="one_campaign_per_name")]

    def __str__(self):
        return self.name


class SpendQuerySet(models.QuerySet):
    def note(self, source, campaign, month, amount, *, by, at):
        """What a month cost, by hand; no amount means that nothing is known of it."""
        of = {"source": source, "campaign": campaign, "month": month.replace(day=1)}
        if amount is None:
            self.filter(**of).delete()
            return
        told = {"amount": amount, "before": None, "imported_by": None, "by": by, "at": at}
        self.update_or_create(**of, defaults=told)


class Spend(models.Model):
    """What one campaign, or a source beside its campaigns, cost in one month."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="spends", verbose_name=_("source"))
    campaign = models.ForeignKey(
        Campaign,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="spends",
        verbose_name=_("campaign"),
        db_index=False,
    )
    month = models.DateField(_("month"), help_text=_("Its first day."))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    before = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, editable=False, help_text=_("What the import wrote over.")
    )
    imported_by = models.ForeignKey("leads.Import", models.SET_NULL, null=True, editable=False)
    by = models.ForeignKey("people.User", models.SET_NULL, null=True, editable=False, related_name="+")
    at = models.DateTimeField()
    objects = SpendQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "month"],
                condition=Q(campaign__isnull=False),
                name="one_spend_per_campaign_and_month",
            ),
            models.UniqueConstraint(
                fields=["source", "month"],
                condition=Q(campaign=None),
                name="one_spend_per_source_and_month_beside_its_campaigns",
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="a_spend_is_of_a_month"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="a_spend_is_not_negative"),
        ]

    def __str__(self):
        return f"{self.campaign or self.source}, {self.month:%Y-%m}"
