import uuid
from typing import Any

import pgtrigger
from django.db import connection, models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from leads.models import card, said
from leads.models.alike import LocalPart, PersonName
from leads.models.stage import MOVE, Stage
from people import promises
from people.models.user import SALES, SALES_MANAGERS

CUSTODY_BROKEN = """EXISTS (
    SELECT 1 FROM leads_lead lead LEFT JOIN leads_custody custody ON custody.lead_id = lead.id
    WHERE lead.id = {lead}
      AND (lead.closed_at IS NULL AND lead.merged_into_id IS NULL) <> (custody.lead_id IS NOT NULL))"""

MERGED_BY_NOBODY = """EXISTS (
    SELECT 1 FROM leads_lead lead WHERE lead.id = NEW.id AND lead.merged_into_id IS NOT NULL
      AND NOT EXISTS (
        SELECT 1 FROM leads_merge merge LEFT JOIN leads_unmerge unmerge ON unmerge.merge_id = merge.id
        WHERE merge.loser_id = lead.id AND unmerge.id IS NULL))"""

#: The lock waits for a merge that is under way and then sees where it has led.
PASSED_ON = pgtrigger.Trigger(
    name="a_merged_account_passes_its_people_on",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("account_id"),
    condition=pgtrigger.Condition("NEW.account_id IS NOT NULL"),
    func="""
        SELECT COALESCE(merged_into_id, id) INTO STRICT NEW.account_id
        FROM leads_account WHERE id = NEW.account_id FOR KEY SHARE;
        RETURN NEW;
    """,
)

NAMED = ~Q(first_name="") & ~Q(last_name="") & Q(merged_into=None)


class LeadQuerySet(models.QuerySet):
    def live(self):
        """Everybody who is not folded into somebody else."""
        return self.filter(merged_into=None)

    def same_as(self, lead):
        """The lead and everybody folded into it."""
        return self.filter(Q(pk=lead.pk) | Q(merged_into=lead))

    def open(self):
        return self.live().filter(closed_at=None)

    def visible_to(self, user):
        """Marketing, managers, viewers and administrators see everyone; a rep sees their own.

        A rep's own are the leads they hold or once held and those of the accounts they own.
        """
        numbers = self.numbers_for(user)
        return self if numbers is None else self.filter(pk__in=numbers)

    def numbers_for(self, user):
        """The numbers of those whom this user may see; nothing where that is everybody."""
        from leads.models.custody import CustodyChange

        if user.is_superuser or user.group_names - {SALES}:
            return None
        if not user.is_in(SALES, SALES_MANAGERS):
            return Lead.objects.none().values("pk")
        held = CustodyChange.objects.filter(owner=user).order_by()
        theirs = Lead.objects.filter(account__owner=user).order_by().values("pk")
        merged = held.filter(lead__merged_into__isnull=False).values("lead__merged_into")
        return held.values("lead").union(theirs, merged)

    def move(self, lead_ids, stage, *, trigger, at, by=None, since=None):
        """Move many leads to a stage, each with its history; returns how many moved.

        Those already there are left alone, and with `since` those who stand in none of these stages.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                MOVE,
                {
                    "leads": list(lead_ids),
                    "stage": stage,
                    "since": None if since is None else list(since),
                    "trigger": trigger[:120],
                    "at": at,
                    "by": by and by.pk,
                },
            )
            return cursor.rowcount


def full_name(person: Any) -> str:
    """What to call somebody: their name, else whatever reaches them."""
    full = f"{person.first_name} {person.last_name}".strip()
    return full or person.email or person.phone or person.outside_id or str(_("Unnamed"))


class Lead(models.Model):
    """A person we may sell to, reachable by an e-mail, a phone, a postal address or an outside id."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    postal_address = models.TextField(_("postal address"), blank=True)
    outside_id = models.CharField(_("outside id"), max_length=120, blank=True)
    first_name = models.CharField(_("first name"), max_length=120, blank=True)
    last_name = models.CharField(_("last name"), max_length=120, blank=True)
    account = models.ForeignKey(
        "leads.Account",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("account"),
    )
    source = models.ForeignKey(
        "leads.Source", models.PROTECT, null=True, blank=True, related_name="leads", db_index=False
    )
    campaign = models.ForeignKey("leads.Campaign", models.SET_NULL, null=True, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.LEAD)
    facts = models.JSONField(default=dict, editable=False, help_text=_("The winners among what is known."))
    need = models.PositiveSmallIntegerField(_("need"), null=True, editable=False)
    timeframe = models.PositiveSmallIntegerField(_("timeframe"), null=True, editable=False)
    authority = models.PositiveSmallIntegerField(_("authority"), null=True, editable=False)
    profile = models.PositiveSmallIntegerField(_("profile"), null=True, editable=False)
    rating = models.GeneratedField(
        expression=Coalesce(F("need"), 0)
        + Coalesce(F("timeframe"), 0)
        + Coalesce(F("authority"), 0)
        + Coalesce(F("profile"), 0),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    refused = models.JSONField(default=list, editable=False, help_text=_("Channels they told us not to use."))
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_cause = models.CharField(max_length=60, blank=True, editable=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="merged")
    imported_by = models.ForeignKey(
        "leads.Import", models.PROTECT, null=True, editable=False, related_name="+"
    )
    at = models.DateTimeField(_("first contact"))
    known_at = models.DateTimeField()
    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"), condition=~Q(email="") & Q(merged_into=None), name="one_live_lead_per_email"
            ),
            models.UniqueConstraint(
                Lower("outside_id"),
                condition=~Q(outside_id="") & Q(merged_into=None),
                name="one_live_lead_per_outside_id",
            ),
            models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone="") | ~Q(postal_address="") | ~Q(outside_id=""),
                name="a_lead_can_be_reached",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_cause="")
                | (Q(closed_at__isnull=False) & ~Q(closed_cause="")),
                name="a_lead_is_closed_if_and_only_if_there_is_a_cause",
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{criterion: None}) | Q(**{f"{criterion}__range": (1, 3)}),
                    name=f"{criterion}_is_rated_1_to_3",
                )
                for criterion in ("need", "timeframe", "authority", "profile")
            ),
        ]
        indexes = [
            models.Index(fields=["stage", "-id"], name="lead_by_stage"),
            models.Index(fields=["source", "-id"], name="lead_by_source"),
            models.Index("phone", condition=~Q(phone="") & Q(merged_into=None), name="lead_by_phone"),
            models.Index(
                "account",
                PersonName(),
                condition=NAMED & Q(account__isnull=False),
                name="lead_by_account_and_name",
            ),
            models.Index(
                "account",
                LocalPart("email"),
                condition=~Q(email="") & Q(account__isnull=False, merged_into=None),
                name="lead_by_account_and_local",
            ),
            models.Index(
                LocalPart("email"),
                PersonName(),
                condition=NAMED & ~Q(email=""),
                name="lead_by_local_and_name",
            ),
            models.Index(Lower("email"), condition=Q(merged_into__isnull=False), name="email_of_merged"),
            models.Index(
                Lower("outside_id"), condition=Q(merged_into__isnull=False), name="outside_id_of_merged"
            ),
            said.by_facts("lead_by_facts", F("country")),
        ]
        triggers = [
            *card.OF_LEADS,
            PASSED_ON,
            promises.at_commit(
                "every_open_lead_has_exactly_one_custody",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("closed_at", "merged_into_id"),
                broken=CUSTODY_BROKEN.format(lead="NEW.id"),
            ),
            promises.at_commit(
                "two_people_are_merged_by_a_person_only",
                operation=pgtrigger.UpdateOf("merged_into_id"),
                broken=MERGED_BY_NOBODY,
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self) -> str:
        """What to call them: their name, else whatever reaches them."""
        return full_name(self)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None and self.merged_into_id is None

    def get_absolute_url(self):
        from django.urls import reverse

        return reverse("lead", args=[self.public_id])

    def move_to(self, stage, *, trigger: str, at, by=None):
        """One move through the lifecycle, with its history; moving to where one is, is no move."""
        Lead.objects.move([self.pk], stage, trigger=trigger, at=at, by=by)
        self.stage = stage
