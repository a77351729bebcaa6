"""What a few typed words find among tracks."""

from django.utils.translation import gettext_lazy as _

from nurture.models import Track
from people.access import MANAGERS, MARKETERS
from people.finding import Found, finder, fits
from people.models.user import VIEWERS


@finder(_("Tracks"), order=30)
def tracks(user, words, at):
    if not words or not user.is_in(*MARKETERS, *MANAGERS, VIEWERS):
        return []
    found = [one for one in Track.objects.all() if fits(words, one.name, one.purpose)]
    return [Found(str(one), one.get_absolute_url(), "route", one.purpose) for one in found]
