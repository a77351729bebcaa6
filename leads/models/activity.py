from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from people import promises


class Kind(models.TextChoices):
    """What a lead can do, in the field's words."""

    VISIT = "visit", _("Visited a page")
    FORM = "form", _("Sent a form")
    TALK_TO_SALES = "talk_to_sales", _("Asked to talk to sales")
    DOWNLOAD = "download", _("Downloaded")
    OPEN = "open", _("Opened an e-mail")
    CLICK = "click", _("Clicked a link")
    REPLY = "reply", _("Replied")
    REGISTERED = "registered", _("Registered for an event")
    ATTENDED = "attended", _("Attended an event")
    CALL = "call", _("Talked on the phone")
    VOICEMAIL = "voicemail", _("Voicemail left")
    CALL_FAILED = "call_failed", _("Call without an answer")
    SENT = "sent", _("Was sent an e-mail")
    BY_HAND = "by_hand", _("Was reached by hand")
    BOUNCED = "bounced", _("E-mail bounced")
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
    OTHER = "other", _("Other")


#: What we did rather than the lead: never a sign of life and never points.
OURS = (Kind.SENT, Kind.BY_HAND, Kind.BOUNCED, Kind.CALL_FAILED, Kind.VOICEMAIL)


class Grade(models.IntegerChoices):
    """How sure we are that a person did it."""

    MACHINE = 1, _("machine")
    LIKELY = 2, _("likely human")
    HUMAN = 3, _("human-confirmed")


class ActivityQuerySet(models.QuerySet):
    def graded(self):
        """With `graded`: how sure we are today, by the latest word on each."""
        from leads.models.grading import Grading  # it names this module's grades

        words = Grading.objects.filter(activity_id=OuterRef("id"), activity_at=OuterRef("at"))
        latest = words.order_by("-pk").values("grade")[:1]
        return self.annotate(graded=Coalesce(Subquery(latest), F("grade")))


class Activity(models.Model):
    """One thing a lead did, append-only, with an evidence grade and a dedupe key.

    The table is partitioned by month of `at`; nothing points at it. `leads.activities.record` alone
    writes it, in one transaction with the tallies that scores are read from.
    """

    pk = models.CompositePrimaryKey("id", "at")
    id = models.BigIntegerField(editable=False)
    at = models.DateTimeField()
    known_at = models.DateTimeField()
    identity = models.ForeignKey("leads.Identity", models.CASCADE, related_name="activities", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind)
    grade = models.PositiveSmallIntegerField(choices=Grade, default=Grade.LIKELY)
    about = models.CharField(max_length=200, blank=True, help_text=_("Page, asset, link or touch."))
    dedupe_key = models.CharField(max_length=120)
    campaign = models.ForeignKey("leads.Campaign", models.PROTECT, null=True, db_index=False)
    asset = models.ForeignKey("leads.Asset", models.PROTECT, null=True, db_index=False)
    utm = models.JSONField(null=True)
    details = models.JSONField(null=True, help_text=_("Personal payload; erasure may blank it."))
    by = models.ForeignKey("people.User", models.PROTECT, null=True, db_index=False)
    imported_by = models.ForeignKey("leads.Import", models.PROTECT, null=True, db_index=False)
    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "activities"
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["dedupe_key", "at"], name="an_event_is_one_activity")]
        indexes = [
            models.Index(fields=["identity", "-at"], name="activity_of_identity"),
            models.Index(
                fields=["imported_by"], condition=Q(imported_by__isnull=False), name="activity_of_import"
            ),
        ]
        triggers = [promises.append_only("activities_are_never_changed", erasable=("details", "utm"))]

    def __str__(self):
        return f"{self.get_kind_display()} {self.about}".strip()


class Recent(models.Model):
    """What a signal with a window counted for a lead: all of a day, or the latest occurrence of a unit."""

    pk = models.CompositePrimaryKey("lead_id", "signal_id", "unit")
    lead = models.ForeignKey("leads.Lead", models.CASCADE, db_index=False)
    signal = models.ForeignKey("leads.Signal", models.CASCADE, db_index=False)
    unit = models.CharField(max_length=200, help_text=_("Empty for once, else the object or the day."))
    day = models.DateField(help_text=_("In UTC."))
    amount = models.FloatField(help_text=_("What it weighed when its day began."))

    class Meta:
        verbose_name_plural = "recent"


class Counted(models.Model):
    """Which occurrence a once-only signal counted for a lead: the earliest, whatever the order of arrival."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, db_index=False)
    signal = models.ForeignKey("leads.Signal", models.CASCADE)
    unit = models.CharField(max_length=200, help_text=_("Empty for once, else the object or the day."))
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "counted"
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "signal", "unit"], name="a_signal_counts_each_unit_of_a_lead_once"
            )
        ]
