"""Which browser followed a link of a mail, and what its page reports say of the request, and it of them.

The place that a link leads to is told which request that was, and its page reports name it. So the visits of
a machine that runs scripts are a machine's as soon as its requests are. And a person whose two quick clicks
look like a machine's shows by their own browser, by a form that it sends, or by their hands on the page.
"""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from leads import gradings, visitors
from leads.gateways import WARY
from leads.gradings import Key
from leads.models import Activity, Burst, Grade, Identity, Kind, Knock, Lead, Rule

SECONDS = timedelta(seconds=10)
MOST = 4  # browsers that came by one request: an address that more of them report was passed on
READ = (Kind.VISIT, Kind.DOWNLOAD)
#: What quick clicks are put down to; a look, a crowd or a known gateway is more than haste.
HASTE = (Rule.LINKS, Rule.MAILS)


def one_at_a_time(knock: Knock) -> None:
    """Requests are judged one after the other for each network and mail, or none would see another."""
    with connection.cursor() as cursor:
        for number, place in enumerate((knock.network, str(knock.mail)), 1):
            if place:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [place, number])


@transaction.atomic
def arrive(key: uuid.UUID, lead: Lead, knock_id: int, *, hands: bool, at: datetime) -> None:
    """A browser reports a page with the words of the link that it followed; `hands` click there.

    It is the lead's from then on, unless the request was a machine's. Where it was the lead's before by
    something that only people do, the request was theirs, whatever it looked like.
    """
    knock = Knock.objects.filter(pk=knock_id, identity__lead=lead).first()
    if knock:
        _arrive_by(knock, key, lead, hands=hands, at=at)
    else:
        visitors.identify(key, lead, at=at)


def _arrive_by(knock: Knock, key: uuid.UUID, lead: Lead, *, hands: bool, at: datetime) -> None:
    one_at_a_time(knock)
    thread = visitors.hold(key, at)
    knock.refresh_from_db(fields=["browsers", "burst", "is_a_persons"])
    if not _noted(knock, key):
        return
    own = thread.lead_id == lead.pk and thread.confirmed_at is not None
    if own or (hands and _may_be_haste(knock)):
        _believe([knock], key, lead, at)
    if knock.burst is None or knock.is_a_persons:
        visitors.identify(key, lead, at=at)


@transaction.atomic
def believe(key: uuid.UUID, lead: Lead, *, at: datetime) -> None:
    """This browser sent what only a person sends: what it came by of late was a person's too."""
    _believe(list(Knock.objects.filter(identity__lead=lead, browsers__contains=[key])), key, lead, at)


@transaction.atomic
def release(burst: Burst, lead: Lead | None, *, at: datetime) -> None:
    """Somebody knows that these were people: their browsers are theirs again."""
    for knock in _of(burst, lead):
        Knock.objects.filter(pk=knock.pk).update(is_a_persons=True)
        for key in knock.browsers:
            if knock.identity.lead:
                visitors.identify(key, knock.identity.lead, at=at)


@transaction.atomic
def part(burst: Burst, lead: Lead | None, *, at: datetime) -> None:
    """That release is taken back: what these browsers report is nobody's again."""
    knocks = _of(burst, lead)
    Knock.objects.filter(pk__in=[one.pk for one in knocks]).update(is_a_persons=False)
    gradings.quarantine(leave(knocks, at), burst, rule=burst.rule, at=at)


def leave(knocks: Iterable[Knock], at: datetime) -> set[Key]:
    """Browsers that came by these are nobody's from now on; returns what they did in the lead's name.

    Not a browser that is the lead's own by something that only people do.
    """
    left: set[Key] = set()
    for knock in knocks:
        for key in knock.browsers:
            thread = visitors.hold(key, at)
            if thread.lead_id is None or thread.lead_id != knock.identity.lead_id or thread.confirmed_at:
                continue
            Identity.objects.filter(pk=thread.pk).update(key=_left(thread.pk, key))
            left |= _read_since(thread, knock.at)
    return left


def _noted(knock: Knock, key: uuid.UUID) -> bool:
    if key in knock.browsers:
        return True
    if len(knock.browsers) >= MOST:
        return False
    knock.browsers = [*knock.browsers, key]
    knock.save(update_fields=["browsers"])
    return True


def _may_be_haste(knock: Knock) -> bool:
    """Sandboxes move a mouse as well, but soon after the sending, and they try what nobody sees."""
    if knock.burst is None or knock.burst.rule != Rule.LINKS or knock.looked:
        return False
    late = knock.sent_at is not None and knock.at - knock.sent_at >= WARY
    mail = Knock.objects.filter(mail=knock.mail)
    return late and not mail.filter(Q(looked=True) | Q(link=Knock.WAY_OUT)).exists()


def _believe(knocks: Collection[Knock], key: uuid.UUID, lead: Lead, at: datetime) -> None:
    """These were a person's, and what the same place asked of the same mail in the same seconds."""
    theirs = Q(pk__in=[])
    for one in knocks:
        near = Q(mail=one.mail, network=one.network, at__range=(one.at - SECONDS, one.at + SECONDS))
        theirs |= Q(pk=one.pk) | (near & Q(burst__rule__in=HASTE))
    found = list(Knock.objects.filter(theirs, looked=False, is_a_persons=False).order_by("pk"))
    Knock.objects.filter(pk__in=[one.pk for one in found]).update(is_a_persons=True)
    for one in knocks:
        one.is_a_persons = not one.looked
    keys = {(one.activity_id, one.activity_at) for one in found if one.activity_id and one.activity_at}
    for thread in lead.identities.all():
        if thread.key == _left(thread.pk, key):
            keys |= _read_since(thread, None)
    gradings.restore(keys, at=at)


def _left(thread_id: int, key: uuid.UUID) -> uuid.UUID:
    """The key of a thread that a browser wrote on before it was parted from the lead."""
    return uuid.uuid5(key, str(thread_id))


def _read_since(thread: Identity, at: datetime | None) -> set[Key]:
    """What was read on a thread: since this request, or ever where the request brought the thread along."""
    read = Activity.objects.filter(identity=thread, kind__in=READ, grade=Grade.LIKELY)
    if at and thread.joined_at and thread.joined_at < at:
        read = read.filter(at__gte=at - SECONDS)
    return set(read.values_list("id", "at"))


def _of(burst: Burst, lead: Lead | None) -> list[Knock]:
    knocks = Knock.objects.filter(burst=burst).select_related("identity__lead")
    return list(knocks.filter(identity__lead=lead) if lead else knocks)
