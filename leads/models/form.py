import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people import promises


class Form(models.Model):
    """What we ask on a public page, and whether one may ask to talk to sales on it."""

    slug = models.SlugField(_("address"), unique=True)
    title = models.CharField(_("title"), max_length=200)
    intro = models.TextField(_("introduction"), blank=True)
    thanks = models.TextField(_("thank-you"), blank=True)
    source = models.ForeignKey("leads.Source", models.PROTECT, verbose_name=_("source"))
    campaign = models.ForeignKey("leads.Campaign", models.SET_NULL, null=True, blank=True)
    asset = models.ForeignKey("leads.Asset", models.SET_NULL, null=True, blank=True)
    talk_to_sales = models.BooleanField(_("offers “talk to sales”"), default=True)
    consent_text = models.CharField(_("consent"), max_length=400, blank=True)
    is_live = models.BooleanField(_("live"), default=True)

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title


class Question(models.Model):
    """One question of a form, bound to a field."""

    form = models.ForeignKey(Form, models.CASCADE, related_name="questions")
    field = models.ForeignKey("leads.Field", models.PROTECT)
    label = models.CharField(_("label"), max_length=200, blank=True)
    required = models.BooleanField(_("must be answered"), default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["form", "field"], name="one_question_per_field")]


class Submission(models.Model):
    """What somebody sent on a form, kept whatever became of it."""

    class Outcome(models.TextChoices):
        ADMITTED = "admitted", _("admitted")
        REFUSED = "refused", _("refused")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form = models.ForeignKey(Form, models.PROTECT, related_name="submissions")
    lead = models.ForeignKey("leads.Lead", models.SET_NULL, null=True, related_name="submissions")
    answers = models.JSONField(null=True, help_text=_("As they were typed; erasure may blank it."))
    talk_to_sales = models.BooleanField(default=False)
    preferred_times = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    refusal = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="refused") ^ Q(refusal=""), name="a_refused_submission_says_why"
            )
        ]
        triggers = [
            promises.append_only(
                "submissions_are_never_changed", erasable=("answers", "preferred_times", "lead_id")
            )
        ]
