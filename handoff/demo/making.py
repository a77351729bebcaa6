"""What the demo company made: assets, sources, tracks, a form, and two signed agreements."""

import uuid
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile

from handoff import agreements
from handoff.terms.standard import standard_sheet, standard_terms
from leads.models import Asset, Campaign, Field, Form, Question, SavedView, Site, Source, Spend
from nurture import drafting, publishing
from nurture.models import Track
from nurture.outline import Outline, PartPlan, StepPlan
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
#: What their campaigns cost besides, in the first months.
SPENT = {
    "Search ads": ("1240.00", "980.50", "1410.00", "1150.00", "1320.00", "990.00"),
    "Nordic Dairy Fair": ("5200.00",),
}
#: What both sides let a rating follow from: criterion, value, field, how, of what.
RATINGS = [
    {"criterion": criterion, "value": value, "when": {"field": field, "op": op, "value": of}}
    for criterion, value, field, op, of in (
        ("profile", 3, "employees", "at_least", 500),
        ("profile", 2, "employees", "at_least", 50),
        ("profile", 1, "employees", "below", 50),
        ("authority", 3, "buying_role", "in", ["Decider", "Signs off"]),
        ("authority", 2, "buying_role", "is", "Recommends"),
    )
]
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
    for name, sort, interest, level in ASSETS:
        asset = Asset(name=name, kind=sort, interest=interest, level=level)
        asset.file.save(f"{name}.pdf", ContentFile(page_saying(name)), save=False)
        asset.save()
    for name, vendor, kind, cost in SOURCES:
        source = Source.objects.create(
            name=name, vendor=vendor, lead_type=kind, cost_per_lead=cost, marketer=people["Ruth"]
        )
        campaign = Campaign.objects.create(
            name=f"{name}, autumn", source=source, utm_campaign=name.lower().split()[0]
        )
        for months, amount in enumerate(SPENT.get(name, ())):
            month = (at + timedelta(days=31 * months)).date()
            Spend.objects.note(source, campaign, month, Decimal(amount), by=people["Ruth"], at=at)
    for track in TRACKS:
        _track(*track, sender=people["Ruth"], at=at)
    _form(people["Ruth"])
    _progressive_form(people["Ruth"])
    Site.objects.create(origin="https://www.kessel.example", at=at, by=people["Ruth"])
    _views(people, at)
    _agree(people, at)


#: name, condition, order, columns, whose
VIEWS = (
    ("Ready for sales, by score", {"field": "stage", "op": "is", "value": "mql"}, "score",
     ["company", "stage", "score", "holder", "next", "industry"], "Ines"),
    ("Overdue, oldest first", {"field": "overdue", "op": "is_true"}, "next",
     ["company", "stage", "holder", "next"], "Ines"),
    ("Named targets", {"field": "is_target", "op": "is_true"}, "company",
     ["company", "stage", "source", "score", "last_seen"], "Ines"),
)  # fmt: skip


def _views(people: dict[str, User], at: datetime) -> None:
    SavedView.objects.bulk_create(
        SavedView(
            name=name, condition=condition, sort=sort, columns=shown, owner=people[who], shared=True, at=at
        )
        for name, condition, sort, shown, who in VIEWS
    )


def _track(name, purpose, audience, priority, steps, *, sender: User, at: datetime) -> None:
    calendar = sender.own_calendar
    track = publishing.start(
        name=name, purpose=purpose, audience=audience, priority=priority, calendar=calendar, sender=sender
    )
    plans = tuple(_step(*step) for step in steps)
    drafting.store(publishing.draft_of(track), Outline(plans))
    publishing.publish(track, by=sender, at=at)


def _step(name, wait, not_before, subject, text, script) -> StepPlan:
    mail = PartPlan("email", subject, f"{GREETING}{text}{BYE}")
    call = PartPlan("call", body=script, wait_days=2)
    return StepPlan(
        name=name,
        key=str(uuid.uuid4()),
        wait=wait,
        at_time=f"{not_before:%H:%M}" if not_before else "",
        parts=tuple(part for part, words in ((mail, text), (call, script)) if words),
    )


def _form(owner: User) -> None:
    form = Form.objects.create(
        slug="talk",
        title="Ask us about your loop",
        intro="Two or three lines are enough. If you would rather talk, say so, and somebody calls you.",
        thanks="Thank you. If you asked for a call, it comes within the hour while we are at work.",
        source=Source.objects.get(name="Website"),
        owner=owner,
        consent_text="You may write to me about pumps; I can stop it with one click.",
    )
    for position, key in enumerate(("title", "job_function", "comment"), start=1):
        Question.objects.create(form=form, field=Field.objects.get(key=key), position=position)


#: field, asked as, when, how many: two at a time, so that each visit asks a little more.
SIZING = (
    ("job_function", "What do you do?", Question.Ask.UNKNOWN, None),
    ("title", "", Question.Ask.UNKNOWN, None),
    ("employees", "How many people work in your plant?", Question.Ask.AGAIN, 12),
    ("interest", "What are you looking into?", Question.Ask.UNKNOWN, None),
    ("budget", "Is something set aside for it?", Question.Ask.AFTER, 1),
)


def _progressive_form(owner: User) -> None:
    """A white paper for two answers a visit, with a consent that is confirmed by mail."""
    form = Form.objects.create(
        slug="sizing",
        title="Sizing a CIP return pump",
        intro="Twelve pages and one formula. Answer two questions, and it is yours.",
        thanks="Enjoy the read.",
        source=Source.objects.get(name="Website"),
        owner=owner,
        asset=Asset.objects.get(name="Sizing a CIP return pump"),
        at_a_time=2,
        consent_text="You may write to me about pumps; I can stop it with one click.",
        double_opt_in=True,
        mails_asset=True,
        sites=["https://kessel.example"],
    )
    for position, (key, label, ask, number) in enumerate(SIZING, start=1):
        said = {"label": label, "ask": ask, "number": number, "position": position}
        Question.objects.create(form=form, field=Field.objects.get(key=key), **said)


def _agree(people: dict[str, User], at: datetime) -> None:
    """Nordics first, for its countries; Iberia stands last and covers everybody else."""
    sheet = standard_sheet(at)
    tracks = dict(Track.objects.values_list("name", "pk"))
    for position, team, manager, covers in (
        (1, "Nordics", "Jonas", is_one_of("country", "NO", "SE", "DK", "FI")),
        (2, "Iberia", "Nuno", {}),
    ):
        side = Team.objects.select_related("calendar").get(name=team)
        terms = standard_terms(side, sheet, tracks=tracks, threshold=160)
        terms |= {"covers": covers, "ratings": {"rules": RATINGS}}
        pact = agreements.draft(side, terms, sheet=sheet, at=at, by=people["Ines"])
        type(pact).objects.filter(pk=pact.pk).update(position=position)
        for signer in ("Ines", manager):
            agreements.sign(pact, people[signer], at)
        agreements.enforce(pact, at)


def page_saying(words: str) -> bytes:
    """The smallest PDF that shows a line of words."""
    drawn = b"BT /F 24 Tf 60 700 Td (%s) Tj ET" % words.encode("latin-1")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    written, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 6\n0000000000 65535 f \n" + table
    return written + head + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(written)
