"""The form of one line of a score sheet: whom it speaks of, or what they did, and what that gives."""

import copy
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads import sheets
from leads.conditions import Vocabulary
from leads.differences import counts
from leads.models import OURS, Asset, Grade, Kind, RuleGroup, ScoreRule, ScoreSheet, Signal
from leads.pricing import number
from leads.soundness import troubles
from leads.who import Who


class RuleForm(forms.Form):
    """One line: what it is called, what it gives, and, of behaviour, what counts and how it fades."""

    label = forms.CharField(label=gettext_lazy("What the line is called"), max_length=160)
    points = number(gettext_lazy("Points, negative to subtract"))
    cap = number(gettext_lazy("The line earns at most"), required=False)
    group = forms.ModelChoiceField(
        RuleGroup.objects.none(), label=gettext_lazy("In the group"), required=False, empty_label="–"
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What the lead did"), choices=[one for one in Kind.choices if one[0] not in OURS]
    )
    asset_kind = forms.ChoiceField(
        label=gettext_lazy("Only with"), choices=[("", gettext_lazy("anything")), *Asset.Kind.choices],
        required=False,
    )  # fmt: skip
    about_starts = forms.CharField(
        label=gettext_lazy("Only where the page starts with"), max_length=200, required=False,
        help_text=gettext_lazy("Such as /prices/; empty for any."),
    )  # fmt: skip
    unit = forms.ChoiceField(label=gettext_lazy("Counts"), choices=Signal.Unit.choices)
    half_life_days = forms.FloatField(
        label=gettext_lazy("Half-life in days"), required=False, max_value=36_500,
        help_text=gettext_lazy("After so many days it is worth half; empty for points that never fade."),
    )  # fmt: skip
    window_days = number(
        gettext_lazy("Window in days"), required=False, most=3_650,
        help_text=gettext_lazy("Only so many last days count, today included (UTC); empty for all."),
    )  # fmt: skip
    least_grade = forms.TypedChoiceField(
        label=gettext_lazy("Evidence"), coerce=int, initial=Grade.LIKELY,
        choices=[(Grade.LIKELY.value, gettext_lazy("likely a person")),
                 (Grade.HUMAN.value, gettext_lazy("a person for certain"))],
    )  # fmt: skip

    BEHAVIOUR = (
        "kind", "asset_kind", "about_starts", "unit", "half_life_days", "window_days", "least_grade",
    )  # fmt: skip
    PLAIN = ("label", "points", "cap", "group")

    def __init__(self, data=None, *, sheet: ScoreSheet, rules: Sequence[ScoreRule], at: datetime,
                 vocabulary: Vocabulary, rule: ScoreRule | None = None, fit: bool = True):  # fmt: skip
        self.sheet, self.rules, self.rule = sheet, list(rules), rule
        self.at, self.vocabulary = at, vocabulary
        self.is_fit = rule.is_fit if rule else fit
        super().__init__(data, label_suffix="", initial=_told(rule))
        group = self.fields["group"]
        assert isinstance(group, forms.ModelChoiceField)
        group.queryset = sheet.groups.all()
        self.who = (
            Who(data, vocabulary=vocabulary, tree=rule.condition if rule else None) if self.is_fit else None
        )
        if self.is_fit:
            for name in self.BEHAVIOUR:
                del self.fields[name]

    def plain_boxes(self):
        return [self[name] for name in self.PLAIN]

    def behaviour_boxes(self):
        return [] if self.is_fit else [self[name] for name in self.BEHAVIOUR]

    def clean(self):
        told = super().clean() or self.cleaned_data
        if (
            self.who
            and self.who.is_valid()
            and self.who.cleaned_data["tree"] is None
            and not self._too_deep()
        ):
            self.add_error(None, _("Say whom the line speaks of."))
        if self.errors or (self.who and self.who.errors):
            return told
        told["drafted"] = drafted = self._drafted()
        told["rules"] = [drafted if rule.pk == drafted.pk else rule for rule in self.rules]
        if not drafted.pk:
            told["rules"].append(drafted)
        in_turn = sorted(told["rules"], key=lambda rule: rule is drafted)  # of two alike, blame this one
        for one in troubles(in_turn, self.sheet, self.vocabulary, at=self.at):
            if one.rule is drafted or (one.group and one.group == drafted.group):
                self.add_error(one.field if one.rule and one.field in self.fields else None, one.says)
        return told

    def says(self) -> str:
        """What the line counts as it was typed, else as it is saved, in words."""
        typed = self.cleaned_data.get("drafted") if self.is_bound and self.is_valid() else None
        rule = typed or self.rule
        return counts(rule, self.vocabulary) if rule else ""

    def is_valid(self):
        return super().is_valid() and not (self.who and self.who.errors)

    def _too_deep(self) -> bool:
        """A condition that the rows cannot show is kept while they are left empty."""
        return bool(self.rule and self.rule.condition is not None and self.who and not self.who.initial)

    def _drafted(self) -> ScoreRule:
        told, one = self.cleaned_data, copy.copy(self.rule) if self.rule else ScoreRule()
        one.sheet, one.label, one.points = self.sheet, told["label"], told["points"]
        one.cap, one.group = told["cap"], told["group"]
        if self.who:
            one.condition = one.condition if self._too_deep() else self.who.cleaned_data["tree"]
            one.signal = None
        else:
            wanted = Signal(name=told["label"][:120], **{name: told[name] for name in self.BEHAVIOUR})
            one.signal = sheets.alike(wanted) or wanted
        return one


def _told(rule: ScoreRule | None) -> dict[str, Any]:
    if rule is None:
        return {"half_life_days": 30, "unit": Signal.Unit.PER_DAY}
    told = {"label": rule.label, "points": rule.points, "cap": rule.cap, "group": rule.group_id}
    if rule.signal is None:
        return told
    half_life = rule.signal.half_life_days
    return {**told, **rule.signal.terms(), "half_life_days": half_life and f"{half_life:g}"}
