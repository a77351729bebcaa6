import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.lead import CUSTODY_BROKEN
from people import promises
from people.models import Side

OTHER_SIDE = "NEW.side <> (SELECT side FROM leads_custodian hand WHERE hand.id = NEW.custodian_id)"


class Custodian(models.Model):
    """A hand that can hold a lead: a person, a track or a worklist."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        TRACK = "track", _("track")
        WORKLIST = "worklist", _("worklist")

    kind = models.CharField(max_length=10, choices=Kind)
    side = models.CharField(max_length=10, choices=Side)
    name = models.CharField(max_length=120)
    user = models.ForeignKey("people.User", models.PROTECT, null=True, blank=True, related_name="custodians")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="person", user__isnull=False) | (~Q(kind="person") & Q(user=None)),
                name="a_custodian_has_a_user_if_and_only_if_it_is_a_person",
            ),
            models.UniqueConstraint(fields=["user", "side"], name="one_hand_per_person_and_side"),
        ]
        triggers = [
            promises.refuse_when(
                "a_hand_stays_on_its_side",
                operation=pgtrigger.UpdateOf("side"),
                broken="NEW.side <> OLD.side",
            )
        ]

    def __str__(self):
        return self.name

    @classmethod
    def of(cls, user, side) -> "Custodian":
        """The hand of a person on one side."""
        hand, _made = cls.objects.get_or_create(
            user=user, side=side, defaults={"kind": cls.Kind.PERSON, "name": str(user)}
        )
        return hand


class Custody(models.Model):
    """Who holds an open lead now, what happens next, by when and why: one row for each, by promise."""

    class Next(models.TextChoices):
        ENROLL = "enroll", _("Enroll in a track")
        TOUCH = "touch", _("Next touch")
        CALL = "call", _("Call")
        ANSWER = "answer", _("Accept or reject")
        CONTACT = "contact", _("Make first contact")
        PURSUE = "pursue", _("Pursue the opportunity")
        WAKE = "wake", _("Wake up")
        REVIEW = "review", _("Decide what comes next")

    lead = models.OneToOneField("leads.Lead", models.CASCADE, primary_key=True, related_name="custody")
    custodian = models.ForeignKey(Custodian, models.PROTECT, related_name="custodies")
    side = models.CharField(max_length=10, choices=Side)
    owner = models.ForeignKey("people.User", models.PROTECT, null=True, related_name="leads", db_index=False)
    next_action = models.CharField(max_length=10, choices=Next)
    next_action_at = models.DateTimeField()
    reason = models.CharField(max_length=200, help_text=_("Why this comes next."))
    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "custody"
        constraints = [
            models.CheckConstraint(
                condition=Q(side="sales", owner__isnull=False) | Q(side="marketing", owner=None),
                name="sales_custody_if_and_only_if_an_owner",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="every_next_action_has_a_reason"),
        ]
        indexes = [
            models.Index(fields=["next_action", "next_action_at"], name="custody_due"),
            models.Index(fields=["owner", "next_action_at"], name="custody_of_owner"),
            models.Index(fields=["next_action_at", "lead"], name="custody_by_next_action"),
        ]
        triggers = [
            promises.refuse_when(
                "custody_is_on_the_side_of_its_hand",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("custodian_id", "side"),
                broken=OTHER_SIDE,
            ),
            promises.at_commit(
                "a_lead_loses_its_custody_only_when_it_closes",
                operation=pgtrigger.Insert | pgtrigger.Delete,
                broken=CUSTODY_BROKEN.format(lead="COALESCE(NEW.lead_id, OLD.lead_id)"),
            ),
            pgtrigger.Trigger(
                name="custody_remembers_every_hand",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("custodian_id", "owner_id"),
                func="""
                    IF TG_OP = 'INSERT' OR (NEW.custodian_id, NEW.owner_id)
                                           IS DISTINCT FROM (OLD.custodian_id, OLD.owner_id) THEN
                        INSERT INTO leads_custodychange (lead_id, custodian_id, side, owner_id, reason, at)
                        VALUES (NEW.lead_id, NEW.custodian_id, NEW.side, NEW.owner_id, NEW.reason, NEW.since);
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.custodian}: {self.get_next_action_display()}"


class CustodyChange(models.Model):
    """One passing of a lead from hand to hand; written by the database itself."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="custody_changes", db_index=False)
    custodian = models.ForeignKey(Custodian, models.PROTECT, db_index=False)
    side = models.CharField(max_length=10, choices=Side)
    owner = models.ForeignKey("people.User", models.PROTECT, null=True, db_index=False)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["lead", "-at"], name="custody_change_of_lead"),
            models.Index(
                fields=["owner", "lead"], condition=Q(owner__isnull=False), name="custody_change_of_owner"
            ),
        ]
        triggers = [promises.append_only("custody_changes_are_never_changed")]
