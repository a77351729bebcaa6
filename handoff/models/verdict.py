import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from people import promises


class Verdict(models.Model):
    """What an agreement said of a lead at an instant, with everything needed to say it again."""

    class Outcome(models.TextChoices):
        READY = "ready", _("ready")
        NOT_SURE = "not_sure", _("not sure")
        NOT_READY = "not_ready", _("not ready")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="verdicts")
    agreement = models.ForeignKey("handoff.Agreement", models.PROTECT, related_name="verdicts")
    outcome = models.CharField(max_length=10, choices=Outcome)
    trigger = models.CharField(max_length=16, blank=True)
    score = models.IntegerField()
    inputs = models.JSONField(help_text=_("The facts as they were frozen; replay reads only these."))
    readings = models.JSONField(help_text=_("Every clause: its sentence, and whether it held."))
    lines = models.JSONField(help_text=_("The score card; the lines sum to the score."))
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["lead", "-at"], name="verdict_of_lead")]
        triggers = [promises.append_only("verdicts_are_never_changed", erasable=("inputs",))]

    def __str__(self):
        return f"{self.get_outcome_display()}: {self.lead}"
