from django.db import models
from django.utils.translation import gettext_lazy as _

from people import promises

MOVE = """
    WITH moving AS (
        SELECT id, stage FROM leads_lead WHERE id = ANY(%(leads)s) AND stage <> %(stage)s
          AND (%(since)s::text[] IS NULL OR stage = ANY(%(since)s)) ORDER BY id FOR UPDATE
    ), moved AS (
        UPDATE leads_lead lead SET stage = %(stage)s FROM moving WHERE lead.id = moving.id
        RETURNING lead.id, moving.stage AS from_stage
    )
    INSERT INTO leads_stagechange (lead_id, from_stage, to_stage, trigger, by_id, at, known_at)
    SELECT id, from_stage, %(stage)s, %(trigger)s, %(by)s, %(at)s, %(at)s FROM moved
"""


class Stage(models.TextChoices):
    """Where a person stands on the way to a customer; moves go both ways."""

    SUBSCRIBER = "subscriber", _("Subscriber")
    LEAD = "lead", _("Lead")
    MQL = "mql", _("MQL")
    SQL = "sql", _("SQL")
    OPPORTUNITY = "opportunity", _("Opportunity")
    CUSTOMER = "customer", _("Customer")
    RECYCLED = "recycled", _("Recycled")
    DISQUALIFIED = "disqualified", _("Disqualified")


class StageChange(models.Model):
    """One move through the lifecycle, by whom or by which trigger."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="stage_changes", db_index=False)
    from_stage = models.CharField(max_length=12, choices=Stage, blank=True)
    to_stage = models.CharField(max_length=12, choices=Stage)
    trigger = models.CharField(max_length=120, help_text=_("What moved it, in words."))
    by = models.ForeignKey("people.User", models.PROTECT, null=True, db_index=False)
    imported_by = models.ForeignKey("leads.Import", models.PROTECT, null=True, editable=False)
    at = models.DateTimeField()
    known_at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["lead", "-at"], name="stage_change_of_lead")]
        triggers = [promises.append_only("stage_changes_are_never_changed")]
