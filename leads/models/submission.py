import uuid

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from people import promises

IS_REFUSED = "EXISTS (SELECT FROM leads_submission WHERE id = NEW.submission_id AND outcome = 'refused')"
SINCE = (
    "SELECT count(*) FROM leads_reply WHERE lower(address) = lower(NEW.address) AND at > NEW.at - interval"
)
TOO_MANY = f"({SINCE} '1 hour') >= 1 OR ({SINCE} '1 day') >= 3"


class SubmissionQuerySet(models.QuerySet):
    def waiting(self):
        """Refused, looked at by nobody, and not mended by the same visitor on the same page."""
        mended = Submission.objects.filter(page=OuterRef("page"), outcome=Submission.Outcome.ADMITTED)
        return self.filter(outcome=Submission.Outcome.REFUSED, review=None).exclude(Exists(mended))


class Submission(models.Model):
    """What somebody sent on a form, kept whatever became of it."""

    class Outcome(models.TextChoices):
        ADMITTED = "admitted", _("admitted")
        REFUSED = "refused", _("refused")

    class Cause(models.TextChoices):
        MISTAKE = "mistake", _("mistakes in it")
        TRAP = "trap", _("fell into the trap")
        QUICK = "quick", _("too quick")
        TOO_OFTEN = "too_often", _("too often")
        UNSEALED = "unsealed", _("not from our page")
        CLOSED = "closed", _("form closed")
        OURS = "ours", _("our own trouble")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    form = models.ForeignKey("leads.Form", models.PROTECT, related_name="submissions")
    lead = models.ForeignKey("leads.Lead", models.SET_NULL, null=True, related_name="submissions")
    answers = models.JSONField(null=True, help_text=_("As they were typed; erasure may blank it."))
    talk_to_sales = models.BooleanField(default=False)
    preferred_times = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    cause = models.CharField(max_length=10, choices=Cause, blank=True, db_default="")
    refusal = models.CharField(max_length=200, blank=True)
    page = models.UUIDField(null=True, help_text=_("The page it was typed on; retries share it."))
    came_from = models.CharField(
        max_length=32, blank=True, db_default="", help_text=_("A keyed hash of the address.")
    )
    at = models.DateTimeField()
    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="refused") ^ Q(refusal=""), name="a_refused_submission_says_why"
            ),
            models.CheckConstraint(
                condition=Q(outcome="refused") | Q(cause=""), name="only_what_is_refused_has_a_cause"
            ),
        ]
        indexes = [
            models.Index(fields=["form", "-at", "-id"], name="submission_of_form"),
            models.Index(
                fields=["form", "-at", "-id"], condition=Q(outcome="refused"), name="refused_of_form"
            ),
            models.Index(fields=["page"], condition=Q(outcome="admitted"), name="admitted_of_page"),
        ]
        triggers = [
            promises.append_only(
                "submissions_are_never_changed",
                erasable=("answers", "preferred_times", "lead_id", "came_from"),
            )
        ]


class Review(models.Model):
    """What a person said of a refused submission: admitted after all, or rightly refused."""

    submission = models.OneToOneField(Submission, models.PROTECT, related_name="review")
    admission = models.OneToOneField(
        Submission, models.PROTECT, null=True, related_name="admitted_by", help_text=_("None: left refused.")
    )
    by = models.ForeignKey("people.User", models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        triggers = [
            promises.append_only("reviews_are_never_changed"),
            promises.refuse_when(
                "only_refused_submissions_are_reviewed",
                operation=pgtrigger.Insert,
                broken=f"NOT {IS_REFUSED}",
            ),
        ]


class Reply(models.Model):
    """The mail that answers a submission: what was promised, and where the consent is confirmed."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    submission = models.OneToOneField(Submission, models.PROTECT, related_name="reply")
    form = models.ForeignKey("leads.Form", models.PROTECT, related_name="replies")
    lead = models.ForeignKey("leads.Lead", models.SET_NULL, null=True, related_name="replies")
    address = models.CharField(max_length=254)
    words = models.CharField(max_length=400, blank=True, help_text=_("What is agreed to; empty: nothing."))
    notice = models.ForeignKey("people.Notice", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_from = models.CharField(max_length=32, blank=True)
    confirmed_with = models.CharField(max_length=200, blank=True, help_text=_("The browser."))

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "replies"
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | ~Q(words=""), name="only_words_can_be_confirmed"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(confirmed_at__gte=F("at")),
                name="a_reply_is_confirmed_after_it_was_written",
            ),
        ]
        indexes = [
            models.Index(fields=["form", "-at", "-id"], name="reply_of_form"),
            models.Index(Lower("address"), F("at").desc(), name="reply_to_address"),
        ]
        triggers = [
            promises.frozen_when(
                "what_was_confirmed_does_not_change",
                condition="OLD.confirmed_at IS NOT NULL",
                except_columns=("lead_id", "address", "notice_id", "confirmed_with", "confirmed_from"),
            ),
            promises.refuse_when(
                "an_address_gets_one_reply_an_hour_and_three_a_day",
                operation=pgtrigger.Insert,
                broken=TOO_MANY,
            ),
        ]

    def __str__(self):
        return self.address
