"""What marketing may do to many leads: source, holder, stage, close. Whoever sales holds is left alone."""

from collections.abc import Collection, Mapping

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import custody
from leads.bulk import Snapshot, Verb, verb
from leads.models import Campaign, Custodian, Custody, Lead, Source, Stage
from people.models import Side, User
from people.models.user import MARKETING, MARKETING_MANAGERS

BY_HAND = (Stage.SUBSCRIBER, Stage.LEAD, Stage.RECYCLED, Stage.DISQUALIFIED)
HELD = ("custodian_id", "next_action", "next_action_at", "reason")


def in_sales_hands(lead_ids: Collection[int]) -> dict[int, str]:
    held = Custody.objects.filter(lead__in=lead_ids, side=Side.SALES).values_list("lead", flat=True)
    return dict.fromkeys(held, _("Sales holds it"))


def closed(lead_ids: Collection[int]) -> dict[int, str]:
    leads = Lead.objects.filter(pk__in=lead_ids)
    shut = leads.exclude(closed_at=None).values_list("pk", flat=True)
    merged = leads.exclude(merged_into=None).values_list("pk", flat=True)
    return dict.fromkeys(shut, _("It is closed")) | dict.fromkeys(merged, _("It was merged into another"))


def held(lead_ids: Collection[int]) -> dict[int, Snapshot]:
    """In whose hand each lead is, what comes next, when and why; nothing of the closed."""
    rows = Custody.objects.filter(lead__in=lead_ids).values("lead_id", *HELD)
    hands = {row.pop("lead_id"): row for row in rows}
    for hand in hands.values():
        hand["next_action_at"] = hand["next_action_at"].isoformat()
    return {lead: hands.get(lead, {}) for lead in lead_ids}


class SourceForm(forms.Form):
    source = forms.ModelChoiceField(Source.objects.all(), label=gettext_lazy("Source"))
    campaign = forms.ModelChoiceField(
        Campaign.objects.all(),
        label=gettext_lazy("Campaign"),
        required=False,
        empty_label=gettext_lazy("None"),
    )


@verb
class ChangeSource(Verb):
    """Say where leads came from."""

    key, label, icon, form = "source", gettext_lazy("Change source"), "map-pin", SourceForm

    def says(self, params):
        return _("Their source becomes %(name)s.") % {"name": Source.objects.get(pk=params["source"])}

    def left_out(self, lead_ids, params, at):
        there = Lead.objects.filter(pk__in=lead_ids, source=params["source"], campaign=params["campaign"])
        return dict.fromkeys(there.values_list("pk", flat=True), _("It is so already"))

    def do(self, lead_ids, params, *, by, at):
        Lead.objects.filter(pk__in=lead_ids).update(source=params["source"], campaign=params["campaign"])

    def snapshot(self, lead_ids):
        rows = Lead.objects.filter(pk__in=lead_ids).values_list("pk", "source", "campaign")
        return {pk: {"source": source, "campaign": campaign} for pk, source, campaign in rows}

    def restore(self, before, *, by, at):
        for stood, leads in _alike(before):
            self.do(leads, stood, by=by, at=at)


class GiveForm(forms.Form):
    user = forms.ModelChoiceField(
        User.objects.in_groups(MARKETING, MARKETING_MANAGERS), label=gettext_lazy("To")
    )


@verb
class Give(Verb):
    """Put leads before a marketer, to decide what comes next."""

    key, label, icon, team, form = "give", gettext_lazy("Give to…"), "hand", "marketing", GiveForm

    def says(self, params):
        name = User.objects.get(pk=params["user"])
        return _("%(name)s holds them, to decide what comes next.") % {"name": name}

    def left_out(self, lead_ids, params, at):
        hands = Custody.objects.filter(lead__in=lead_ids)
        tracks = hands.filter(custodian__kind=Custodian.Kind.TRACK).values_list("lead", flat=True)
        theirs = hands.filter(custodian__user=params["user"], side=Side.MARKETING).values_list(
            "lead", flat=True
        )
        left = dict.fromkeys(theirs, _("They hold it already"))
        left |= dict.fromkeys(tracks, _("A track holds it: take it off the track first"))
        return {**left, **in_sales_hands(lead_ids), **closed(lead_ids)}

    def do(self, lead_ids, params, *, by, at):
        hand = Custodian.of(User.objects.get(pk=params["user"]), Side.MARKETING)
        reason = _("Given by %(name)s") % {"name": by}
        review = Custody.Next.REVIEW
        custody.hold(lead_ids, hand, next_action=review, next_action_at=at, reason=reason, at=at)

    snapshot = staticmethod(held)

    def restore(self, before, *, by, at):
        custody.put_back(before, at=at)


class StageForm(forms.Form):
    stage = forms.ChoiceField(
        label=gettext_lazy("Stage"),
        choices=[(stage.value, stage.label) for stage in BY_HAND],
        help_text=gettext_lazy("The stages from MQL on are given by handing over and by sales."),
    )


@verb
class SetStage(Verb):
    """Move leads to a stage that a marketer may give by hand."""

    key, label, icon, form = "stage", gettext_lazy("Set stage"), "milestone", StageForm

    def says(self, params):
        return _("They become %(stage)s.") % {"stage": Stage(params["stage"]).label}

    def left_out(self, lead_ids, params, at):
        there = Lead.objects.filter(pk__in=lead_ids, stage=params["stage"]).values_list("pk", flat=True)
        left = dict.fromkeys(there, _("It is so already"))
        return {**left, **in_sales_hands(lead_ids), **closed(lead_ids)}

    def do(self, lead_ids, params, *, by, at):
        Lead.objects.move(lead_ids, params["stage"], trigger=_("Set by hand"), by=by, at=at)

    def snapshot(self, lead_ids):
        return {
            pk: {"stage": stage}
            for pk, stage in Lead.objects.filter(pk__in=lead_ids).values_list("pk", "stage")
        }

    def restore(self, before, *, by, at):
        for stood, leads in _alike(before):
            Lead.objects.move(leads, stood["stage"], trigger=_("Taken back"), by=by, at=at)


class CloseForm(forms.Form):
    cause = forms.CharField(label=gettext_lazy("Why"), max_length=60)


@verb
class Close(Verb):
    """Nobody holds them any more and nothing more happens by itself."""

    key, label, icon, form = "close", gettext_lazy("Close"), "circle-slash", CloseForm

    def says(self, params):
        said = _("They are closed: %(cause)s. Nobody holds them, nothing more is sent.")
        return said % {"cause": params["cause"]}

    def left_out(self, lead_ids, params, at):
        return {**in_sales_hands(lead_ids), **closed(lead_ids)}

    def do(self, lead_ids, params, *, by, at):
        custody.close(lead_ids, cause=params["cause"], at=at)

    def snapshot(self, lead_ids):
        causes = dict(Lead.objects.filter(pk__in=lead_ids).values_list("pk", "closed_cause"))
        return {lead: {**hand, "closed": causes[lead]} for lead, hand in held(lead_ids).items()}

    def restore(self, before, *, by, at):
        custody.put_back(before, at=at)


def _alike(before: Mapping[int, Snapshot]) -> list[tuple[Snapshot, list[int]]]:
    """Leads that stood alike, together."""
    groups: dict[tuple, list[int]] = {}
    for lead, stood in before.items():
        groups.setdefault(tuple(sorted(stood.items())), []).append(lead)
    return [(dict(stood), leads) for stood, leads in groups.items()]
