"""The list's own form: words, the rows of a condition, the order, the columns. It ends as an address."""

from dataclasses import replace

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from leads.lists import asking, columns, language
from leads.lists.asking import Asked
from leads.lists.orders import ORDERS
from leads.models import SavedView
from leads.who import Who
from people.models.user import GROUPS

BEGUN = "who-join"  # in the address while the rows speak, and not the list


class Asking(forms.Form):
    """What a reader turns most: words to look for, and the order."""

    q = forms.CharField(label=_("Name, e-mail or company"), max_length=200, required=False)
    sort = forms.ChoiceField(label=_("Order"), choices=list(ORDERS.items()), required=False)

    def __init__(self, asked: Asked):
        super().__init__(initial={"q": asked.q, "sort": asked.sort}, label_suffix="")
        self.fields["q"].widget.attrs["type"] = "search"


class Filtering(Who):
    """The rows of the condition that the list asks; what they can't show stays as it is."""

    def __init__(self, given, asked: Asked):
        self.asked = asked
        begun = given if BEGUN in given else None
        super().__init__(begun, vocabulary=asked.terms, tree=None if begun else asked.tree)

    @property
    def kept(self) -> list[str]:
        """The parts of the address that the rows don't show."""
        if any(name.startswith("field_") for name in self.initial):
            return []
        return [language.write(part) for part in self.asked.parts]

    def answer(self) -> Asked | None:
        """What is asked from now on; none while a row says what can't be."""
        if not self.is_valid():
            return None
        rows = self.cleaned_data["tree"]
        return replace(self.asked, tree=asking.joined([*self.asked.parts, *([rows] if rows else [])]))


def choices_of_columns(asked: Asked) -> list[tuple[str, str, bool]]:
    """Every column with its name, and whether it is shown."""
    return [(key, str(one.label), key in asked.columns) for key, one in columns.columns().items()]


class Naming(forms.ModelForm):
    """What a view is called, who else sees it, and who sees it first."""

    default_for = forms.MultipleChoiceField(
        label=_("What these groups see first"),
        choices=[(group, group) for group in GROUPS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = SavedView
        fields = ["name", "shared", "is_default", "default_for"]

    def __init__(self, *args, user, **kwargs):
        kwargs |= {"label_suffix": "", "auto_id": f"{kwargs['instance'].public_id}_%s"}
        super().__init__(*args, **kwargs)
        if not user.is_manager:
            del self.fields["default_for"]
        if self.instance.owner != user:
            del self.fields["is_default"]

    def clean_name(self):
        name = self.cleaned_data["name"].strip()
        others = SavedView.objects.filter(owner=self.instance.owner, name__iexact=name)
        if others.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(gettext("There is a view called “%s” already.") % name)
        return name

    def clean(self):
        """What a group sees first is shared; what one sees first is one view."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("default_for"):
            cleaned["shared"] = self.instance.shared = True
        elif not cleaned.get("shared") and "default_for" not in self.fields:
            self.instance.default_for = []
        if cleaned.get("is_default"):
            SavedView.objects.filter(owner=self.instance.owner).update(is_default=False)
        return cleaned

    def settle(self) -> None:
        """A group sees one view first: the others no longer are."""
        groups = set(self.cleaned_data.get("default_for") or ())
        for other in SavedView.objects.filter(default_for__overlap=sorted(groups)).exclude(
            pk=self.instance.pk
        ):
            other.default_for = [group for group in other.default_for if group not in groups]
            other.save(update_fields=["default_for"])

    @property
    def trouble(self) -> str:
        return " ".join(str(error) for errors in self.errors.values() for error in errors)
