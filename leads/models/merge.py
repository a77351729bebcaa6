import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people import promises

MERGED_TWICE = """EXISTS (
    SELECT 1 FROM leads_merge merge LEFT JOIN leads_unmerge unmerge ON unmerge.merge_id = merge.id
    WHERE merge.loser_id = NEW.loser_id AND unmerge.id IS NULL)"""


class Merge(models.Model):
    """Two leads that somebody found to be one person: who says so, and all that moved, to move back."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    survivor = models.ForeignKey("leads.Lead", models.PROTECT, related_name="merges")
    loser = models.ForeignKey("leads.Lead", models.PROTECT, related_name="merged_away")
    by = models.ForeignKey("people.User", models.PROTECT, db_index=False)
    carried = models.JSONField(
        default=dict, help_text=_("What moved and how it stood; erasure may blank it.")
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(survivor=F("loser")), name="nobody_is_merged_into_themselves")
        ]
        triggers = [
            promises.append_only("merges_are_never_changed", erasable=("carried",)),
            promises.refuse_when(
                "a_lead_is_merged_away_once", operation=pgtrigger.Insert, broken=MERGED_TWICE
            ),
        ]

    def __str__(self):
        return f"{self.loser} → {self.survivor}"

    @property
    def stands(self) -> bool:
        return not hasattr(self, "unmerge")


class Unmerge(models.Model):
    """A merge taken back: a row of its own beside it."""

    merge = models.OneToOneField(Merge, models.PROTECT, related_name="unmerge")
    by = models.ForeignKey("people.User", models.PROTECT, db_index=False)
    at = models.DateTimeField()

    class Meta:
        triggers = [promises.append_only("unmerges_are_never_changed")]


class Suspecting(models.Model):
    """Two rows that look like one, why, and what somebody said of it: asked once, never again."""

    class Verdict(models.TextChoices):
        DIFFERENT = "different", _("not the same")
        SAME = "same", _("the same")

    #: Nobody has said anything, or somebody has at an instant.
    SETTLED = Q(verdict="", by=None, decided_at=None) | (
        ~Q(verdict="") & Q(by__isnull=False, decided_at__isnull=False)
    )

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reasons = models.JSONField(default=list)
    weight = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    by = models.ForeignKey("people.User", models.PROTECT, null=True, db_index=False)
    at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Suspicion(Suspecting):
    """Two leads that look like one person."""

    one = models.ForeignKey("leads.Lead", models.CASCADE, related_name="+", db_index=False)
    two = models.ForeignKey("leads.Lead", models.CASCADE, related_name="+")

    class Meta:
        ordering = ["-weight", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["one", "two"], name="one_suspicion_per_pair"),
            models.CheckConstraint(condition=Q(one__lt=F("two")), name="a_pair_is_written_one_way"),
            models.CheckConstraint(condition=Suspecting.SETTLED, name="a_suspicion_is_settled_by_somebody"),
        ]
        indexes = [
            models.Index(fields=["-weight", "-id"], condition=Q(verdict=""), name="suspicion_open"),
        ]

    def __str__(self):
        return f"{self.one} = {self.two}?"
