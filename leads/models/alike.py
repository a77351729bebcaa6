"""What the database compares people and companies by: functions that its migrations define."""

from django.db import models
from django.db.models import Func


class PersonName(Func):
    """A name as it is compared: without capitals, accents and marks, whichever part was written first."""

    template = "person_name(first_name, last_name)"
    output_field = models.TextField()


class LocalPart(Func):
    """What stands before the @."""

    template = "split_part(lower(%(expressions)s), '@', 1)"
    output_field = models.TextField()
