"""What the demo company made: assets, sources, tracks, a form, and two signed agreements."""

from datetime import datetime, time

from handoff import agreements
from handoff.terms.standard import standard_sheet, standard_terms
from leads.models import Asset, Campaign, Field, Form, Question, Source
from nurture import drafting, publishing
from nurture.models import Track
from people.models import Team, User

ASSETS = (
    ("Sizing a CIP return pump", Asset.Kind.WHITEPAPER, "CIP", 2),
    ("Hygienic seals compared", Asset.Kind.WHITEPAPER, "Seals", 2),
    ("The CIP checklist", Asset.Kind.EBOOK, "CIP", 1),
    ("Aas Meieri halves its downtime", Asset.Kind.CASE_STUDY, "CIP", 1),
    ("KS-40 return pump", Asset.Kind.CAD, "Pumps", 3),
    ("Hot returns, live from the test bench", Asset.Kind.WEBINAR, "Pumps", 2),
)
#: name, vendor, lead type, cost of a lead
SOURCES = (
    ("Website", "", "inbound", "0"),
    ("Search ads", "Brightclick", "paid", "42.00"),
    ("Content syndication", "LeadMill", "bought", "18.50"),
    ("Nordic Dairy Fair", "", "event", "65.00"),
    ("Referral", "", "referral", "0"),
)
GREETING = "Hello {{ lead.first_name | default: 'there' }},\n\n"
BYE = "\n\nKind regards\n{{ sender.name }}"
#: name, days after the one before, not before, subject, text, script of a call
HELLO = (
    ("Thank you", 0, None, "Thank you, and the CIP checklist",
     "here is [the checklist](https://kessel.example/cip-checklist) you asked for. Page 3 is the one that"
     " most plants skip.", ""),
    ("First call", 3, time(9), "", "", "“You took our checklist. What is line 2 doing to you?”"),
    ("Case study", 18, time(10), "Aas Meieri halves its downtime",
     "a dairy much like yours lost a shift a month to a hot return line."
     " [What they changed](https://kessel.example/aas-meieri).", ""),
    ("White paper, with a call", 35, time(10), "Sizing a CIP return pump",
     "twelve pages, one formula: [sizing a CIP return pump](https://kessel.example/sizing).",
     "“Did the formula fit your loop?”"),
    ("Test bench", 60, time(10), "An hour with an engineer, on your own loop",
     "we run your duty point on our bench while you watch."
     " [Choose an hour](https://kessel.example/bench).", ""),
)  # fmt: skip
MONEY = (
    ("What a hot return costs", 0, None, "What a hot return costs, in litres",
     "the figures from 31 plants: [read them](https://kessel.example/litres).", ""),
    ("Payback", 30, time(10), "Payback in nine months, with the sheet",
     "[the sheet](https://kessel.example/payback) is yours to fill in.", ""),
    ("Budget call", 45, time(9), "", "", "“When does next year's budget close?”"),
)  # fmt: skip
SLOW = (
    ("A letter a quarter", 30, time(10), "Three things we learned this quarter",
     "no pump in this one: [what plants told us](https://kessel.example/quarter).", ""),
    ("Another", 90, time(10), "What changed in the hygiene rules",
     "[the short version](https://kessel.example/rules).", ""),
)  # fmt: skip
DECIDER = (
    ("Who decides", 1, time(9), "", "", "“Who signs for a pump in your plant, and may I write to them?”"),
)
REVIVAL = (
    ("Still there?", 5, time(10), "Shall I close your file?",
     "one word is enough. [Keep it open](https://kessel.example/keep).", ""),
)  # fmt: skip


def is_one_of(field: str, *values: str) -> dict:
    return {"field": field, "op": "in", "value": list(values)}


#: name, for whom in words, audience, priority, steps
TRACKS: tuple[tuple, ...] = (
    ("Food and drink, operations", "Plant and operations people who have not met us",
     is_one_of("job_function", "Operations", "Engineering"), 10, HELLO),
    ("Purchasing and finance", "People who ask what it costs",
     is_one_of("job_function", "Purchasing", "Finance"), 20, MONEY),
    ("Welcome", "Everybody else", {}, 900, HELLO[:3]),
    ("Slow burn", "No budget this year; a letter now and then", None, 100, SLOW),
    ("Find the decider", "The right company, somebody else decides", None, 100, DECIDER),
    ("Revival", "Five tries and no answer", None, 100, REVIVAL),
)  # fmt: skip


def make(people: dict[str, User], at: datetime) -> None:
    """Everything that must stand before the first lead arrives."""
    Asset.objects.bulk_create(
        Asset(name=name, kind=kind, interest=interest, level=level) for name, kind, interest, level in ASSETS
    )
    for name, vendor, kind, cost in SOURCES:
        source = Source.objects.create(
            name=name, vendor=vendor, lead_type=kind, cost_per_lead=cost, marketer=people["Ruth"]
        )
        Campaign.objects.create(name=f"{name}, autumn", source=source, utm_campaign=name.lower().split()[0])
    for track in TRACKS:
        _track(*track, sender=people["Ruth"], at=at)
    _form()
    _agree(people, at)


def _track(name, purpose, audience, priority, steps, *, sender: User, at: datetime) -> None:
    calendar = sender.own_calendar
    track = publishing.start(
        name=name, purpose=purpose, audience=audience, priority=priority, calendar=calendar, sender=sender
    )
    draft = publishing.draft_of(track)
    for step, wait, not_before, subject, text, script in steps:
        told = {
            "name": step,
            "wait_days": wait,
            "at_time": not_before,
            "subject": subject,
            "body": f"{GREETING}{text}{BYE}" if text else "",
            "script": script,
            "call_wait_days": 2,
        }
        drafting.save_step(draft, None, told)
    publishing.publish(track, by=sender, at=at)


def _form() -> None:
    form = Form.objects.create(
        slug="talk",
        title="Ask us about your loop",
        intro="Two or three lines are enough. If you would rather talk, say so, and somebody calls you.",
        thanks="Thank you. If you asked for a call, it comes within the hour while we are at work.",
        source=Source.objects.get(name="Website"),
        consent_text="You may write to me about pumps; I can stop it with one click.",
    )
    fields = {field.key: field for field in Field.objects.all()}
    for position, key in enumerate(("title", "job_function", "comment"), start=1):
        Question.objects.create(form=form, field=fields[key], position=position)


def _agree(people: dict[str, User], at: datetime) -> None:
    """Nordics first, for its countries; Iberia stands last and covers everybody else."""
    sheet = standard_sheet(at)
    tracks = dict(Track.objects.values_list("name", "pk"))
    for position, team, manager, covers in (
        (1, "Nordics", "Jonas", is_one_of("country", "NO", "SE", "DK", "FI")),
        (2, "Iberia", "Nuno", {}),
    ):
        side = Team.objects.select_related("calendar").get(name=team)
        terms = standard_terms(side, sheet, tracks=tracks, threshold=160) | {"covers": covers}
        pact = agreements.draft(side, terms, sheet=sheet, at=at, by=people["Ines"])
        type(pact).objects.filter(pk=pact.pk).update(position=position)
        for signer in ("Ines", manager):
            agreements.sign(pact, people[signer], at)
        agreements.enforce(pact, at)
