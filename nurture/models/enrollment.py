import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EnrollmentQuerySet(models.QuerySet):
    def live(self):
        return self.filter(state=Enrollment.State.LIVE)


class Enrollment(models.Model):
    """One lead on one version of a track, with the reason it is there."""

    class State(models.TextChoices):
        LIVE = "live", _("on the track")
        FINISHED = "finished", _("finished")
        EXITED = "exited", _("left early")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="enrollments")
    track = models.ForeignKey("nurture.Track", models.PROTECT, related_name="enrollments", db_index=False)
    version = models.ForeignKey("nurture.TrackVersion", models.PROTECT, related_name="enrollments")
    state = models.CharField(max_length=8, choices=State, default=State.LIVE)
    reason = models.CharField(max_length=300, help_text=_("Why this track: the sentence of its audience."))
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, blank=True)
    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "track"],
                condition=Q(state="live"),
                name="one_live_enrollment_per_lead_and_track",
            ),
            models.CheckConstraint(
                condition=Q(state="live", ended_at=None) | (~Q(state="live") & Q(ended_at__isnull=False)),
                name="an_enrollment_is_live_until_it_ends",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="every_enrollment_has_a_reason"),
        ]
        indexes = [models.Index(fields=["track", "state", "-id"], name="enrollment_of_track")]

    def __str__(self):
        return f"{self.lead} on {self.track}"
