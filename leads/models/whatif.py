import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WhatIf(models.Model):
    """What a change of a score sheet would do to everybody, counted in the background."""

    class State(models.TextChoices):
        COUNTING = "counting", _("counting")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sheet = models.ForeignKey("leads.ScoreSheet", models.CASCADE, related_name="what_ifs")
    before = models.JSONField(help_text=_("The rules compared with, in plain JSON."))
    after = models.JSONField(help_text=_("The rules as they were typed, in plain JSON."))
    marks = ArrayField(models.IntegerField())
    state = models.CharField(max_length=8, choices=State, default=State.COUNTING)
    read = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)
    effect = models.JSONField(null=True)
    by = models.ForeignKey("people.User", models.SET_NULL, null=True)
    at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done") | Q(effect__isnull=False), name="what_is_counted_is_told"
            )
        ]

    def __str__(self):
        return f"{self.sheet}, {self.at:%Y-%m-%d %H:%M}"
