import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, Q
from django.utils.translation import gettext_lazy as _

from leads.models.activity import Grade
from leads.models.signal import Signal
from people import promises


class ScoreSheetQuerySet(models.QuerySet):
    def in_use(self):
        """Sheets that somebody has signed, and the newest of each name, which somebody may be drafting."""
        newest = self.order_by("name", "-number").distinct("name").values("pk")
        return self.filter(Q(frozen_at__isnull=False) | Q(pk__in=newest))

    def counted(self):
        """Sheets whose signals stand in every tally, so that everybody's scores are soon read."""
        twins = Signal.objects.filter(least_grade=Grade.HUMAN, counted_to__isnull=False)
        held = Q(likely_cap__isnull=False) | Q(likely_each__isnull=False)
        return self.exclude(rules__signal__counted_to__isnull=False).exclude(held & Q(Exists(twins)))


#: Over NEW or OLD of what hangs on a sheet: is that sheet frozen?
FROZEN = "{0}.sheet_id IN (SELECT sheet.id FROM leads_scoresheet sheet WHERE sheet.frozen_at IS NOT NULL)"


class ScoreSheet(models.Model):
    """A version of the agreed points."""

    name = models.CharField(_("name"), max_length=120)
    number = models.PositiveIntegerField(_("number"), default=1)
    frozen_at = models.DateTimeField(null=True, editable=False, help_text=_("Signed; a copy can be edited."))
    likely_cap = models.PositiveIntegerField(
        _("likely evidence earns at most"),
        null=True,
        blank=True,
        help_text=_("All together that was only likely done by a person."),
    )
    likely_each = models.PositiveIntegerField(
        _("one likely event earns at most"),
        null=True,
        blank=True,
        help_text=_("Of any rule, where its evidence is only likely."),
    )
    #: From how many points on a lead is A, B and C (below is D), and 1 and 2 (below is 3).
    fit_cuts = ArrayField(models.IntegerField(), default=list, db_default=[], blank=True)
    engagement_cuts = ArrayField(models.IntegerField(), default=list, db_default=[], blank=True)
    lock = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    objects = ScoreSheetQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["name", "number"], name="one_sheet_per_name_and_number"),
            models.CheckConstraint(
                condition=Q(likely_each=None) | Q(likely_each__gte=1),
                name="one_likely_event_may_earn_a_point_at_least",
            ),
        ]
        triggers = [
            promises.frozen_when("a_frozen_sheet_never_changes", condition="OLD.frozen_at IS NOT NULL")
        ]

    def __str__(self):
        return f"{self.name} {self.number}"

    @property
    def has_grid(self) -> bool:
        """Have both sides agreed on where the letters and figures begin?"""
        return len(self.fit_cuts) == 3 and len(self.engagement_cuts) == 2

    def limits(self) -> dict:
        """What holds for the sheet as a whole, in plain JSON, where anything does."""
        grid = {"fit_cuts": self.fit_cuts, "engagement_cuts": self.engagement_cuts} if self.has_grid else {}
        likely = {"likely_cap": self.likely_cap, "likely_each": self.likely_each}
        return {**grid, **{name: most for name, most in likely.items() if most is not None}}

    def terms(self) -> list[dict]:
        """What the sheet promises, in plain JSON: later edits of rules or signals don't touch it."""
        return [rule.terms() for rule in self.rules.select_related("signal", "group")]


class RuleGroup(models.Model):
    """Rules of a sheet that may earn only so much together."""

    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="groups")
    name = models.CharField(_("name"), max_length=80)
    cap = models.PositiveIntegerField(_("together at most"))

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "name"], name="one_group_per_sheet_and_name"),
            models.CheckConstraint(condition=Q(cap__gte=1), name="a_group_may_earn_a_point_at_least"),
        ]
        triggers = [
            promises.frozen_when("groups_of_a_frozen_sheet_never_change", condition=FROZEN.format("OLD")),
        ]

    def __str__(self):
        return self.name

    def terms(self) -> dict:
        return {"name": self.name, "cap": self.cap}


class ScoreRule(models.Model):
    """One line of a sheet: points for a characteristic (fit) or for a signal (engagement), with a cap."""

    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="rules")
    position = models.PositiveSmallIntegerField(default=0)
    label = models.CharField(_("label"), max_length=160)
    condition = models.JSONField(_("who"), null=True, blank=True)
    signal = models.ForeignKey(Signal, models.PROTECT, null=True, blank=True, related_name="rules")
    points = models.IntegerField(_("points"))
    cap = models.IntegerField(_("at most"), null=True, blank=True, help_text=_("Of the line, in points."))
    group = models.ForeignKey(RuleGroup, models.PROTECT, null=True, blank=True, related_name="rules")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(condition__isnull=False, signal=None) | Q(condition=None, signal__isnull=False),
                name="a_rule_speaks_of_a_characteristic_or_of_a_signal",
            )
        ]
        triggers = [
            promises.frozen_when("rules_of_a_frozen_sheet_never_change", condition=FROZEN.format("OLD")),
            promises.refuse_when(
                "a_frozen_sheet_gets_no_new_rules",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("sheet_id"),
                broken=FROZEN.format("NEW"),
            ),
        ]

    def __str__(self):
        return self.label

    #: What its line is called: its key, or in a draft its place, counted down from -1.
    line: int
    #: What counts certain evidence alone, where the sheet holds what likely evidence earns; see `certain`.
    certain: Signal | None = None

    @property
    def is_fit(self) -> bool:
        """Does it speak of who the lead is, rather than of what it did?"""
        return self.signal is None

    @property
    def has_sheet(self) -> bool:
        return self.sheet_id is not None or ScoreRule.sheet.is_cached(self)

    @property
    def likely_points(self) -> int:
        """What one event gives that was only likely done by a person; what is subtracted is not held."""
        most = self.sheet.likely_each if self.has_sheet else None
        return self.points if most is None else min(self.points, most)

    @property
    def minds_evidence(self) -> bool:
        """Does the sheet hold what this rule earns by likely evidence?"""
        if self.signal is None or self.signal.least_grade != Grade.LIKELY or not self.has_sheet:
            return False
        return self.sheet.likely_cap is not None or self.likely_points < self.points

    def terms(self) -> dict:
        about = {"signal": self.signal.terms()} if self.signal else {"condition": self.condition}
        held = {"group": self.group.terms()} if self.group else {}
        return {"label": self.label, **about, "points": self.points, "cap": self.cap, **held}


class Score(models.Model):
    """A lead's stored points on one sheet: what lists sort and filter by; the exact ones are read."""

    pk = models.CompositePrimaryKey("lead_id", "sheet_id")  # each index costs as much as the row it finds
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="scores", db_index=False)
    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="scores", db_index=False)
    points = models.IntegerField()
    fit = models.IntegerField(null=True)
    engagement = models.IntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lead", "sheet"], name="one_score_per_lead_and_sheet"),
            models.CheckConstraint(
                condition=Q(fit=None) | Q(points=models.F("fit") + models.F("engagement")),
                name="a_score_is_its_fit_and_its_engagement",
            ),
        ]
        indexes = [models.Index(fields=["sheet", "-points", "-lead"], name="score_order")]
