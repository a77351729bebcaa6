from functools import cached_property

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from people.clock import WorkingHours


def office_hours() -> dict:
    """Monday to Friday, nine to five with an hour's lunch: what a new calendar starts from."""
    spans = [["09:00", "12:00"], ["13:00", "17:00"]]
    return dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), spans)


#: SQL for: some day has a span that says from when to when.
ANY_SPAN = Func(
    F("week"),
    function="jsonb_path_exists",
    template="""%(function)s(%(expressions)s, '$.*[*][*] ? (@.type() == "string")')""",
    output_field=models.BooleanField(),
)


class Calendar(models.Model):
    """The hours in which a team keeps its promises: split days, holidays and a time zone."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    week = models.JSONField(_("hours"), default=office_hours, help_text=_("Spans of open time by weekday."))
    country = models.CharField(_("holidays of"), max_length=2, blank=True, help_text=_("Two-letter country."))
    subdivision = models.CharField(_("region"), max_length=12, blank=True)
    closed = models.JSONField(
        _("also closed on"), default=list, blank=True, help_text=_("Dates, 2026-12-24.")
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(week__has_any_keys=["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
                & Q(ANY_SPAN),
                name="a_calendar_has_a_working_hour",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def terms(self) -> dict:
        """The calendar as an agreement freezes it."""
        return {
            "time_zone": self.time_zone,
            "week": self.week,
            "country": self.country,
            "subdivision": self.subdivision,
            "closed": self.closed,
        }

    @cached_property
    def hours(self) -> WorkingHours:
        return WorkingHours.parse(self.terms)

    def clean(self):
        try:
            WorkingHours.parse(self.terms)
        except ValueError as trouble:
            raise ValidationError({"week": str(trouble)}) from trouble

    def save(self, *args, **kwargs):
        self.full_clean(validate_unique=False, validate_constraints=False)
        self.__dict__.pop("hours", None)
        super().save(*args, **kwargs)


class Absence(models.Model):
    """Days on which somebody is away, the first and the last included, in their own zone."""

    user = models.ForeignKey("people.User", models.CASCADE, related_name="absences")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=80, blank=True)

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="an_absence_ends_after_it_starts"
            )
        ]

    def __str__(self):
        return f"{self.user}: {self.first_day} – {self.last_day}"
