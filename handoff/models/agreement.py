import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people import promises
from people.models import Side

UNSIGNED = """{state} AND NOT EXISTS (
    SELECT 1 FROM handoff_signature marketing
    JOIN handoff_signature sales ON sales.agreement_id = marketing.agreement_id
     AND sales.side = 'sales' AND sales.content_hash = marketing.content_hash
     AND sales.user_id <> marketing.user_id
    WHERE marketing.agreement_id = NEW.id AND marketing.side = 'marketing'
      AND marketing.content_hash = NEW.content_hash)"""


class Agreement(models.Model):
    """What marketing and one sales team promised each other, in one version.

    `terms` is canonical JSON and the whole truth: sentences are generated from it, `content_hash` is
    over it, and later edits of a calendar or a sheet don't touch it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SIGNED = "signed", _("signed")
        IN_FORCE = "in_force", _("in force")
        SUPERSEDED = "superseded", _("superseded")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey("people.Team", models.PROTECT, related_name="agreements")
    number = models.PositiveIntegerField()
    position = models.PositiveSmallIntegerField(
        default=100, help_text=_("Agreements are asked in this order; the first that covers a lead wins.")
    )
    terms = models.JSONField()
    sheet = models.ForeignKey(
        "leads.ScoreSheet", models.PROTECT, null=True, help_text=_("The rows that the terms' sheet froze.")
    )
    content_hash = models.CharField(max_length=64, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    in_force_from = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", models.SET_NULL, null=True)

    class Meta:
        ordering = ["team", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["team", "number"], name="one_agreement_per_team_and_number"),
            models.UniqueConstraint(
                fields=["team"], condition=Q(state="in_force"), name="one_version_in_force_per_team"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["in_force", "superseded"], in_force_from__isnull=False)
                | (Q(state__in=["draft", "signed"]) & Q(in_force_from=None)),
                name="in_force_if_and_only_if_since_an_instant",
            ),
        ]
        triggers = [
            promises.at_commit(
                "an_agreement_in_force_has_two_signatures_over_one_hash",
                operation=pgtrigger.Insert | pgtrigger.Update,
                broken=UNSIGNED.format(state="NEW.in_force_from IS NOT NULL"),
            ),
            promises.at_commit(
                "a_signed_agreement_has_two_signatures_over_one_hash",
                operation=pgtrigger.Insert | pgtrigger.Update,
                broken=UNSIGNED.format(state="NEW.state = 'signed'"),
            ),
            promises.frozen_when(
                "signed_agreements_dont_change",
                condition="OLD.state <> 'draft'",
                except_columns=("state", "in_force_from", "superseded_at"),
            ),
            promises.forward_only(
                "agreements_only_move_forward",
                field="state",
                moves={
                    "draft": ("signed", "in_force"),
                    "signed": ("in_force", "superseded"),
                    "in_force": ("superseded",),
                    "superseded": (),
                },
            ),
        ]

    def __str__(self):
        return _("Agreement %(number)s with %(team)s") % {"number": self.number, "team": self.team}

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("agreement", args=[self.public_id])


class Signature(models.Model):
    """One side's manager putting their name under the very content of an agreement."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="signatures")
    side = models.CharField(max_length=10, choices=Side)
    user = models.ForeignKey("people.User", models.PROTECT, related_name="signatures")
    content_hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["side"]
        constraints = [
            models.UniqueConstraint(
                F("agreement"), F("side"), F("content_hash"), name="one_signature_per_side_and_content"
            ),
            models.UniqueConstraint(
                F("agreement"), F("user"), F("content_hash"), name="nobody_signs_for_both_sides"
            ),
        ]
        triggers = [promises.append_only("signatures_are_never_changed")]
