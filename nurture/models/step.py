import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import Kind
from nurture.models.track import ChannelName
from people import promises

OF_VERSION = (
    "EXISTS (SELECT 1 FROM nurture_trackversion version"
    " WHERE version.id = {row}.version_id AND version.published_at IS NOT NULL)"
)
OF_STEP = (
    "EXISTS (SELECT 1 FROM nurture_step step"
    " JOIN nurture_trackversion version ON version.id = step.version_id"
    " WHERE step.id = {row}.{column} AND version.published_at IS NOT NULL)"
)
OF_PART = (
    "EXISTS (SELECT 1 FROM nurture_part part JOIN nurture_step step ON step.id = part.step_id"
    " JOIN nurture_trackversion version ON version.id = step.version_id"
    " WHERE part.id = {row}.part_id AND version.published_at IS NOT NULL)"
)


def frozen(sentence: str, published: str) -> pgtrigger.Trigger:
    """What belongs to a published version doesn't change."""
    return promises.frozen_when(sentence, condition=published.format(row="OLD", column="step_id"))


def closed(sentence: str, published: str, column: str) -> pgtrigger.Trigger:
    """What belongs to a published version gets no more of these."""
    return promises.refuse_when(
        sentence,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf(column),
        broken=published.format(row="NEW", column=column),
    )


#: What people may choose; to wait is no way to reach anybody.
CHANNELS = [(name.value, name.label) for name in ChannelName if name != ChannelName.WAIT]


class Unit(models.TextChoices):
    """What the wait of a step is counted in; a weekday's number is 1 for Monday to 7 for Sunday."""

    HOURS = "hours", _("hours")
    DAYS = "days", _("days")
    WORKING_DAYS = "working_days", _("working days")
    MONTHS = "months", _("months")
    WEEKDAY = "weekday", _("until the weekday")


#: What a step may wait for, its wait being the limit.
EVENTS = [
    (kind.value, kind.label)
    for kind in (
        Kind.OPEN,
        Kind.CLICK,
        Kind.REPLY,
        Kind.DOWNLOAD,
        Kind.FORM,
        Kind.REGISTERED,
        Kind.ATTENDED,
    )
]


class Step(models.Model):
    """One station of a track; it keeps its key across versions, so nobody gets it twice.

    A step reaches somebody by its parts, or it is a branch: it has no part, and lanes instead.
    `position` counts through the whole version as the storyboard is read: a branch, then its lanes.
    """

    version = models.ForeignKey("nurture.TrackVersion", models.CASCADE, related_name="steps")
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    lane = models.ForeignKey("nurture.Lane", models.CASCADE, null=True, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=160)
    wait = models.PositiveSmallIntegerField(_("after the one before"), default=0, db_column="wait_days")
    unit = models.CharField(
        _("counted in"), max_length=12, choices=Unit, default=Unit.DAYS, db_default=Unit.DAYS.value
    )
    event = models.CharField(
        _("or as soon as they"), max_length=16, choices=EVENTS, blank=True, default="", db_default=""
    )
    at_time = models.TimeField(_("not before"), null=True, blank=True, help_text=_("In the lead's own zone."))
    by_time = models.TimeField(_("not after"), null=True, blank=True, help_text=_("In the lead's own zone."))

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
            frozen("published_steps_dont_change", OF_VERSION),
            closed("a_published_version_gets_no_more_steps", OF_VERSION, "version_id"),
        ]

    def __str__(self):
        return self.name


class Lane(models.Model):
    """One way on from a branch: whoever meets its condition takes it; the first that holds wins."""

    class Then(models.TextChoices):
        JOIN = "join", _("joins again after the branch")
        FINISH = "finish", _("ends the track")

    branch = models.ForeignKey(Step, models.CASCADE, related_name="lanes")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=120)
    condition = models.JSONField(
        _("condition"), null=True, blank=True, help_text=_("Without one it is for everybody else.")
    )
    then = models.CharField(_("then"), max_length=8, choices=Then, default=Then.JOIN)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "number"], name="one_lane_per_branch_and_number")
        ]
        triggers = [
            promises.frozen_when(
                "published_lanes_dont_change", condition=OF_STEP.format(row="OLD", column="branch_id")
            ),
            closed("a_published_branch_gets_no_more_lanes", OF_STEP, "branch_id"),
        ]

    def __str__(self):
        return self.name


class Part(models.Model):
    """One channel's share of a step: the e-mail, or its follow-up call. Its own words are variant A."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField(default=1)
    channel = models.CharField(_("channel"), max_length=12, choices=CHANNELS)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown; or the script of a call."))
    asset = models.ForeignKey("leads.Asset", models.PROTECT, null=True, blank=True)
    wait_days = models.PositiveSmallIntegerField(_("days after the first part"), default=0)
    weight = models.PositiveSmallIntegerField(_("share"), default=1, db_default=1)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["step", "number"], name="one_part_per_step_and_number")
        ]
        triggers = [
            frozen("published_parts_dont_change", OF_STEP),
            closed("a_published_step_gets_no_more_parts", OF_STEP, "step_id"),
        ]

    def __str__(self):
        return self.get_channel_display()

    def says(self, variant: int = 0) -> tuple[str, str]:
        """Subject and text as this variant has them; 0 are the part's own."""
        if not variant:
            return self.subject, self.body
        other = next(one for one in self.variants.all() if one.number == variant)
        return other.subject, other.body


class Variant(models.Model):
    """Other words for a part, for a share of those who get it; B is number 1."""

    part = models.ForeignKey(Part, models.CASCADE, related_name="variants")
    number = models.PositiveSmallIntegerField()
    weight = models.PositiveSmallIntegerField(_("share"), default=1)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["part", "number"], name="one_variant_per_part_and_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="the_first_variant_is_the_parts_own"),
        ]
        triggers = [
            frozen("published_variants_dont_change", OF_PART),
            closed("a_published_part_gets_no_more_variants", OF_PART, "part_id"),
        ]

    def __str__(self):
        return self.letter

    @property
    def letter(self) -> str:
        """B, C and so on."""
        return chr(ord("A") + self.number)
