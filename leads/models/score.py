from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.activity import Grade
from leads.models.activity import Kind as ActivityKind

#: Half-lives after which a landmark moves; weights keep their meaning for twice as many.
REBASE_AFTER = 200


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
    landmark = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["slot"]
        constraints = [
            models.CheckConstraint(
                condition=Q(half_life_days=None) | Q(half_life_days__gte=1),
                name="a_half_life_is_a_day_at_least",
            ),
            models.CheckConstraint(condition=Q(least_grade__gt=1), name="a_machine_earns_nothing"),
            models.CheckConstraint(condition=Q(slot__gt=0), name="slots_count_from_1"),
        ]

    def __str__(self):
        return self.name

    def terms(self) -> dict:
        """What it counts, in plain JSON."""
        told = ("name", "kind", "asset_kind", "about_starts", "unit", "half_life_days", "least_grade")
        return {name: getattr(self, name) for name in told}

    def is_far_from(self, at) -> bool:
        """Has the landmark fallen so far behind that it should move?"""
        return (at - self.landmark).days > REBASE_AFTER * (self.half_life_days or float("inf"))


class Tally(models.Model):
    """What keeps moving about a lead: one undecayed sum per signal, the last sign of life, the next check."""

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


class ScoreSheetQuerySet(models.QuerySet):
    def in_use(self):
        """Sheets that somebody has signed, and the newest of each name, which somebody may be drafting."""
        newest = self.order_by("name", "-number").distinct("name").values("pk")
        return self.filter(Q(frozen_at__isnull=False) | Q(pk__in=newest))


class ScoreSheet(models.Model):
    """A version of the agreed points."""

    name = models.CharField(_("name"), max_length=120)
    number = models.PositiveIntegerField(_("number"), default=1)
    frozen_at = models.DateTimeField(null=True, editable=False, help_text=_("Signed; a copy can be edited."))
    objects = ScoreSheetQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["name", "number"], name="one_sheet_per_name_and_number")
        ]

    def __str__(self):
        return f"{self.name} {self.number}"

    def terms(self) -> list[dict]:
        """What the sheet promises, in plain JSON: later edits of rules or signals don't touch it."""
        return [rule.terms() for rule in self.rules.select_related("signal")]


class ScoreRule(models.Model):
    """One line of a sheet: points for a characteristic (fit) or for a signal (engagement), with a cap."""

    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField(default=0)
    label = models.CharField(_("label"), max_length=160)
    condition = models.JSONField(_("who"), null=True, blank=True)
    signal = models.ForeignKey(Signal, models.PROTECT, null=True, blank=True, related_name="rules")
    points = models.IntegerField(_("points"))
    cap = models.IntegerField(_("at most"), null=True, blank=True, help_text=_("Of the line, in points."))

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(condition__isnull=False, signal=None) | Q(condition=None, signal__isnull=False),
                name="a_rule_speaks_of_a_characteristic_or_of_a_signal",
            )
        ]

    def __str__(self):
        return self.label

    def terms(self) -> dict:
        about = {"signal": self.signal.terms()} if self.signal else {"condition": self.condition}
        return {"label": self.label, **about, "points": self.points, "cap": self.cap}


class Score(models.Model):
    """A lead's stored points on one sheet: what lists sort and filter by; the exact ones are read."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="scores", db_index=False)
    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="scores", db_index=False)
    points = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lead", "sheet"], name="one_score_per_lead_and_sheet")]
        indexes = [models.Index(fields=["sheet", "-points", "-lead"], name="score_order")]
