import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people import promises


class ChannelName(models.TextChoices):
    """The ways to reach somebody; what no machine can do lies on the worklist."""

    EMAIL = "email", _("E-mail")
    CALL = "call", _("Call")
    VOICEMAIL = "voicemail", _("Voicemail")
    SMS = "sms", _("Text message")
    LETTER = "letter", _("Letter")
    DIRECT_MAIL = "direct_mail", _("Direct mail")
    NEWSLETTER = "newsletter", _("Newsletter")
    SURVEY = "survey", _("Survey")
    EVENT = "event", _("Event invitation")
    SOCIAL = "social", _("Social touch")
    WAIT = "wait", _("Branch")


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
    goal = models.JSONField(
        _("goal"), null=True, blank=True, help_text=_("Whoever meets it has finished the track.")
    )
    exit = models.JSONField(_("exit"), null=True, blank=True, help_text=_("Whoever meets it leaves."))

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
