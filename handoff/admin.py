"""The nouns of handoff in the admin, to be read: promises are signed and answered on their own pages."""

from typing import ClassVar

from django.contrib import admin

from handoff import models
from people.admin import Pane, Window


class SignaturePane(Pane):
    model = models.Signature
    fields = ("side", "user", "content_hash", "at")


@admin.register(models.Agreement)
class AgreementAdmin(Window):
    list_display = ("team", "number", "state", "in_force_from", "superseded_at")
    list_filter = ("state", "team")
    list_select_related = ("team",)
    inlines = (SignaturePane,)


class OfLead(Window):
    """Rows about one lead, the latest first."""

    list_select_related: ClassVar[tuple[str, ...]] = ("lead",)
    search_fields = ("lead__email", "lead__last_name", "public_id")


@admin.register(models.Verdict)
class VerdictAdmin(OfLead):
    list_display = ("lead", "agreement", "outcome", "trigger", "score", "at")
    list_filter = ("outcome", "trigger")
    list_select_related = ("lead", "agreement__team")


class OfferPane(Pane):
    model = models.Offer
    fields = ("user", "at", "due_at", "level", "outcome", "ended_at")


class DecisionPane(Pane):
    model = models.Decision
    fields = ("by", "outcome", "reason", "destination", "feedback", "at")


@admin.register(models.Handoff)
class HandoffAdmin(OfLead):
    list_display = ("lead", "trigger", "state", "rep", "at", "closed_at")
    list_filter = ("state", "trigger")
    list_select_related = ("lead", "rep")
    inlines = (OfferPane, DecisionPane)


@admin.register(models.Decision)
class DecisionAdmin(Window):
    list_display = ("handoff", "by", "outcome", "reason", "at")
    list_filter = ("outcome", "reason")
    list_select_related = ("handoff__lead", "by")


@admin.register(models.Reversal)
class ReversalAdmin(Window):
    list_display = ("decision", "by", "at")
    list_select_related = ("decision", "by")


@admin.register(models.Escalation)
class EscalationAdmin(Window):
    list_display = ("offer", "level", "told", "at")
    list_select_related = ("offer__handoff__lead", "offer__user", "told")


@admin.register(models.Opportunity)
class OpportunityAdmin(OfLead):
    list_display = ("name", "lead", "owner", "amount", "state", "at", "ended_at")
    list_filter = ("state",)
    list_select_related = ("lead", "owner")
    search_fields = ("name", "lead__email", "outside_id")
