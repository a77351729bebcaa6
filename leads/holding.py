"""Whose hands new leads start in: the source's marketer, else a marketing manager, else an administrator."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from leads.models import Custodian, Source
from people.models import Side, User
from people.models.user import ADMINISTRATORS, MARKETING_MANAGERS


class NobodyToHold(Exception):
    """There is no marketer, manager of marketing or administrator, so a new lead would be nobody's."""

    def __str__(self):
        return _("Nobody can hold a new lead: first add a marketing manager or an administrator.")


def fallback() -> User:
    """Who holds what no marketer was named for; of two, whoever joined first."""
    for users in (
        User.objects.in_groups(MARKETING_MANAGERS),
        User.objects.in_groups(ADMINISTRATORS),
        User.objects.filter(is_active=True, is_superuser=True),
    ):
        if first := users.order_by("pk").first():
            return first
    raise NobodyToHold


def hands(source_ids: Iterable[int | None]) -> dict[int | None, Custodian]:
    """The hand for each source, in a constant number of queries for each marketer."""
    wanted = set(source_ids)
    named = Source.objects.filter(pk__in=[pk for pk in wanted if pk], marketer__is_active=True)
    marketer_of: dict[int | None, User] = {
        source.pk: source.marketer for source in named.select_related("marketer") if source.marketer
    }
    if wanted - marketer_of.keys():
        first = fallback()
        marketer_of |= dict.fromkeys(wanted - marketer_of.keys(), first)
    hand_of = {user: Custodian.of(user, Side.MARKETING) for user in set(marketer_of.values())}
    return {source: hand_of[user] for source, user in marketer_of.items()}
