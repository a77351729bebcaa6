"""The nouns of leads in the admin: settings are kept here, people are corrected, ledgers are read."""

from django.contrib import admin, messages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from leads import (
    ledger_admin,  # noqa: F401 - registers its windows
    models,
    news,
)
from people.admin import Noun, Pane, Window


class StandingPane(Pane):
    model = models.AccountStanding
    fields = ("at", "is_target", "owner", "by")


@admin.register(models.Account)
class AccountAdmin(Noun):
    list_display = ("name", "domain", "is_target", "owner")
    list_filter = ("is_target",)
    list_select_related = ("owner",)
    search_fields = ("name", "domain")
    autocomplete_fields = ("owner",)
    fields = ("name", "domain", "is_target", "owner", "facts", "at")
    readonly_fields = ("facts",)
    inlines = (StandingPane,)

    def get_changeform_initial_data(self, request):
        return {"at": timezone.now()}

    def has_delete_permission(self, request, obj=None):
        return False

    @transaction.atomic
    def save_model(self, request, obj, form, change):
        """Naming a target and giving an owner are dated, and news to everybody in the company."""
        super().save_model(request, obj, form, change)
        if {"is_target", "owner"} & set(form.changed_data) or not change:
            at = timezone.now()
            obj.stand(is_target=obj.is_target, owner=obj.owner, by=request.user, at=at)
            news.changed(list(obj.leads.live().values_list("pk", flat=True)), at=at)


@admin.register(models.Lead)
class LeadAdmin(Noun):
    """People are corrected here; where they stand and who holds them is only read."""

    list_display = ("name", "email", "account", "stage", "source", "at")
    list_filter = ("stage", ("closed_at", admin.EmptyFieldListFilter), "source")
    list_select_related = ("account", "source")
    search_fields = ("email", "first_name", "last_name", "outside_id", "account__name")
    autocomplete_fields = ("account", "source", "campaign")
    readonly_fields = (
        "public_id", "stage", "need", "timeframe", "authority", "profile", "rating", "facts", "refused",
        "closed_at", "closed_cause", "merged_into", "imported_by", "at", "known_at",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": ("first_name", "last_name", "email", "phone", "postal_address", "outside_id")}),
        (_("Where from"), {"fields": ("account", "source", "campaign", "country", "time_zone")}),
        (_("Only verbs change these"), {"fields": readonly_fields}),
    )

    def has_add_permission(self, request):
        return False  # everybody comes in by the one door: a form or an import

    def has_delete_permission(self, request, obj=None):
        return False

    @transaction.atomic
    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        news.changed([obj.pk], at=timezone.now())


@admin.register(models.Source)
class SourceAdmin(Noun):
    list_display = ("name", "vendor", "lead_type", "cost_per_lead", "marketer")
    list_select_related = ("marketer",)
    search_fields = ("name", "vendor")
    autocomplete_fields = ("marketer",)


@admin.register(models.Campaign)
class CampaignAdmin(Noun):
    list_display = ("name", "source", "cost", "starts", "ends")
    list_select_related = ("source",)
    search_fields = ("name", "utm_campaign")
    autocomplete_fields = ("source",)


@admin.register(models.Asset)
class AssetAdmin(Noun):
    list_display = ("name", "kind", "interest", "level", "is_live")
    list_filter = ("kind", "level", "is_live")
    search_fields = ("name", "interest")


@admin.register(models.Field)
class FieldAdmin(Noun):
    list_display = ("label", "key", "about", "type", "personal", "standard")
    list_filter = ("about", "type", "standard")
    search_fields = ("label", "key")

    def get_readonly_fields(self, request, obj=None):
        return ("key", "about", "type") if obj else ()  # facts and conditions speak of them

    def has_delete_permission(self, request, obj=None):
        return False


class QuestionPane(Pane):
    model = models.Question
    fields = readonly_fields = ("position", "field", "label", "required", "ask", "number")


@admin.register(models.Form)
class FormAdmin(Window):
    list_display = ("title", "slug", "source", "owner", "talk_to_sales", "is_live")
    list_filter = ("is_live",)
    list_select_related = ("source", "owner")
    search_fields = ("title", "slug")
    inlines = (QuestionPane,)


@admin.register(models.Reply)
class ReplyAdmin(Window):
    list_display = ("address", "form", "lead", "at", "confirmed_at")
    list_filter = ("form",)
    list_select_related = ("form", "lead")


@admin.register(models.Suppression)
class SuppressionAdmin(Noun):
    list_display = ("address", "channel", "reason", "at")
    list_filter = ("channel",)
    search_fields = ("address",)
    fields = ("channel", "address", "reason")

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        obj.at = timezone.now()
        super().save_model(request, obj, form, change)
        messages.info(request, _("Nothing will be sent there any more."))


class RulePane(Pane):
    model = models.ScoreRule
    fields = ("position", "label", "condition", "signal", "points", "cap")


@admin.register(models.ScoreSheet)
class ScoreSheetAdmin(Window):
    list_display = ("name", "number", "frozen_at")
    inlines = (RulePane,)


@admin.register(models.Signal)
class SignalAdmin(Window):
    list_display = ("name", "kind", "unit", "half_life_days", "window_days", "least_grade")


class RejectedPane(Pane):
    model = models.RejectedRow
    fields = ("number", "column", "problem")

    def get_queryset(self, request):
        return super().get_queryset(request).filter(number__lte=200)


@admin.register(models.Import)
class ImportAdmin(Window):
    list_display = ("name", "what", "state", "by", "at")
    list_filter = ("what", "state")
    list_select_related = ("by",)
    inlines = (RejectedPane,)
