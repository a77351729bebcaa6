"""The form of a whole score sheet: the points of all lines, groups, grades, and what to compare with."""

import copy
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions import Vocabulary
from leads.models import RuleGroup, ScoreRule, ScoreSheet
from leads.soundness import Trouble, troubles

MOST = 100_000
MOST_MARKS = 5
NEW = "new"
FIT_CUTS = (("fit_a", "A"), ("fit_b", "B"), ("fit_c", "C"))
ENGAGEMENT_CUTS = (("engagement_1", "1"), ("engagement_2", "2"))


def number(label: Any, *, least: int = -MOST, most: int = MOST, **details: Any) -> forms.IntegerField:
    """A box for points, or for whole days."""
    return forms.IntegerField(label=label, min_value=least, max_value=most, **details)


class Marks(forms.CharField):
    """Lines on the scale of points, typed as 100, 150."""

    def __init__(self, **details: Any) -> None:
        super().__init__(max_length=60, required=False, empty_value="", **details)

    def clean(self, value: Any) -> list[int]:
        words = super().clean(value).replace(";", ",").replace(" ", ",").split(",")
        try:
            marks = sorted({int(word) for word in words if word})
        except ValueError:
            raise forms.ValidationError(_("Lines are whole numbers of points, such as 100, 150.")) from None
        if len(marks) > MOST_MARKS or any(abs(mark) > MOST for mark in marks):
            raise forms.ValidationError(_("At most %(n)d lines, none beyond 100,000.") % {"n": MOST_MARKS})
        return marks


def refusals(*of: forms.Form | None) -> list[tuple[str, str, str]]:
    """Everything that is refused in these forms: the box's id, its name, and why."""
    found = []
    for form in filter(None, of):
        found += [("", "", str(why)) for why in form.non_field_errors()]
        for box in form:
            name = box.field.widget.attrs.get("aria-label") or str(box.label)
            found += [(box.id_for_label, name, str(why)) for why in box.errors]
    return found


class Asked(forms.Form):
    """What the what-if compares with, and at which lines it looks."""

    marks = Marks(label=gettext_lazy("Who crosses these lines"))
    against = forms.ModelChoiceField(
        ScoreSheet.objects.none(), label=gettext_lazy("Compared with"), empty_label=None, required=False
    )

    def __init__(self, *args, sheet: ScoreSheet, lines: Sequence[int] = (), **kwargs) -> None:
        initial = {"marks": ", ".join(map(str, lines)), "against": _compared_with(sheet)}
        super().__init__(*args, **{"label_suffix": "", "initial": initial, **kwargs})
        against = self.fields["against"]
        assert isinstance(against, forms.ModelChoiceField)
        against.queryset = ScoreSheet.objects.filter(name=sheet.name)
        self.sheet = sheet

    def chosen(self) -> tuple[list[int], ScoreSheet]:
        """The lines and the sheet to compare with, without whatever could not be read."""
        self.is_valid()
        told = self.cleaned_data
        return told.get("marks") or [], told.get("against") or _compared_with(self.sheet)


def _compared_with(sheet: ScoreSheet) -> ScoreSheet:
    """The newest version that was signed, else the sheet as it is saved."""
    signed = ScoreSheet.objects.filter(name=sheet.name, frozen_at__isnull=False).order_by("-number")
    return signed.first() or sheet


class SheetForm(forms.Form):
    """A sheet with the points of all its lines, its groups, and where the grades begin."""

    likely_cap = number(
        gettext_lazy("All likely evidence together at most"), least=0, required=False,
        help_text=gettext_lazy("Whichever lines count it; what machines did earns nothing."),
    )  # fmt: skip
    likely_each = number(
        gettext_lazy("One likely event earns at most"), required=False,
        help_text=gettext_lazy("What only likely was a person; certain evidence earns all."),
    )  # fmt: skip

    def __init__(self, *args, sheet: ScoreSheet, rules: Sequence[ScoreRule], at: datetime,
                 vocabulary: Vocabulary, **kwargs) -> None:  # fmt: skip
        self.sheet, self.rules, self.at, self.vocabulary = copy.copy(sheet), list(rules), at, vocabulary
        self.groups = list(sheet.groups.all())
        super().__init__(*args, **{"label_suffix": "", "initial": _initial(sheet), **kwargs})
        for name, letter in (*FIT_CUTS, *ENGAGEMENT_CUTS):
            self.fields[name] = number(_("%(grade)s from") % {"grade": letter}, required=False)
        for group in self.groups:
            self._add_group(f"g{group.pk}", group.name, group.cap)
        self._add_group(NEW, "", None)
        for rule in self.rules:
            self._add_rule(rule)

    def _add_group(self, key: str, name: str, cap: int | None) -> None:
        self.fields[f"{key}_name"] = forms.CharField(
            label=_("Group"), max_length=80, required=False, initial=name
        )
        self.fields[f"{key}_cap"] = number(_("Together at most"), least=1, required=False, initial=cap)

    def _add_rule(self, rule: ScoreRule) -> None:
        choices = [("", "–"), *((str(one.pk), one.name) for one in self.groups), (NEW, _("the new group"))]
        key = f"r{rule.pk}"
        was_there = not self.is_bound or f"{key}_points" in self.data
        self.fields[f"{key}_points"] = number(_("Points"), initial=rule.points, required=was_there)
        self.fields[f"{key}_cap"] = number(_("At most"), required=False, initial=rule.cap)
        self.fields[f"{key}_group"] = forms.ChoiceField(
            label=_("Group"), choices=choices, required=False, initial=str(rule.group_id or "")
        )
        self.fields[f"{key}_gone"] = forms.BooleanField(label=_("Remove"), required=False)
        for box in ("points", "cap", "group", "gone"):
            field = self.fields[f"{key}_{box}"]
            field.widget.attrs["aria-label"] = f"{field.label}: {rule.label}"

    def rows(self, *, fit: bool):
        """The boxes of each line of one half, for the page."""
        names = ("points", "cap", "group", "gone")
        return [
            (rule, [self[f"r{rule.pk}_{name}"] for name in names])
            for rule in self.rules
            if rule.is_fit is fit
        ]

    def group_rows(self):
        keys = [*(f"g{group.pk}" for group in self.groups), NEW]
        return [(self[f"{key}_name"], self[f"{key}_cap"]) for key in keys]

    def fit_cuts(self):
        return [self[name] for name, _letter in FIT_CUTS]

    def engagement_cuts(self):
        return [self[name] for name, _letter in ENGAGEMENT_CUTS]

    def clean(self):
        told = super().clean() or self.cleaned_data
        self.sheet.likely_cap, self.sheet.likely_each = told.get("likely_cap"), told.get("likely_each")
        self._read_cuts("fit_cuts", FIT_CUTS)
        self._read_cuts("engagement_cuts", ENGAGEMENT_CUTS)
        if bool(self.sheet.fit_cuts) != bool(self.sheet.engagement_cuts) and not self.errors:
            self.add_error(
                "fit_a" if not self.sheet.fit_cuts else "engagement_1", _("A grid needs both halves.")
            )
        told["rules"] = self._drafted()
        if not self.errors:
            for one in troubles(told["rules"], self.sheet, self.vocabulary, at=self.at):
                self.add_error(self._box_of(one), one.says)
        return told

    def _read_cuts(self, attribute: str, cuts) -> None:
        given = [self.cleaned_data.get(name) for name, _letter in cuts]
        known = [one for one in given if one is not None]
        if known and len(known) < len(given):
            self.add_error(cuts[given.index(None)][0], _("Give all of them or none."))
        elif any(one <= following for one, following in pairwise(known)):
            self.add_error(cuts[-1][0], _("Each grade begins below the one before."))
        setattr(self.sheet, attribute, known if len(known) == len(given) else [])

    def _drafted(self) -> list[ScoreRule]:
        """The lines as they were typed, in groups as they were typed; nothing is saved."""
        told, groups = self.cleaned_data, {str(one.pk): self._typed(copy.copy(one)) for one in self.groups}
        groups[NEW] = RuleGroup(name=told.get("new_name") or "", cap=told.get("new_cap") or 0)
        drafted = []
        for rule in self.rules:
            if told.get(f"r{rule.pk}_gone"):
                continue
            one = copy.copy(rule)
            one.sheet = self.sheet
            if f"r{rule.pk}_points" not in self.data:  # a colleague has added it meanwhile
                drafted.append(one)
                continue
            one.points, one.cap = told.get(f"r{rule.pk}_points") or 0, told.get(f"r{rule.pk}_cap")
            one.group = groups.get(told.get(f"r{rule.pk}_group") or "")
            drafted.append(one)
        if any(rule.group is groups[NEW] for rule in drafted):
            self._check_new_group(groups[NEW])
        return drafted

    def _check_new_group(self, group: RuleGroup) -> None:
        if not group.name or group.name in {one.name for one in self.groups}:
            self.add_error("new_name", _("A new group needs a name of its own."))
        if not group.cap:
            self.add_error("new_cap", _("Say what its lines earn together at most."))

    def _typed(self, group: RuleGroup) -> RuleGroup:
        group.name = self.cleaned_data.get(f"g{group.pk}_name") or group.name
        group.cap = self.cleaned_data.get(f"g{group.pk}_cap") or group.cap
        return group

    def _box_of(self, one: Trouble) -> str | None:
        if one.group:
            key = f"g{one.group.pk}" if one.group.pk else NEW
            return f"{key}_{one.field}"
        if one.rule:
            name = f"r{one.rule.pk}_{one.field}"
            return name if name in self.fields else f"r{one.rule.pk}_points"
        return one.field or None


def _initial(sheet: ScoreSheet) -> dict[str, Any]:
    cuts = dict(zip([name for name, _letter in FIT_CUTS], sheet.fit_cuts, strict=False))
    cuts |= dict(zip([name for name, _letter in ENGAGEMENT_CUTS], sheet.engagement_cuts, strict=False))
    return {**cuts, "likely_cap": sheet.likely_cap, "likely_each": sheet.likely_each}
