"""Where one can go and what one can begin: what the palette shows before anything is typed."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as later

from config.context import EVERY_PAGE, address
from people.access import EVERYBODY, MANAGERS, MARKETERS
from people.finding import Found, finder, fits

#: URL name, what it does, icon, the groups that may.
ACTIONS = (
    ("import_new", later("Import a file"), "file-up", MARKETERS),
    ("track_new", later("Start a track"), "route", MARKETERS),
    ("form_new", later("Make a form"), "text-cursor-input", MARKETERS),
    ("bulks", later("Undo a bulk action"), "layers", MARKETERS),
    ("leads_csv", later("Take all leads home as CSV"), "download", EVERYBODY),
    ("exports", later("See who exported what"), "download", MANAGERS),
    ("activities", later("See what leads do"), "activity", EVERYBODY),
    ("notices", later("Read notices"), "bell", EVERYBODY),
)


@finder(gettext_lazy("Go to"), order=70)
def pages(user, words, at):
    return _those(EVERY_PAGE, user, words)


@finder(gettext_lazy("Do"), order=80)
def actions(user, words, at):
    return _those(ACTIONS, user, words)


def _those(rows, user, words) -> list[Found]:
    fitting = [row for row in rows if user.is_in(*row[3]) and fits(words, _(row[1]))]
    return [Found(_(label), url, icon) for name, label, icon, _groups in fitting if (url := address(name))]
