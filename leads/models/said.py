"""What is known of a lead or a company, as an index can look it up.

`facts_said` yields a word for each known fact, and one with its value: {title, title=buyer}. Its letters
are small, and all beyond ASCII are one mark: nobody is left out, and conditions decide. `facts_spoken` is
what the values say, in one text, for parts of words.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Value

LONGEST_SAID = 60  # letters of a value that the index tells apart
SAID = {
    "lead": "facts_said(lead.facts, lead.country)",
    "account": "facts_said(account.facts, '')",
}
SPOKEN = {about: f"facts_spoken({about}.facts)" for about in SAID}


class Said(Func):
    function = "facts_said"
    output_field = ArrayField(models.TextField())


class Spoken(Func):
    function = "facts_spoken"
    output_field = models.TextField()


def by_facts(name: str, country: F | Value) -> GinIndex:
    """The index of what is known; the country of a lead stands there like a fact."""
    return GinIndex(Said(F("facts"), country), OpClass(Spoken("facts"), name="gin_trgm_ops"), name=name)
