import uuid

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from people import promises
from people.models.user import SALES

UNDECIDED = """EXISTS (
    SELECT 1 FROM handoff_decision decision LEFT JOIN handoff_reversal reversal
      ON reversal.decision_id = decision.id
    WHERE decision.handoff_id = NEW.handoff_id AND reversal.id IS NULL)"""


class Trigger(models.TextChoices):
    """The cases that always pass, and the early ones."""

    CONSULTATION = "consultation", _("Asked to talk to sales")
    TARGET = "target", _("Target account answered")
    CRITERIA = "criteria", _("SQL criteria met")
    SCORE = "score", _("Score reached")
    EXCEPTION = "exception", _("Exception")


class HandoffQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state=Handoff.State.OPEN)

    def visible_to(self, user):
        """A rep sees what was ever laid before them; everybody else of the house sees all."""
        if user.is_superuser or user.group_names - {SALES}:
            return self
        return self.filter(Exists(Offer.objects.filter(handoff=OuterRef("pk"), user=user)))


class Handoff(models.Model):
    """One lead passed to one rep under one agreement version, the clock running until it is answered."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="handoffs")
    agreement = models.ForeignKey("handoff.Agreement", models.PROTECT, null=True, related_name="handoffs")
    verdict = models.ForeignKey("handoff.Verdict", models.PROTECT, null=True, related_name="handoffs")
    trigger = models.CharField(max_length=16, choices=Trigger)
    why = models.CharField(max_length=300, help_text=_("Why this lead, why now."))
    preferred_times = models.CharField(max_length=200, blank=True)
    exception_code = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    rep = models.ForeignKey(
        "people.User", models.PROTECT, null=True, related_name="handoffs", help_text=_("Who accepted.")
    )
    round = models.PositiveSmallIntegerField(default=0, help_text=_("How many decisions were undone."))
    lock = models.PositiveIntegerField(default=0, help_text=_("Counts changes; what a page has seen."))
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    first_contact_at = models.DateTimeField(null=True, help_text=_("Evidence: a logged call or sent mail."))
    objects = HandoffQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(state="open"), name="one_open_handoff_per_lead"
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", rep__isnull=False) | (~Q(state="accepted") & Q(rep=None)),
                name="accepted_if_and_only_if_a_rep",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="a_handoff_is_open_until_it_closes",
            ),
            models.CheckConstraint(
                condition=~Q(trigger="exception") | ~Q(exception_code=""),
                name="an_early_handoff_has_an_exception_code",
            ),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="handoff_order")]
        triggers = [
            promises.refuse_when(
                "handoffs_only_move_forward",
                operation=pgtrigger.UpdateOf("state"),
                broken="OLD.state <> NEW.state AND OLD.state <> 'open'"
                " AND NOT (NEW.state = 'open' AND NEW.round = OLD.round + 1)",
            )
        ]

    def __str__(self):
        return f"{self.lead}: {self.get_trigger_display()}"

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("handoff", args=[self.public_id])

    @property
    def open_offer(self):
        """Before whom it lies now; nothing once it is answered."""
        return self.offers.open().select_related("user__team").first()

    def accept(self, *, by, seen, at, feedback=""):
        from handoff import answering

        return answering.accept(self, by=by, seen=seen, at=at, feedback=feedback)

    def reject(self, *, by, seen, reason, at, date=None, feedback="", ratings=None):
        """Say no, say why, and leave the lead somewhere it cannot be forgotten."""
        from handoff import answering

        said = {"date": date, "feedback": feedback, "ratings": ratings}
        return answering.reject(self, by=by, seen=seen, reason=reason, at=at, **said)

    def undo(self, *, by, at):
        from handoff import undoing

        return undoing.undo(self, by=by, at=at)


class OfferQuerySet(models.QuerySet):
    def open(self):
        return self.filter(outcome="")


class Offer(models.Model):
    """One handoff laid before one person, from when, due when, and the ladder that chose them."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")
        PASSED_ON = "passed_on", _("passed on")
        WITHDRAWN = "withdrawn", _("withdrawn")

    handoff = models.ForeignKey(Handoff, models.CASCADE, related_name="offers")
    user = models.ForeignKey("people.User", models.PROTECT, related_name="offers")
    at = models.DateTimeField()
    due_at = models.DateTimeField(help_text=_("Working time of the signed calendar."))
    why = models.JSONField(default=list, help_text=_("The ladder as it was walked."))
    level = models.PositiveSmallIntegerField(default=0, help_text=_("0 for the first, 1 after a hand-on."))
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    ended_at = models.DateTimeField(null=True)
    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["handoff"], condition=Q(outcome=""), name="one_open_offer_per_handoff"
            ),
            models.CheckConstraint(condition=Q(due_at__gt=F("at")), name="deadline_after_offer"),
            models.CheckConstraint(
                condition=Q(outcome="", ended_at=None) | (~Q(outcome="") & Q(ended_at__isnull=False)),
                name="an_offer_is_open_until_it_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "due_at", "id"], condition=Q(outcome=""), name="offer_inbox"),
            models.Index(fields=["due_at"], condition=Q(outcome=""), name="offer_due"),
            models.Index(fields=["-at"], name="offer_by_time"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="an_open_inbox_hears_of_every_offer",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("outcome", "user_id"),
                func="PERFORM pg_notify('inbox', NEW.user_id::text); RETURN NULL;",
            )
        ]

    def __str__(self):
        return f"{self.handoff} → {self.user}"


class Decision(models.Model):
    """What the rep said: accept, or reject with a reason of the agreement; never changed."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        REJECTED = "rejected", _("rejected")

    handoff = models.ForeignKey(Handoff, models.CASCADE, related_name="decisions")
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="decisions")
    by = models.ForeignKey("people.User", models.PROTECT, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.CharField(max_length=60, blank=True, help_text=_("Code of the agreement's reason."))
    destination = models.JSONField(null=True, help_text=_("Where the reason sent the lead."))
    feedback = models.TextField(blank=True)
    at = models.DateTimeField()
    known_at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["handoff", "round"], name="one_decision_per_handoff_and_round"),
            models.CheckConstraint(
                condition=Q(outcome="accepted", reason="") | (Q(outcome="rejected") & ~Q(reason="")),
                name="a_rejection_has_a_reason",
            ),
        ]
        triggers = [
            promises.append_only("decisions_are_never_changed", erasable=("feedback",)),
            promises.refuse_when(
                "at_most_one_unreversed_decision_per_handoff", operation=pgtrigger.Insert, broken=UNDECIDED
            ),
        ]


class Reversal(models.Model):
    """An undo within its ten seconds: a row of its own beside the decision it takes back."""

    decision = models.OneToOneField(Decision, models.CASCADE, related_name="reversal")
    by = models.ForeignKey("people.User", models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        triggers = [promises.append_only("reversals_are_never_changed")]


class Escalation(models.Model):
    """A promise broken and told upward, once per level."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="escalations")
    level = models.PositiveSmallIntegerField()
    told = models.ForeignKey("people.User", models.PROTECT, null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "level"], name="one_escalation_per_offer_and_level")
        ]
        triggers = [promises.append_only("escalations_are_never_changed")]
