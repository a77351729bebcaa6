"""The first hour of an installation: one administrator, the company, its hours and its two teams."""

from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.db import connection, transaction
from django.dispatch import Signal
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _
from holidays.registry import COUNTRIES

from people.models import Calendar, Company, Side, Team, User
from people.models.user import ADMINISTRATORS

#: The company was founded. Upper apps add what they start with, in the same transaction: sent with
#: `marketing`, `sales` (the teams), `by` and `at`.
founded = Signal()


def countries() -> list[tuple[str, str]]:
    """The countries whose public holidays are known, by name."""
    named = ((codes[1], name.replace("_", " ").title()) for name, codes in COUNTRIES.items())
    return sorted(((code, name) for code, name in named if len(code) == 2), key=lambda one: one[1])


def zones() -> list[tuple[str, str]]:
    places = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in places)]


class Founding(forms.Form):
    """What the first administrator says about themselves and the company."""

    company = forms.CharField(label=_("Company"), max_length=200)
    postal_address = forms.CharField(
        label=_("Postal address"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Every mail to a lead carries it."),
    )
    country = forms.ChoiceField(label=_("Country"), choices=lambda: [("", "—"), *countries()])
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    marketing_team = forms.CharField(label=_("Marketing team"), max_length=80, initial=_("Marketing"))
    sales_team = forms.CharField(label=_("Sales team"), max_length=80, initial=_("Sales"))
    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("Your e-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("Eight characters at least, and not a common one."),
    )

    key = forms.CharField(
        label=_("Set-up key"),
        max_length=64,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_("It stands where Baton was started, and “manage.py setup_key” shows it there."),
    )

    def __init__(self, data=None, *, asks=False, key_given=""):
        first = {"company": settings.COMPANY, "time_zone": settings.TIME_ZONE, "key": key_given}
        super().__init__(data, label_suffix="", initial={**first, "postal_address": settings.POSTAL_ADDRESS})
        if not asks:
            del self.fields["key"]

    def clean_key(self) -> str:
        if not constant_time_compare(self.cleaned_data["key"].strip(), key()):
            raise forms.ValidationError(_("That is not the key of this installation."))
        return self.cleaned_data["key"]

    def clean(self):
        given = super().clean() or {}
        if given.get("marketing_team") and given["marketing_team"] == given.get("sales_team"):
            self.add_error("sales_team", _("The two teams need names of their own."))
        if given.get("password"):
            self._check_password(given)
        return given

    def _check_password(self, given):
        somebody = User(name=given.get("name", ""), email=given.get("email", ""))
        try:
            validate_password(given["password"], somebody)
        except forms.ValidationError as trouble:
            self.add_error("password", trouble)


def key() -> str:
    """What only those know who run this installation; it derives from their secret."""
    return salted_hmac("people.founding", "key", algorithm="sha256").hexdigest()[:24]


def asks_for_key(came_from: str) -> bool:
    """Whoever comes first would own the installation; only one for this machine alone does without."""
    return not (_is_here(came_from) and _is_here(urlsplit(settings.SITE_URL).hostname or ""))


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_open() -> bool:
    """Nobody works here yet."""
    return not User.objects.exists()


@transaction.atomic
def found(given: dict[str, Any], *, at: datetime) -> User | None:
    """Make the company and its first administrator; None where somebody else was quicker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('people.founding'))")
    if not is_open():
        return None
    by = User.objects.create_superuser(given["email"], given["password"], name=given["name"])
    by.groups.add(Group.objects.get(name=ADMINISTRATORS))
    about = {"name": given["company"], "postal_address": given["postal_address"]}
    Company.objects.update_or_create(pk=1, defaults=about)
    hours = {"time_zone": given["time_zone"], "country": given["country"]}
    calendar, _made = Calendar.objects.update_or_create(name=str(_("Office")), defaults=hours)
    marketing, sales = (_team(given[f"{side}_team"], side, calendar) for side in Side)
    founded.send(sender=Company, marketing=marketing, sales=sales, by=by, at=at)
    return by


def _team(name: str, side: Side, calendar: Calendar) -> Team:
    made, _new = Team.objects.update_or_create(name=name, defaults={"side": side, "calendar": calendar})
    return made
