"""How one field is asked and read: the same on public forms and on a lead's page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from leads import values
from leads.models import Field

LONGEST = 2000
YES_NO = (("", "—"), ("yes", _("Yes")), ("no", _("No")))


class Box(forms.CharField):
    """The box in which a field is answered; what it holds is read as facts are."""

    def __init__(self, field: Field, *, label: str = "", required: bool = False):
        self.field = field
        super().__init__(
            label=label or field.label, required=required, max_length=LONGEST, widget=_widget(field)
        )

    def clean(self, value):
        try:
            return values.read(self.field, super().clean(value))
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from problem


def _widget(field: Field) -> forms.Widget:
    if field.type == Field.Type.CHOICE:
        return forms.Select(choices=[("", "—"), *((one, one) for one in field.choices)])
    if field.type == Field.Type.YES_NO:
        return forms.Select(choices=YES_NO)
    if field.type == Field.Type.DATE:
        return forms.DateInput({"type": "date"})
    if field.type in (Field.Type.NUMBER, Field.Type.MONEY):
        return forms.NumberInput({"step": "any", "inputmode": "decimal"})
    return forms.Textarea({"rows": 2}) if is_prose(field.key) else forms.TextInput()


def is_prose(key: str) -> bool:
    """Whether the field is answered in whole sentences."""
    return key.endswith("_words") or key == "comment"
