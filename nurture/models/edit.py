from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people import promises


class Edit(models.Model):
    """One change of a draft: by whom, what, and the draft as it was before, so that it can be undone."""

    version = models.ForeignKey("nurture.TrackVersion", models.PROTECT, related_name="edits")
    by = models.ForeignKey("people.User", models.PROTECT, null=True)
    at = models.DateTimeField()
    what = models.CharField(max_length=300)
    before = models.JSONField()
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        ordering = ["-pk"]
        triggers = [promises.append_only("edits_are_never_changed")]

    def __str__(self):
        return self.what


class Pause(models.Model):
    """A time in which a track was paused, and what became of the touches that fell due in it."""

    class Policy(models.TextChoices):
        SHIFT = "shift", _("Everything later by the length of the pause")
        SKIP = "skip", _("Leave out what fell due meanwhile")
        SEND = "send", _("Make what fell due meanwhile now")

    track = models.ForeignKey("nurture.Track", models.CASCADE, related_name="pauses")
    at = models.DateTimeField()
    by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+")
    resumed_at = models.DateTimeField(null=True)
    resumed_by = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="+")
    policy = models.CharField(max_length=8, choices=Policy, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["track"], condition=Q(resumed_at=None), name="one_open_pause_per_track"
            ),
            models.CheckConstraint(
                condition=Q(resumed_at=None, policy="") | (Q(resumed_at__isnull=False) & ~Q(policy="")),
                name="a_pause_that_is_over_says_what_became_of_its_touches",
            ),
        ]

    def __str__(self):
        return f"{self.track} {self.at:%Y-%m-%d}"
