"""What the track builder asks: a step with its channels and their wordings, a lane, the track itself."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import takewhile
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.models import Asset
from nurture.models import Lane, Track
from nurture.models.step import CHANNELS, EVENTS, Unit
from nurture.outline import PartPlan, StepPlan, Wording
from people.models import User
from people.models.user import MARKETING, MARKETING_MANAGERS

SPARE_PARTS, MOST_PARTS, MOST_VARIANTS = 1, 6, 6


class Plain(forms.Form):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class TrackForm(forms.ModelForm):
    """What a track is called, for whom it is, and in whose name and hours it sends."""

    class Meta:
        model = Track
        fields = ("name", "purpose", "priority", "calendar", "sender")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        sender = self.fields["sender"]
        assert isinstance(sender, forms.ModelChoiceField)
        sender.queryset = User.objects.in_groups(MARKETING, MARKETING_MANAGERS)


class NewStep(Plain):
    """A step in one line: its day and its channels; the words come after."""

    name = forms.CharField(label=_("Name"), max_length=160)
    wait = forms.IntegerField(label=_("Days after the one before"), min_value=0, max_value=3650, initial=3)
    channels = forms.MultipleChoiceField(
        label=_("Channels"), choices=CHANNELS, widget=forms.CheckboxSelectMultiple, initial=["email"]
    )

    def plan(self) -> StepPlan:
        told = self.cleaned_data
        return StepPlan(told["name"], wait=told["wait"], parts=tuple(map(PartPlan, told["channels"])))


class StepForm(Plain):
    """When a step is due."""

    name = forms.CharField(label=_("Name"), max_length=160)
    wait = forms.IntegerField(label=_("Waits"), min_value=0, max_value=3650, initial=3)
    unit = forms.ChoiceField(label=_("counted in"), choices=Unit)
    event = forms.ChoiceField(
        label=_("or as soon as"), choices=[("", _("– only the wait counts")), *EVENTS], required=False
    )
    at_time = forms.TimeField(label=_("Not before"), required=False, widget=forms.TimeInput({"type": "time"}))
    by_time = forms.TimeField(label=_("Not after"), required=False, widget=forms.TimeInput({"type": "time"}))

    def told(self) -> dict[str, Any]:
        clocks = {name: self.cleaned_data[name] for name in ("at_time", "by_time")}
        return {**self.cleaned_data, **{name: f"{at:%H:%M}" if at else "" for name, at in clocks.items()}}


class WordingForm(Plain):
    """Other words for a part; left empty, there are none."""

    subject = forms.CharField(label=_("Subject"), max_length=300, required=False)
    body = forms.CharField(
        label=_("Text"), max_length=50_000, required=False, widget=forms.Textarea({"rows": 6})
    )
    weight = forms.IntegerField(label=_("Share"), min_value=0, max_value=100, required=False)

    def told(self) -> dict[str, Any]:
        weight = self.cleaned_data["weight"]
        return {**self.cleaned_data, "weight": 1 if weight is None else weight}

    @property
    def filled(self) -> bool:
        return bool(self.cleaned_data.get("subject") or self.cleaned_data.get("body"))


class PartForm(WordingForm):
    """One channel of a step, and what it says; without a channel it is left out."""

    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("– none")), *CHANNELS], required=False)
    wait_days = forms.IntegerField(
        label=_("Days after the first"), min_value=0, max_value=365, required=False
    )
    asset = forms.ChoiceField(label=_("Asset"), required=False)
    field_order = ("channel", "wait_days", "subject", "body", "asset", "weight")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        names = Asset.objects.filter(is_live=True).order_by("name").values_list("name", flat=True)
        asset = self.fields["asset"]
        assert isinstance(asset, forms.ChoiceField)
        known = dict.fromkeys([*names, self.initial.get("asset") or ""])
        asset.choices = [("", _("– none")), *((name, name) for name in known if name)]

    def plan(self, variants: tuple[Wording, ...]) -> PartPlan:
        told = self.told()
        return PartPlan(**{**told, "wait_days": told["wait_days"] or 0}, variants=variants)


class StepEditor:
    """One step as its page asks for it: its time, its parts, and the wordings of each."""

    def __init__(self, step: StepPlan, told: Mapping[str, Any] | None = None):
        self.step = step
        self.form = StepForm(told, initial=asdict(step))
        count = len(step.parts) + SPARE_PARTS if told is None else _count(told, "part{}-channel", MOST_PARTS)
        self.parts = [] if step.lanes else [self._part(number, told) for number in range(count)]

    def _part(self, number: int, told: Mapping[str, Any] | None) -> tuple[PartForm, list[WordingForm]]:
        part = self.step.parts[number] if number < len(self.step.parts) else PartPlan("")
        prefix = f"part{number}"
        spare = len(part.variants) + 1
        count = spare if told is None else _count(told, prefix + "-variant{}-body", MOST_VARIANTS)
        wordings = [
            WordingForm(told, prefix=f"{prefix}-variant{n}", initial=_at(part.variants, n))
            for n in range(count)
        ]
        return PartForm(told, prefix=prefix, initial=asdict(part)), wordings

    def is_valid(self) -> bool:
        every = [self.form, *(form for part, wordings in self.parts for form in (part, *wordings))]
        return all([form.is_valid() for form in every])  # noqa: C419  each shall say what is wrong with it

    def plan(self) -> StepPlan:
        """The step as it was told; its lanes are as they were."""
        parts = tuple(
            part.plan(tuple(Wording(**one.told()) for one in wordings if one.filled))
            for part, wordings in self.parts
            if part.cleaned_data["channel"]
        )
        return replace(self.step, **self.form.told(), parts=parts)


def _at(variants: tuple[Wording, ...], number: int) -> dict[str, Any]:
    return asdict(variants[number]) if number < len(variants) else {"weight": 1}


def _count(told: Mapping[str, Any], pattern: str, most: int) -> int:
    """How many rows of this kind the form has."""
    return len(list(takewhile(lambda number: pattern.format(number) in told, range(most))))


class LaneForm(Plain):
    """What a lane is called, and where it leads."""

    name = forms.CharField(label=_("Name"), max_length=120)
    then = forms.ChoiceField(label=_("Then it"), choices=Lane.Then)


class FileForm(Plain):
    """A track that was exported."""

    name = forms.CharField(label=_("Name of the new track"), max_length=120)
    file = forms.FileField(label=_("File"), help_text=_("As “Export” gives it."))
