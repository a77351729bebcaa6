"""Whatever strangers, files and colleagues write into Baton, no page runs it: seen by a real browser."""

from datetime import timedelta
from urllib.parse import urlencode, urljoin

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import activities, noting
from leads.activities import Event
from leads.models import Asset, Import, Kind, Lead, SavedView
from people.models.user import ADMINISTRATORS, MARKETING_MANAGERS, SALES_MANAGERS
from tests import make
from tests.forms import a_form, filled
from tests.importing import bring, kept_files  # noqa: F401 - a fixture
from tests.test_seen import browsing, signed_in  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser
PAYLOADS = (
    '<img src=x onerror="window.hit=1;alert(1)">',
    '"><script>window.hit=1;alert(2)</script>',
    "</title></textarea><svg onload=window.hit=1>",
    "javascript:window.hit=1",
    "{{7*7}}{% debug %}' onmouseover='window.hit=1",
)
ALONE = (
    "home", "leads", "accounts", "activities", "duplicates", "imports", "sources", "forms", "assets",
    "scores", "evidence", "tracking", "enrichment", "exports", "bulks", "tracks", "worklist", "inbox",
    "agreements", "sla", "outbox", "notices",
)  # fmt: skip
#: What data must never have become: a handler, an address that runs, a script of its own.
RUNS = """() => [...document.querySelectorAll('*')].filter(one =>
    [...one.attributes].some(a => a.name.startsWith('on')
        || (/^(href|src|action|formaction)$/.test(a.name) && /^\\s*javascript:/i.test(a.value)))
    || (one.tagName === 'SCRIPT' && !one.src && one.type !== 'application/json')
).map(one => one.outerHTML.slice(0, 120)).concat(window.hit ? ['it ran'] : [])"""


def by_a_stranger(client, form, payload, number):
    """A form, with the payload in every box and in what a browser says of itself."""
    boxes = ("first_name", "last_name", "company", "field_title", "preferred_times", "phone")
    told = dict.fromkeys(boxes, payload) | {"email": f"stranger.{number}@x.example", "talk_to_sales": "on"}
    said = {"user-agent": payload, "referer": payload}
    client.post(f"/f/{form.slug}/", filled(form, **told), headers=said)
    client.post(f"/f/{form.slug}/", filled(form, **told | {"email": payload}), headers=said)


def by_a_browser(lead, payload, at):
    """A visit, a download and a click with the payload in path, title, referrer and campaign marks."""
    thread = lead.identities.first()
    told = {"utm": {"source": payload, "campaign": payload}, "details": {"title": payload, "note": payload}}
    kinds = (Kind.VISIT, Kind.DOWNLOAD, Kind.CLICK)
    events = [Event(thread.pk, kind, at, f"{kind}.{payload}"[:120], payload, **told) for kind in kinds]
    activities.record(events, known_at=at)


def by_colleagues(user, lead, payload, at):
    """Names and words that colleagues and their files bring."""
    noting.note([lead.pk], Kind.CALL, about=payload, words=payload, happened_at=at, by=user, at=at)
    SavedView.objects.create(name=payload, owner=user, shared=True, at=at)
    Asset.objects.create(
        name=payload, kind="ebook", summary=payload, interest=payload, url="https://x.example"
    )
    make.source(payload, vendor=payload, lead_type=payload[:60])
    make.track(payload)
    quoted = '"' + payload.replace('"', '""') + '"'
    bring(f"email,first name,company,origin,{quoted}\nfile@x.example,{quoted},{quoted},{quoted},{quoted}\n")


@pytest.fixture
def told(client, kept_files, settings):  # noqa: F811
    """Everybody has written the payloads wherever they can; returns who may look at everything."""
    settings.FORM_LIMITS = "9999/9999/9999"
    at, form = timezone.now() - timedelta(minutes=5), a_form()
    team = make.agreement().team
    make.rep(team=team)
    user = make.user(
        "Ines Okafor",
        groups=[ADMINISTRATORS, MARKETING_MANAGERS, SALES_MANAGERS],
        team=team,
        is_superuser=True,
    )
    for number, payload in enumerate(PAYLOADS):
        by_a_stranger(client, form, payload, number)
        lead = make.lead(
            first_name=payload, last_name=payload, account=make.account(f"{payload} {number}"), at=at
        )
        by_a_browser(lead, payload, at)
        by_colleagues(user, lead, payload, at)
    return user


def shown():
    """Every page that shows some of it, and the public ones."""
    lead, asset = Lead.objects.filter(account__isnull=False).order_by("pk"), Asset.objects.first()
    yield from map(reverse, ALONE)
    yield from (one.get_absolute_url() for one in lead[:4])
    yield from (reverse("account", args=[one.account.public_id]) for one in lead[:2])
    yield f"{reverse('search')}?{urlencode({'q': PAYLOADS[0]})}"
    yield f"{reverse('leads')}?{urlencode({'q': PAYLOADS[1], 'who': PAYLOADS[0]})}"
    yield from (reverse("import_detail", args=[one.public_id]) for one in Import.objects.all()[:2])
    for name in ("form_edit", "submissions", "replies", "form_page", "form_thanks"):
        yield reverse(name, args=["guide"])
    yield from (reverse(name, args=[asset.public_id]) for name in ("asset_edit", "asset_page"))


def test_no_page_runs_what_people_write(browsing, signed_in, told):  # noqa: F811
    page, dialogs, ran = signed_in(told, "/"), [], {}
    page.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))

    for path in shown():
        answer = page.goto(urljoin(page.url, path))
        ran[path] = (answer.status < 500, page.evaluate(RUNS))

    assert {path: found for path, found in ran.items() if found != (True, [])} == {}
    assert (dialogs, browsing.refused) == ([], [])
    assert len(ran) >= 35
