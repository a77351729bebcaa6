"""Builders for tests: each makes one noun with only the details that a test depends on."""

import itertools
from datetime import UTC, datetime

from django.contrib.auth.models import Group
from django.db import transaction

from leads import custody
from leads.models import Account, Custodian, Custody, Identity, Lead, Source, Tally
from nurture import publishing
from nurture.models import Part, Step
from people.models import Calendar, Side, Team, User
from people.models.user import MARKETING, MARKETING_MANAGERS, SALES, SALES_MANAGERS

MONDAY_9AM = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
_count = itertools.count(1)


def calendar(name="Office", **details):
    return Calendar.objects.get_or_create(name=name, defaults=details)[0]


def team(name="Nordics", side=Side.SALES, **details):
    return Team.objects.get_or_create(name=name, defaults={"side": side, "calendar": calendar(), **details})[
        0
    ]


def user(name=None, *, groups=(), team=None, **details):
    number = next(_count)
    name = name or f"Person {number}"
    made = User.objects.create(
        email=f"{name.split()[0].lower()}.{number}@baton.example", name=name, team=team, **details
    )
    made.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
    return made


def rep(name=None, **details):
    return user(name, groups=[SALES], team=details.pop("team", None) or team(), **details)


def sales_manager(name="Jonas Weil", **details):
    return user(name, groups=[SALES_MANAGERS], team=details.pop("team", None) or team(), **details)


def marketer(name=None, **details):
    side = details.pop("team", None) or team("Marketing", Side.MARKETING)
    return user(name, groups=[MARKETING], team=side, **details)


def marketing_manager(name="Ines Okafor", **details):
    side = details.pop("team", None) or team("Marketing", Side.MARKETING)
    return user(name, groups=[MARKETING_MANAGERS], team=side, **details)


def source(name="Website", **details):
    return Source.objects.get_or_create(name=name, defaults=details)[0]


def account(name=None, *, at=MONDAY_9AM, **details):
    return Account.objects.create(name=name or f"Company {next(_count)}", at=at, **details)


@transaction.atomic
def lead(*, at=MONDAY_9AM, holder=None, **details):
    """A lead in marketing's hand, waiting to be enrolled, unless `holder` says otherwise."""
    details.setdefault("email", f"lead.{next(_count)}@customer.example")
    made = Lead.objects.create(at=at, known_at=at, **details)
    Tally.objects.create(lead=made)
    Identity.objects.create(lead=made, at=at, joined_at=at)
    hand = holder or Custodian.of(User.objects.first() or marketer(), Side.MARKETING)
    custody.hold(
        [made.pk], hand, next_action=Custody.Next.ENROLL, next_action_at=at, reason="New lead", at=at
    )
    return made


def track(name=None, *, steps=(), audience=None, at=MONDAY_9AM, sender=None, **details):
    """A published, live track; each step is (days, channel) or a dict of a step with its parts."""
    made = publishing.start(
        name=name or f"Track {next(_count)}",
        calendar=details.pop("calendar", None) or calendar(),
        sender=sender or User.objects.filter(team__side=Side.MARKETING).first() or marketer(),
        audience=audience,
        **details,
    )
    draft = publishing.draft_of(made)
    for days, *parts in steps or [(0, "email"), (3, "email")]:
        step(draft, days, *parts)
    publishing.publish(made, by=None, at=at)
    made.refresh_from_db()
    return made


def step(version, wait=0, *parts, **details):
    """A step at the end of a draft; a part is a channel, or a dict of what it says."""
    position = version.steps.count() + 1
    details.setdefault("name", f"Step {position}")
    made = Step.objects.create(version=version, position=position, wait=wait, **details)
    for number, part in enumerate(parts, 1):
        given = {"channel": part} if isinstance(part, str) else part
        words = {"subject": f"Letter {position}", "body": f"Words {position}"}
        Part.objects.create(step=made, number=number, **{**words, **given})
    return made


def agreement(team=None, *, at=MONDAY_9AM, position=100, **terms):
    """The standard agreement in force for a sales team, with the given parts of its terms changed."""
    from handoff import agreements
    from handoff.models import Agreement

    side = team or globals()["team"]()
    made = agreements.standard_draft(side, at=at)
    Agreement.objects.filter(pk=made.pk).update(position=position)
    if terms:
        agreements.edit(made, {**made.terms, **terms})
    agreements.sign(made, marketing_manager(), at)
    agreements.sign(made, side.manager or sales_manager(team=side), at)
    return agreements.enforce(made, at)


def passing(lead=None, *, agreement=None, trigger="score", **details):
    from handoff import agreements
    from handoff.handing import Passing

    held = agreement or globals()["agreement"]()
    return Passing(
        lead=lead or globals()["lead"](),
        trigger=trigger,
        why=details.pop("why", "Score 358, line is 320."),
        team=held.team,
        terms=agreements.terms_of(held),
        agreement=held,
        **details,
    )


def handoff(lead=None, *, rep=None, agreement=None, at=MONDAY_9AM, **details):
    """A lead handed to one rep, who is alone in the team unless the test made others."""
    from handoff.handing import hand_over

    held = agreement or globals()["agreement"]()
    if rep is None and not held.team.members.filter(groups__name=SALES).exists():
        globals()["rep"](team=held.team)
    details.setdefault("holder", rep.pk if rep else None)
    return hand_over([passing(lead, agreement=held, **details)], at)[0]
