"""What a few typed words find among agreements."""

from django.utils.translation import gettext_lazy as _

from handoff.models import Agreement
from people.finding import Found, finder, fits


@finder(_("Agreements"), order=40)
def agreements(user, words, at):
    if not words:
        return []
    found = [one for one in Agreement.objects.select_related("team") if fits(words, one)]
    return [Found(str(one), one.get_absolute_url(), "handshake", one.get_state_display()) for one in found]
