"""What happened to leads and who holds them, in the admin: read only."""

from typing import ClassVar

from django.contrib import admin

from leads import models
from people.admin import Window


class OfLead(Window):
    """Rows about one lead, the latest first."""

    list_select_related: ClassVar[tuple[str, ...]] = ("lead",)
    search_fields = ("lead__email", "lead__last_name")


@admin.register(models.Custody)
class CustodyAdmin(OfLead):
    list_display = ("lead", "custodian", "side", "next_action", "next_action_at", "reason")
    list_filter = ("side", "next_action")
    list_select_related = ("lead", "custodian")


@admin.register(models.CustodyChange)
class CustodyChangeAdmin(OfLead):
    list_display = ("lead", "custodian", "side", "reason", "at")
    list_filter = ("side",)
    list_select_related = ("lead", "custodian")


@admin.register(models.StageChange)
class StageChangeAdmin(OfLead):
    list_display = ("lead", "from_stage", "to_stage", "trigger", "by", "at")
    list_filter = ("to_stage",)
    list_select_related = ("lead", "by")


@admin.register(models.Fact)
class FactAdmin(OfLead):
    list_display = ("field", "lead", "account", "value", "saying", "by", "at")
    list_filter = ("saying", "field")
    list_select_related = ("field", "lead", "account", "by")


@admin.register(models.Rating)
class RatingAdmin(OfLead):
    list_display = ("lead", "criterion", "value", "by", "at")
    list_filter = ("criterion",)
    list_select_related = ("lead", "by")


@admin.register(models.Consent)
class ConsentAdmin(OfLead):
    list_display = ("lead", "channel", "given", "evidence", "by", "at")
    list_filter = ("channel", "given")
    list_select_related = ("lead", "by")


@admin.register(models.Submission)
class SubmissionAdmin(OfLead):
    list_display = ("form", "lead", "outcome", "refusal", "talk_to_sales", "at")
    list_filter = ("outcome", "talk_to_sales", "form")
    list_select_related = ("form", "lead")


@admin.register(models.Identity)
class IdentityAdmin(OfLead):
    list_display = ("key", "lead", "at", "joined_at")


@admin.register(models.Custodian)
class CustodianAdmin(Window):
    list_display = ("name", "kind", "side", "user")
    list_filter = ("kind", "side")
    list_select_related = ("user",)
    search_fields = ("name",)
