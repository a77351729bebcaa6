"""The whole of Baton in one story: real processes, a real mail server, a real browser."""

import email
import re
import socket
import subprocess
import sys
import time
from datetime import timedelta
from email import policy

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone
from playwright.sync_api import expect

from config import embedded, parts
from handoff import agreements
from handoff.models import Handoff, Offer, Opportunity
from leads.models import Activity, Form, Lead, Score
from nurture.models import Enrollment
from people.models import Team, User
from tests import make

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(300),
]
PASSWORD = "a-long-enough-password"
ALWAYS = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
LEADS = "email,first name,last name,company,title\n" + "".join(
    f"lead{n}@aalberg.example,Lead{n},Holm,Aalberg Dairy,Vice President\n" for n in range(1, 4)
)
HELLO = {
    "channel": "email",
    "subject": "Hello",
    "body": "Hello {{ lead.first_name }}, here is [the checklist](https://kessel.example/checklist).",
}


def until(sees, within=120.0, *, what="it"):
    """Wait until something is so; the processes are real, and take their time."""
    began = time.monotonic()
    while time.monotonic() - began < within:
        if seen := sees():
            return seen
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {within:.0f} s")


@pytest.fixture
def company():
    """Two people who work around the clock, a track for everybody, one for "no budget", one agreement."""
    now = timezone.now() - timedelta(minutes=5)
    hours = make.calendar("Always", week=ALWAYS)
    nordics, marketing = (
        make.team("Nordics", calendar=hours),
        make.team("Marketing", "marketing", calendar=hours),
    )
    ruth = make.marketer("Ruth Amaro", team=marketing)
    ines = make.marketing_manager(team=marketing)
    jonas, marit = make.sales_manager(team=nordics), make.rep("Marit Dahl", team=nordics)
    Team.objects.filter(pk=nordics.pk).update(manager=jonas)
    real = PBKDF2PasswordHasher()  # the running web knows nothing of the suite's quick one
    User.objects.update(password=real.encode(PASSWORD, real.salt()))
    make.source("Website", marketer=ruth)
    for name, audience in (("Welcome", {}), ("Slow burn", None)):
        make.track(name, audience=audience, sender=ruth, calendar=hours, at=now, steps=[(0, HELLO)])
    agreements.install_default(nordics, ines, jonas, now)
    Form.objects.create(slug="talk", title="Ask us", source=make.source("Website"))
    return {"ruth": ruth, "marit": marit}


@pytest.fixture
def running(company, surroundings, folder):
    """Web, workers, beat and a mail sink, as `manage.py up` starts them."""
    web, sink = embedded.free_port(24080), embedded.free_port(24525)
    environment = {
        **surroundings,
        "BATON_HOME": str(folder / ".baton"),
        "OUTBOX_DIR": str(folder / "outbox"),
        "MEDIA_ROOT": str(folder / "media"),
        "EMAIL_URL": f"smtp://127.0.0.1:{sink}",
        "SITE_URL": f"http://127.0.0.1:{web}",
        "DEBUG": "1",
    }
    beat = (*parts.CELERY, "beat", "--schedule", str(folder / "schedule"), "--pidfile", "")
    commands = [
        (sys.executable, "manage.py", "sink", "--port", str(sink), "--folder", str(folder / "outbox")),
        *(worker.command for worker in parts.workers()),
        beat,
        parts.web(host="127.0.0.1", port=web, processes=1).command,
    ]
    with (folder / "log").open("wb") as log:
        processes = [
            subprocess.Popen(one, env=environment, stdout=log, stderr=log, start_new_session=True)
            for one in commands
        ]
        try:
            for port in (web, sink):
                until(lambda port=port: _listens(port), what=f"port {port}")
            yield f"http://127.0.0.1:{web}", folder / "outbox" / "new"
        finally:
            for process in reversed(processes):
                process.terminate()
            for process in processes:
                process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def sign_in(browser, address, user):
    page = browser.new_context().new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address}/", timeout=30_000)
    return page


def import_leads(page, address, folder):
    (folder / "leads.csv").write_text(LEADS)
    page.goto(f"{address}/imports/new/")
    page.get_by_label("File").set_input_files(folder / "leads.csv")
    page.get_by_role("button", name="Read the file").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Import it").click()
    until(lambda: Lead.objects.count() == 3, what="the import")


def mail_to(outbox, address):
    """The first mail that the sink kept for somebody."""
    for kept in sorted(outbox.glob("*.eml")):
        mail = email.message_from_bytes(kept.read_bytes(), policy=policy.default)
        if mail["Delivered-To"] == address:
            return mail
    return None


def ask_to_talk(browser, address):
    """A visitor sends the form."""
    page = browser.new_context().new_page()
    page.goto(f"{address}/f/talk/")
    for label, words in (("E-mail", "lead1@aalberg.example"), ("First name", "Lead1"), ("Last name", "Holm")):
        page.get_by_label(label, exact=True).fill(words)
    page.get_by_label("I would like to talk to somebody").check()
    page.wait_for_timeout(4_000)  # nobody types that fast; a machine would be turned away
    page.get_by_role("button", name="Send").click()


def test_from_a_file_to_a_customer(running, company, browser, folder):
    address, outbox = running
    ruth, marit = (sign_in(browser, address, company[name]) for name in ("ruth", "marit"))

    import_leads(ruth, address, folder)
    until(lambda: Enrollment.objects.live().count() == 3, what="enrolling")
    until(lambda: Score.objects.filter(lead__email="lead1@aalberg.example", points__gte=100).exists()
          or _rescored(), what="scoring")  # fmt: skip
    mail = until(lambda: mail_to(outbox, "lead1@aalberg.example"), what="the first touch")
    link = re.search(r"http://\S+/c/[^\s)\"]+", mail.get_body(("plain",)).get_content())[0]
    answer = browser.new_context().request.get(link, max_redirects=0)
    clicks = until(lambda: list(Activity.objects.filter(kind="click")), what="the click")

    marit.goto(f"{address}/inbox/")
    expect(marit.get_by_text("0 to answer")).to_be_visible()
    marit.evaluate("window.open_since = 1")
    ask_to_talk(browser, address)
    expect(marit.locator("#queue .row")).to_have_count(1, timeout=10_000)
    never_reloaded = marit.evaluate("window.open_since")

    marit.locator("#queue .row").click()
    marit.get_by_label("No budget this year").check()
    marit.get_by_role("button", name="Reject, by this reason").click()
    expect(marit.get_by_text("0 to answer")).to_be_visible()
    lead = Lead.objects.get(email="lead1@aalberg.example")
    track = lead.enrollments.live().get().track

    ask_to_talk(browser, address)
    expect(marit.locator("#queue .row")).to_have_count(1, timeout=10_000)
    marit.locator("#queue .row").click()
    marit.get_by_role("button", name="Accept").first.click()
    expect(marit.get_by_text("0 to answer")).to_be_visible()
    marit.goto(f"{address}/leads/{lead.public_id}/")
    marit.get_by_label("Open an opportunity").fill("KS-40")
    marit.get_by_role("button", name="Open it").click()
    marit.locator("input[name=amount]").first.fill("12000")
    marit.get_by_role("button", name="Won").click()
    until(lambda: Opportunity.objects.filter(state="won").exists(), what="the win")
    lead.refresh_from_db()

    assert (answer.status, answer.headers["location"]) == (302, "https://kessel.example/checklist")
    assert len(clicks) == 1
    assert never_reloaded == 1
    assert track.name == "Slow burn"
    assert [handoff.state for handoff in Handoff.objects.order_by("pk")] == ["rejected", "accepted"]
    assert {offer.user for offer in Offer.objects.all()} == {company["marit"]}
    assert (lead.stage, lead.closed_cause) == ("customer", "Won")


def _rescored() -> bool:
    """The stored score is refreshed by the timetable every quarter of an hour; ask for it now."""
    from leads.tasks import rescore

    rescore()
    return False
