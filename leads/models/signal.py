import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.activity import Grade
from leads.models.activity import Kind as ActivityKind

#: Half-lives after which a landmark moves; weights keep their meaning for twice as many.
REBASE_AFTER = 200


#: What decides how often a signal has counted, and what each time weighs.
COUNTING = ("kind", "asset_kind", "about_starts", "unit", "half_life_days", "least_grade", "window_days")


class Signal(models.Model):
    """What a behaviour rule counts: activities of a kind, in a unit, fading with a half-life.

    Signals are shared by all sheets and versions, so that changing points costs nothing. Each has a
    slot in every lead's tally. `landmark` is the fixed instant L of forward decay (Cormode et al.,
    ICDE 2009): an event at t weighs 2^((t-L)/half-life) for good, and a reading at `at` multiplies
    the sum by 2^-((at-L)/half-life).
    """

    class Unit(models.TextChoices):
        EACH = "each", _("each time")
        ONCE = "once", _("once")
        PER_OBJECT = "object", _("once per object")
        PER_DAY = "day", _("once a day")

    slot = models.PositiveSmallIntegerField(unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("activity"), max_length=16, choices=ActivityKind)
    asset_kind = models.CharField(_("only of asset"), max_length=12, blank=True)
    about_starts = models.CharField(_("only where it starts with"), max_length=200, blank=True)
    unit = models.CharField(_("counts"), max_length=8, choices=Unit, default=Unit.EACH)
    half_life_days = models.FloatField(_("half-life in days"), null=True, blank=True)
    least_grade = models.PositiveSmallIntegerField(_("evidence"), choices=Grade, default=Grade.LIKELY)
    window_days = models.PositiveSmallIntegerField(
        _("only of the last days"), null=True, blank=True, help_text=_("Whole days in UTC, up to today.")
    )
    landmark = models.DateTimeField(editable=False)
    counted_to = models.BigIntegerField(
        null=True, editable=False, help_text=_("The last lead whose tally counts it; empty: everybody's.")
    )
    waits_for = ArrayField(
        models.TextField(),
        null=True,
        editable=False,
        help_text=_("Transactions that may still note events as the signal counted before."),
    )

    class Meta:
        ordering = ["slot"]
        constraints = [
            models.CheckConstraint(
                condition=Q(half_life_days=None) | Q(half_life_days__gte=1),
                name="a_half_life_is_a_day_at_least",
            ),
            models.CheckConstraint(
                condition=Q(window_days=None) | Q(window_days__gte=1), name="a_window_is_a_day_at_least"
            ),
            models.CheckConstraint(condition=Q(least_grade__gt=1), name="a_machine_earns_nothing"),
            models.CheckConstraint(condition=Q(slot__gt=0), name="slots_count_from_1"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="a_signal_that_counts_differently_counts_anew",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf(*COUNTING),
                condition=pgtrigger.AnyChange(*COUNTING),
                func="NEW.counted_to := 0; NEW.waits_for := NULL; RETURN NEW;",
            )
        ]

    def __str__(self):
        return self.name

    def terms(self) -> dict:
        """What it counts, in plain JSON; what was signed before windows were known reads as it did."""
        told = {name: getattr(self, name) for name in ("name", *COUNTING)}
        if self.window_days is None:
            del told["window_days"]
        return told

    @property
    def is_counted(self) -> bool:
        """Can tallies be read, or must the history be, because it is still being counted?"""
        return self.counted_to is None

    def is_far_from(self, at) -> bool:
        """Has the landmark fallen so far behind that it should move?"""
        return (at - self.landmark).days > REBASE_AFTER * (self.half_life_days or float("inf"))


class Tally(models.Model):
    """What keeps moving about a lead: one undecayed sum per signal, the last sign of life, the next check.

    Signals with a window have rows of `Recent` instead of a sum.
    """

    lead = models.OneToOneField("leads.Lead", models.CASCADE, primary_key=True, related_name="tally")
    sums = ArrayField(models.FloatField(), default=list)
    last_human_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True, help_text=_("When the verdict can change, or earlier."))

    class Meta:
        verbose_name_plural = "tallies"
        indexes = [
            models.Index(
                fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="tally_due_a_check"
            )
        ]
