from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Site(models.Model):
    """A web site of ours that may report what its visitors read."""

    origin = models.CharField(
        _("address"), max_length=200, help_text=_("Such as https://www.example.com, without a page.")
    )
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["origin"]
        constraints = [
            models.UniqueConstraint(fields=["origin"], name="one_site_per_origin"),
            models.CheckConstraint(
                condition=models.Q(origin__regex=r"^https?://[^/?#@[:space:]A-Z]+$"),
                name="a_site_is_an_origin_as_browsers_send_it",
            ),
        ]

    def __str__(self):
        return self.origin


class Traffic(models.Model):
    """How many reports came from one place in five minutes, and what became of them."""

    class Outcome(models.TextChoices):
        TAKEN = "taken", _("recorded")
        UNKNOWN_SITE = "unknown site", _("the site is not on the list")
        MALFORMED = "malformed", _("not a report of our script")
        TOO_LONG = "too long", _("longer than any report")
        TOO_MANY = "too many", _("too many from one browser")
        AWAY = "away", _("the database was away or busy")
        POISON = "poison", _("the database refused it")

    origin = models.CharField(max_length=200)
    slot = models.DateTimeField()
    outcome = models.CharField(max_length=20, choices=Outcome)
    events = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "traffic"
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "slot", "outcome"],
                name="traffic_is_counted_once_per_place_slot_and_outcome",
            )
        ]
        indexes = [models.Index(fields=["slot"], name="traffic_by_slot")]
