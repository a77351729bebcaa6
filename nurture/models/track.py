import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people import promises

PUBLISHED_VERSION = (
    "EXISTS (SELECT 1 FROM nurture_trackversion version"
    " WHERE version.id = {row}.version_id AND version.published_at IS NOT NULL)"
)
PUBLISHED_STEP = (
    "EXISTS (SELECT 1 FROM nurture_step step"
    " JOIN nurture_trackversion version ON version.id = step.version_id"
    " WHERE step.id = {row}.step_id AND version.published_at IS NOT NULL)"
)


class ChannelName(models.TextChoices):
    EMAIL = "email", _("E-mail")
    CALL = "call", _("Call")


class Track(models.Model):
    """A plan of touches for people who are not ready, and the audience it is for."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        LIVE = "live", _("live")
        PAUSED = "paused", _("paused")
        RETIRED = "retired", _("retired")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    purpose = models.CharField(_("for whom, in words"), max_length=300, blank=True)
    audience = models.JSONField(
        _("audience"), null=True, blank=True, help_text=_("Nobody is enrolled by themselves while empty.")
    )
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=100, help_text=_("The lowest number wins when several tracks fit.")
    )
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    calendar = models.ForeignKey("people.Calendar", models.PROTECT, verbose_name=_("sends in the hours of"))
    sender = models.ForeignKey(
        "people.User", models.PROTECT, related_name="tracks", verbose_name=_("in the name of")
    )
    custodian = models.OneToOneField("leads.Custodian", models.PROTECT, related_name="track", editable=False)
    lock = models.PositiveIntegerField(default=0, editable=False, help_text=_("Counts edits."))

    class Meta:
        ordering = ["priority", "name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("track", args=[self.public_id])


class TrackVersion(models.Model):
    """One state of a track's steps: a draft, or published and then never changed."""

    track = models.ForeignKey(Track, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey("people.User", models.SET_NULL, null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["track", "number"], name="one_version_per_track_and_number"),
            models.UniqueConstraint(
                fields=["track"], condition=Q(published_at=None), name="one_draft_per_track"
            ),
        ]
        triggers = [
            promises.frozen_when("published_versions_dont_change", condition="OLD.published_at IS NOT NULL")
        ]

    def __str__(self):
        return f"{self.track} {self.number}"


class Step(models.Model):
    """One station of a track; it keeps its key across versions, so nobody gets it twice."""

    version = models.ForeignKey(TrackVersion, models.CASCADE, related_name="steps")
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=160)
    wait_days = models.PositiveSmallIntegerField(_("days after the one before"), default=0)
    at_time = models.TimeField(_("not before"), null=True, blank=True, help_text=_("In the lead's own zone."))

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="one_step_per_version_and_key"),
            models.UniqueConstraint(
                fields=["version", "position"],
                name="one_step_per_version_and_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]
        triggers = [
            promises.frozen_when(
                "published_steps_dont_change", condition=PUBLISHED_VERSION.format(row="OLD")
            ),
            promises.refuse_when(
                "a_published_version_gets_no_more_steps",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("version_id"),
                broken=PUBLISHED_VERSION.format(row="NEW"),
            ),
        ]

    def __str__(self):
        return self.name


class Part(models.Model):
    """One channel's share of a step: the e-mail, or its follow-up call."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField(default=1)
    channel = models.CharField(_("channel"), max_length=12, choices=ChannelName)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown; or the script of a call."))
    asset = models.ForeignKey("leads.Asset", models.PROTECT, null=True, blank=True)
    wait_days = models.PositiveSmallIntegerField(_("days after the first part"), default=0)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["step", "number"], name="one_part_per_step_and_number")
        ]
        triggers = [
            promises.frozen_when("published_parts_dont_change", condition=PUBLISHED_STEP.format(row="OLD")),
            promises.refuse_when(
                "a_published_step_gets_no_more_parts",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("step_id"),
                broken=PUBLISHED_STEP.format(row="NEW"),
            ),
        ]
