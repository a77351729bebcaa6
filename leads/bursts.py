"""Recognising the machines that follow the addresses in our mails: by how they ask, and by their company.

A person reads one link at a time; a mail gateway tries them all at once, or one of everybody's. The first
request of a burst looks like anybody's, so it counts until the next ones come, and then it is re-graded
with them, and with the pages that were read by them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from leads import activities, following, gateways, gradings
from leads.activities import Event
from leads.models import Activity, Burst, Gateway, Grade, Identity, Knock, Rule
from leads.senders import Sender

SECONDS = timedelta(seconds=10)
MINUTE = timedelta(minutes=1)
TOGETHER = timedelta(minutes=5)  # bursts of one place or company that stand closer are one
CROWD = 4  # people whose mails one place follows within a minute
ADDRESSES = 3  # in several mails to one person within seconds
KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Suspicion:
    """How a machine showed itself, and who was with it."""

    rule: str
    members: tuple[Knock, ...] = ()
    gateway: Gateway | None = None


@transaction.atomic
def receive(knock: Knock, event: Event | None, sender: Sender, *, at: datetime) -> None:
    """Write down a request and what it is worth; what came with it is worth no more if it is a machine's."""
    following.one_at_a_time(knock)
    found = _suspect(knock, sender)
    members = found.members if found else ()
    _lock(knock, members)
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


def _lock(knock: Knock, members: Iterable[Knock]) -> None:
    """The browsers that came by these first, as for a form, then the threads of their leads."""
    keys = {key for one in members for key in one.browsers}
    list(Identity.objects.filter(key__in=keys).order_by("pk").select_for_update(no_key=True).values("pk"))
    activities.lock({knock.identity_id, *(one.identity_id for one in members)})


def _record(knock: Knock, event: Event, found: Suspicion | None, at: datetime) -> None:
    if found:
        event = replace(event, grade=Grade.MACHINE, dedupe_key=f"{event.dedupe_key}.machine")
    activities.record([event], known_at=at)
    written = Activity.objects.filter(dedupe_key=event.dedupe_key, at=min(event.at, at))
    knock.activity_id, knock.activity_at = written.values_list("id", "at").get()


def _suspect(knock: Knock, sender: Sender) -> Suspicion | None:
    sent_at = knock.sent_at
    mail, person, crowd = _company(knock)
    known = gateways.recognised(gateways.known(), sender, domain=knock.domain, sent_at=sent_at, at=knock.at)
    if known or gateways.says_so_itself(sender, of_a_picture=knock.link == Knock.PIXEL):
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
    if knock.link == Knock.PIXEL:
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
    return {(one.mail, one.link) for one in knocks if one.link != Knock.PIXEL}


def _company(knock: Knock) -> tuple[tuple[Knock, ...], ...]:
    """What came shortly before: of the same mail, to the same person, and freely from the same network."""
    lately = Q(mail=knock.mail) | Q(identity=knock.identity_id)
    near = Q(lately, at__gte=knock.at - SECONDS)
    if knock.network:
        near |= Q(network=knock.network, at__gte=knock.at - MINUTE, burst=None)
    near &= Q(at__lte=knock.at + SECONDS, is_a_persons=False)
    found = list(Knock.objects.filter(near).select_related("burst", "identity"))
    close = [one for one in found if one.at >= knock.at - SECONDS]
    return (
        tuple(one for one in close if one.mail == knock.mail),
        tuple(one for one in close if one.identity_id == knock.identity_id),
        tuple(
            one for one in found
            if knock.network and one.network == knock.network
            and one.burst is None and one.link != Knock.PIXEL
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
    among = Knock.objects.filter(pk__in=[one.pk for one in members], is_a_persons=False)
    free = list(among.filter(Q(burst=None) | Q(pk=members[-1].pk)).select_related("identity"))
    among.filter(burst=None).update(burst=burst)
    keys = {(one.activity_id, one.activity_at) for one in free if one.activity_id and one.activity_at}
    gradings.quarantine(keys | following.leave(free, at), burst, rule=rule, at=at)
