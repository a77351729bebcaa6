"""What handoff needs before leads can flow."""

from django.urls import reverse
from django.utils.translation import gettext as _

from handoff.models import Agreement
from people.checklist import Duty, duty


@duty(order=50)
def signed() -> Duty:
    done = Agreement.objects.filter(state=Agreement.State.IN_FORCE).exists()
    return Duty(_("Sign the first agreement, both sides"), reverse("agreements"), done)
