"""Recognising the machines that follow the addresses in our mails: by how they ask, and by their company.

A person reads one link at a time; a mail gateway tries them all at once, or one of everybody's. The first
request of a burst looks like anybody's, so it counts until the next ones come, and then it is re-graded
with them. Requests are judged one after the other for each network and mail, or none would see another.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from leads import activities, gateways, gradings
from leads.activities import Event
from leads.models import Activity, Burst, Gateway, Grade, Knock, Rule
from leads.senders import Sender

SECONDS = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
TOGETHER = timedelta(minutes=5)  # bursts of one place or company that stand closer are one
CROWD = 4  # people whose mails one place follows within a minute
ADDRESSES = 3  # in several mails to one person within seconds
KEPT = timedelta(days=2)
#: What is no link: the page that ends the mails, and the picture that tells of an opening.
WAY_OUT, PIXEL = -1, -2


@dataclass(frozen=True)
class Suspicion:
    """How a machine showed itself, and who was with it."""

    rule: str
    members: tuple[Knock, ...] = ()
    gateway: Gateway | None = None


@transaction.atomic
def receive(
    knock: Knock, event: Event | None, sender: Sender, *, sent_at: datetime | None, at: datetime
) -> None:
    """Write down a request and what it is worth; what came with it is worth no more if it is a machine's."""
    _one_at_a_time(knock)
    found = _suspect(knock, sender, sent_at)
    members = found.members if found else ()
    activities.lock({knock.identity_id, *(one.identity_id for one in members)})
    if event:
        _record(knock, event, found, at)
    if found:
        knock.burst = _burst_of(knock, found)
    knock.save()
    if found:
        _quarantine([*members, knock], knock.burst, found.rule, at)


def forget(at: datetime) -> int:
    """Requests that are too old to tell anything of new ones."""
    return Knock.objects.filter(at__lt=at - KEPT).delete()[0]


def _one_at_a_time(knock: Knock) -> None:
    with connection.cursor() as cursor:
        for number, place in enumerate((knock.network, str(knock.mail)), 1):
            if place:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [place, number])


def _record(knock: Knock, event: Event, found: Suspicion | None, at: datetime) -> None:
    if found:
        event = replace(event, grade=Grade.MACHINE, dedupe_key=f"{event.dedupe_key}.machine")
    activities.record([event], known_at=at)
    written = Activity.objects.filter(dedupe_key=event.dedupe_key, at=min(event.at, at))
    knock.activity_id, knock.activity_at = written.values_list("id", "at").get()


def _suspect(knock: Knock, sender: Sender, sent_at: datetime | None) -> Suspicion | None:
    mail, person, crowd = _company(knock)
    known = gateways.recognised(gateways.known(), sender, domain=knock.domain, sent_at=sent_at, at=knock.at)
    if known or gateways.says_so_itself(sender, of_a_picture=knock.link == PIXEL):
        return Suspicion(Rule.GATEWAY, mail, known)
    if knock.looked or any(one.looked for one in mail):
        return Suspicion(Rule.LOOK, mail)
    if sent_at is None or knock.at - sent_at < SECONDS:
        return Suspicion(Rule.SOON, mail)
    return _suspect_company(knock, mail, person, crowd)


def _suspect_company(
    knock: Knock, mail: tuple[Knock, ...], person: tuple[Knock, ...], crowd: tuple[Knock, ...]
) -> Suspicion | None:
    """What nothing but the others tell."""
    quarantined = next((one.burst for one in mail if one.burst), None)
    if quarantined:
        return Suspicion(quarantined.rule, mail)
    if knock.link == PIXEL:
        return None
    if len(_links([*mail, knock])) > 1:
        return Suspicion(Rule.LINKS, mail)
    if len({one.mail for one in person} | {knock.mail}) > 1 and len(_links([*person, knock])) >= ADDRESSES:
        return Suspicion(Rule.MAILS, person)
    people = {one.identity_id for one in crowd} | {knock.identity_id}
    if len(people) >= CROWD or _follows_a_crowd(knock):
        return Suspicion(Rule.CROWD, crowd)
    return None


def _links(knocks: Iterable[Knock]) -> set[tuple]:
    return {(one.mail, one.link) for one in knocks if one.link != PIXEL}


def _company(knock: Knock) -> tuple[tuple[Knock, ...], ...]:
    """What came shortly before: of the same mail, to the same person, and freely from the same network."""
    lately = Q(mail=knock.mail) | Q(identity=knock.identity_id)
    near = Q(lately, at__gte=knock.at - SECONDS)
    if knock.network:
        near |= Q(network=knock.network, at__gte=knock.at - MINUTE, burst=None)
    found = list(Knock.objects.filter(near, at__lte=knock.at + SECONDS).select_related("burst"))
    close = [one for one in found if one.at >= knock.at - SECONDS]
    return (
        tuple(one for one in close if one.mail == knock.mail),
        tuple(one for one in close if one.identity_id == knock.identity_id),
        tuple(
            one for one in found
            if knock.network and one.network == knock.network and one.burst is None and one.link != PIXEL
        ),
    )  # fmt: skip


def _follows_a_crowd(knock: Knock) -> bool:
    if not knock.network:
        return False
    lately = Knock.objects.filter(network=knock.network, at__gte=knock.at - MINUTE)
    return lately.filter(burst__rule=Rule.CROWD).exists()


def _burst_of(knock: Knock, found: Suspicion) -> Burst:
    """The burst that this belongs to: of its company, else the last of its place, else a new one."""
    if already := next((one.burst for one in found.members if one.burst), None):
        return already
    places = Q(pk=None)
    for name in ("network", "domain"):
        if getattr(knock, name):
            places |= Q(**{name: getattr(knock, name)})
    lately = Knock.objects.filter(places, burst__isnull=False, at__gte=knock.at - TOGETHER)
    last = lately.select_related("burst").order_by("-at", "-pk").first()
    return (last and last.burst) or Burst.objects.create(
        rule=found.rule,
        gateway=found.gateway,
        network=knock.network,
        domain=knock.domain,
        at=min(one.at for one in (*found.members, knock)),
    )


def _quarantine(members: list[Knock], burst: Burst | None, rule: str, at: datetime) -> None:
    assert burst
    free = [one for one in members if one.pk is None or one.burst is None]
    Knock.objects.filter(pk__in=[one.pk for one in free]).update(burst=burst)
    keys = {
        (one.activity_id, one.activity_at)
        for one in [*free, members[-1]]
        if one.activity_id and one.activity_at
    }
    gradings.quarantine(keys, burst, rule=rule, at=at)
