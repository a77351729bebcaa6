from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

#: The question goes behind the host, never into it.
ADDRESS = r"^https?://[^/?#@{}]+[/?].*[{](domain|email)[}]"
TIRED = 3  # failures in a row after which it is left alone for a while
LONGEST = timedelta(days=1)


class Directory(models.Model):
    """Where companies or people are looked up over HTTP: an address that an administrator allowed."""

    name = models.CharField(_("name"), max_length=80)
    address = models.CharField(
        _("address"), max_length=500, help_text=_("With {domain} or {email} where the question goes.")
    )
    header = models.CharField(_("header of the secret"), max_length=60, blank=True)
    secret = models.CharField(_("secret"), max_length=500, blank=True, help_text=_("It is not shown again."))
    mapping = models.JSONField(_("what fills what"), help_text=_("Field to its place in the answer."))
    failures = models.PositiveIntegerField(default=0, editable=False, help_text=_("In a row."))
    rests_until = models.DateTimeField(null=True, editable=False)
    by = models.ForeignKey("people.User", models.SET_NULL, null=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "directories"
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="one_directory_per_name"),
            models.CheckConstraint(
                condition=Q(address__regex=ADDRESS),
                name="a_directory_is_asked_behind_its_host",
            ),
            models.CheckConstraint(
                condition=Q(header="", secret="") | (~Q(header="") & ~Q(secret="")),
                name="a_secret_has_its_header",
            ),
        ]

    def __str__(self):
        return self.name

    def rests(self, at: datetime) -> bool:
        """Is it left alone, after failing again and again?"""
        return self.rests_until is not None and self.rests_until > at

    def failed(self, at: datetime) -> None:
        """Once more in a row: the longer that goes on, the longer it is left alone."""
        rows = type(self).objects.filter(pk=self.pk)
        rows.update(failures=F("failures") + 1)
        self.refresh_from_db(fields=["failures"])
        if self.failures >= TIRED:
            self.rests_until = at + back_off(self.failures - TIRED)
            rows.update(rests_until=self.rests_until)

    def answered(self) -> None:
        if self.failures or self.rests_until:
            type(self).objects.filter(pk=self.pk).update(failures=0, rests_until=None)
            self.failures, self.rests_until = 0, None


class DirectoryAnswer(models.Model):
    """What a directory said of one key, kept so that colleagues are not asked for one by one."""

    directory = models.ForeignKey(Directory, models.CASCADE, related_name="answers", db_index=False)
    key = models.CharField(max_length=254)
    answers = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["directory", "key"], name="a_directory_says_one_thing_of_each_key"
            )
        ]


def back_off(times: int) -> timedelta:
    """Five minutes, doubled with each time, a day at most."""
    return min(timedelta(minutes=5) * 2 ** min(times, 20), LONGEST)
