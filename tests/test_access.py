"""Who may open which page: every URL has a row here, and a URL without one fails."""

from uuid import UUID

import pytest
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from people.models.user import ADMINISTRATORS, MARKETING, MARKETING_MANAGERS, SALES, SALES_MANAGERS, VIEWERS
from tests import make

pytestmark = pytest.mark.django_db

ROLES = {
    "M": MARKETING,
    "N": MARKETING_MANAGERS,
    "R": SALES,
    "S": SALES_MANAGERS,
    "V": VIEWERS,
    "A": ADMINISTRATORS,
}
EVERYBODY, MARKETERS, REPS, MANAGERS = "MNRSVA", "MNA", "RSA", "NSA"
NOBODY = UUID(int=0)
OPEN = "strangers too"

#: Strangers' buttons: the key that they send is the permission, and there is no session to abuse.
SIGNED = {"asset_take", "api_event_people"}
#: URL name: how it is asked, with what, and whom it lets in. A row that lets somebody in says nothing of
#: what they find: that is scoped by `visible_to`, and someone else's lead is not found.
PAGES = {
    "healthz": ("get", {}, OPEN),
    # people
    "home": ("get", {}, OPEN),
    "setup": ("get", {}, OPEN),
    "theme": ("post", {}, OPEN),
    "styleguide": ("get", {}, OPEN),
    "search": ("get", {}, EVERYBODY),
    "notices": ("get", {}, EVERYBODY),
    "notice_read": ("post", {"public_id": NOBODY}, EVERYBODY),
    "notices_read": ("post", {}, EVERYBODY),
    # leads
    "leads": ("get", {}, EVERYBODY),
    "leads_csv": ("get", {}, EVERYBODY),
    "leads_xlsx": ("get", {}, EVERYBODY),
    "view_save": ("post", {}, EVERYBODY),
    "view_counts": ("get", {}, EVERYBODY),
    "view_keep": ("post", {"public_id": NOBODY}, EVERYBODY),
    "view_change": ("post", {"public_id": NOBODY}, EVERYBODY),
    "view_delete": ("post", {"public_id": NOBODY}, EVERYBODY),
    "bulks": ("get", {}, MARKETERS),
    "bulk_begin": ("post", {}, MARKETERS),
    "bulk": ("get", {"public_id": NOBODY}, MARKETERS),
    "bulk_go": ("post", {"public_id": NOBODY}, MARKETERS),
    "bulk_undo": ("post", {"public_id": NOBODY}, MARKETERS),
    "leads_chosen": ("post", {}, EVERYBODY),
    "exports": ("get", {}, MANAGERS),
    "lead": ("get", {"public_id": NOBODY}, EVERYBODY),
    "note": ("get", {"public_id": NOBODY}, "MNRSA"),
    "rate": ("post", {"public_id": NOBODY}, "MNRSA"),
    "learn": ("post", {"public_id": NOBODY, "key": "budget"}, "MNRSA"),
    "take_over": ("post", {"public_id": NOBODY}, "MNRSA"),
    "verify": ("post", {"public_id": NOBODY, "key": "budget"}, "MNRSA"),
    "lead_account": ("get", {"public_id": NOBODY}, "MNSA"),
    "merge_find": ("get", {"public_id": NOBODY}, MARKETERS),
    "merge": ("get", {"public_id": NOBODY, "other": NOBODY}, MARKETERS),
    "duplicates": ("get", {}, MARKETERS),
    "duplicates_look": ("post", {}, MARKETERS),
    "tell_apart": ("post", {"public_id": NOBODY}, MARKETERS),
    "unmerge": ("post", {"public_id": NOBODY}, MARKETERS),
    "accounts": ("get", {}, EVERYBODY),
    "account": ("get", {"public_id": NOBODY}, EVERYBODY),
    "account_edit": ("get", {"public_id": NOBODY}, "MNSA"),
    "account_duplicates": ("get", {}, "MNSA"),
    "account_apart": ("post", {"public_id": NOBODY}, "MNSA"),
    "account_merge_find": ("get", {"public_id": NOBODY}, "MNSA"),
    "account_merge": ("get", {"public_id": NOBODY, "other": NOBODY}, "MNSA"),
    "account_unmerge": ("post", {"public_id": NOBODY}, "MNSA"),
    "evidence": ("get", {}, "MNSA"),
    "gateways": ("get", {}, "MNSA"),
    "gateway_add": ("post", {}, "MNSA"),
    "gateway_switch": ("post", {"pk": 0}, "MNSA"),
    "quarantine": ("post", {}, "MNSA"),
    "burst": ("get", {"public_id": NOBODY}, "MNSA"),
    "release": ("post", {"public_id": NOBODY}, "MNSA"),
    "release_undo": ("post", {"public_id": NOBODY}, "MNSA"),
    "activities": ("get", {}, EVERYBODY),
    "assets": ("get", {}, EVERYBODY),
    "asset_new": ("get", {}, MARKETERS),
    "asset_edit": ("get", {"public_id": NOBODY}, MARKETERS),
    "asset_page": ("get", {"public_id": NOBODY}, OPEN),
    "asset_take": ("post", {"public_id": NOBODY}, OPEN),
    "asset_file": ("get", {"public_id": NOBODY}, OPEN),
    "imports": ("get", {}, MARKETERS),
    "import_new": ("get", {}, MARKETERS),
    "import_detail": ("get", {"public_id": NOBODY}, MARKETERS),
    "import_anew": ("post", {"public_id": NOBODY}, MARKETERS),
    "import_run": ("post", {"public_id": NOBODY}, MARKETERS),
    "import_undo": ("post", {"public_id": NOBODY}, MARKETERS),
    "import_rejected": ("get", {"public_id": NOBODY}, MARKETERS),
    "enrichment": ("get", {}, MARKETERS),
    "enrichment_remove": ("post", {}, MARKETERS),
    "directory_new": ("get", {}, "A"),
    "directory_remove": ("post", {"pk": 0}, "A"),
    "keys": ("get", {}, "A"),
    "key_revoke": ("post", {"pk": 0}, "A"),
    "openapi-json": ("get", {}, OPEN),
    "api_root": ("get", {}, OPEN),
    "api_nowhere": ("get", {"rest": "x"}, OPEN),
    "api_events": ("get", {}, OPEN),
    "api_event_people": ("post", {"event": NOBODY}, OPEN),
    "sources": ("get", {}, EVERYBODY),
    "source_edit": ("post", {"pk": 0}, MARKETERS),
    "source_spend": ("post", {"pk": 0}, MARKETERS),
    "campaign_edit": ("post", {"pk": 0}, MARKETERS),
    "campaign_spend": ("post", {"pk": 0}, MARKETERS),
    "tracking": ("get", {}, MARKETERS),
    "site_add": ("post", {}, MARKETERS),
    "site_remove": ("post", {"pk": 0}, MARKETERS),
    "forms": ("get", {}, EVERYBODY),
    "form_new": ("get", {}, MARKETERS),
    "form_edit": ("get", {"slug": "guide"}, MARKETERS),
    "submissions": ("get", {"slug": "guide"}, MARKETERS),
    "submissions_csv": ("get", {"slug": "guide"}, MARKETERS),
    "submission_review": ("post", {"slug": "guide", "public_id": NOBODY}, MARKETERS),
    "submissions_leave": ("post", {"slug": "guide"}, MARKETERS),
    "replies": ("get", {"slug": "guide"}, MARKETERS),
    "form_embedded": ("get", {"slug": "guide"}, OPEN),
    "form_embedded_thanks": ("get", {"slug": "guide"}, OPEN),
    "confirm": ("get", {"token": "x"}, OPEN),
    "form_page": ("get", {"slug": "guide"}, OPEN),
    "form_thanks": ("get", {"slug": "guide"}, OPEN),
    "scores": ("get", {}, EVERYBODY),
    "score_new": ("post", {}, MARKETERS),
    "score_sheet": ("get", {"pk": 0}, EVERYBODY),
    "score_try": ("post", {"pk": 0}, MARKETERS),
    "score_save": ("post", {"pk": 0}, MARKETERS),
    "score_grid": ("get", {"pk": 0}, EVERYBODY),
    "score_changes": ("get", {"pk": 0}, EVERYBODY),
    "score_rule_new": ("get", {"pk": 0}, MARKETERS),
    "score_rule": ("get", {"pk": 0, "rule": 0}, MARKETERS),
    "score_what_if": ("get", {"public_id": NOBODY}, MARKETERS),
    # nurture
    "tracks": ("get", {}, "MNSVA"),
    "track": ("get", {"public_id": NOBODY}, "MNSVA"),
    "track_new": ("get", {}, MARKETERS),
    "track_import": ("get", {}, MARKETERS),
    "track_edit": ("get", {"public_id": NOBODY}, MARKETERS),
    "track_save": ("post", {"public_id": NOBODY}, MARKETERS),
    "track_clone": ("post", {"public_id": NOBODY}, MARKETERS),
    "track_export": ("get", {"public_id": NOBODY}, "MNSVA"),
    "track_publish": ("get", {"public_id": NOBODY}, MARKETERS),
    "track_pause": ("post", {"public_id": NOBODY}, MARKETERS),
    "track_resume": ("get", {"public_id": NOBODY}, MARKETERS),
    "track_undo": ("post", {"public_id": NOBODY}, MARKETERS),
    "criteria_save": ("post", {"public_id": NOBODY}, MARKETERS),
    "step_add": ("post", {"public_id": NOBODY}, MARKETERS),
    "branch_add": ("post", {"public_id": NOBODY}, MARKETERS),
    "step_paste": ("post", {"public_id": NOBODY}, MARKETERS),
    "step_save": ("post", {"public_id": NOBODY, "key": NOBODY}, MARKETERS),
    "step_move": ("post", {"public_id": NOBODY, "key": NOBODY}, MARKETERS),
    "step_remove": ("post", {"public_id": NOBODY, "key": NOBODY}, MARKETERS),
    "step_clone": ("post", {"public_id": NOBODY, "key": NOBODY}, MARKETERS),
    "step_copy": ("post", {"public_id": NOBODY, "key": NOBODY}, MARKETERS),
    "lane_add": ("post", {"public_id": NOBODY, "key": NOBODY}, MARKETERS),
    "lane_save": ("post", {"public_id": NOBODY, "key": NOBODY, "number": 0}, MARKETERS),
    "lane_remove": ("post", {"public_id": NOBODY, "key": NOBODY, "number": 0}, MARKETERS),
    "worklist": ("get", {}, MARKETERS),
    "decide": ("post", {}, MARKETERS),
    "task": ("get", {"public_id": NOBODY}, MARKETERS),
    "task_finish": ("post", {"public_id": NOBODY}, MARKETERS),
    "follow": ("get", {"token": "x"}, OPEN),
    "opened": ("get", {"token": "x"}, OPEN),
    "unsubscribe": ("get", {"token": "x"}, OPEN),
    "outbox": ("get", {}, MANAGERS),
    "outbox_mail": ("get", {"name": "x"}, MANAGERS),
    # handoff
    "inbox": ("get", {}, REPS),
    "handoff": ("get", {"public_id": NOBODY}, EVERYBODY),
    "accept": ("post", {"public_id": NOBODY}, REPS),
    "reject": ("post", {"public_id": NOBODY}, REPS),
    "undo": ("post", {"public_id": NOBODY}, REPS),
    "log_call": ("post", {"public_id": NOBODY}, REPS),
    "opportunity_open": ("post", {"public_id": NOBODY}, REPS),
    "opportunity_end": ("post", {"public_id": NOBODY}, REPS),
    "agreements": ("get", {}, EVERYBODY),
    "agreement": ("get", {"public_id": NOBODY}, EVERYBODY),
    "draft_points": ("post", {"public_id": NOBODY}, MANAGERS),
    "draft_standard": ("post", {"team": 0}, MANAGERS),
    "sign": ("post", {"public_id": NOBODY}, MANAGERS),
    "sla": ("get", {}, "NSVA"),
    "sla_behind": ("get", {}, "NSVA"),
}
#: Others' URLs, with their own tests: signing in (allauth) and the admin (tests/test_admin.py).
ELSEWHERE = ("accounts/", "admin/")


def named(resolver):
    """The names of all URLs of ours; one without a name counts as its pattern."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name or str(pattern.pattern)
        elif str(pattern.pattern) not in ELSEWHERE:
            yield from named(pattern)


def asked(client, name):
    how, details, _whom = PAGES[name]
    return getattr(client, how)(reverse(name, kwargs=details))


def lets_in(answer):
    """Past the guard: whatever is found there, neither refused nor sent to sign in."""
    to_sign_in = answer.status_code == 302 and answer.headers["Location"].startswith(reverse("account_login"))
    return answer.status_code != 403 and not to_sign_in


def test_every_url_has_a_row():
    assert staticfiles_urlpatterns() == []  # nothing of DEBUG hides here
    assert sorted(named(get_resolver())) == sorted(PAGES)


@pytest.mark.parametrize("name", [name for name, row in PAGES.items() if row[2] != OPEN])
def test_a_page_lets_in_whom_its_row_names(name):
    let_in = ""
    for letter, group in ROLES.items():
        client = Client()
        client.force_login(make.user(groups=[group]))
        let_in += letter if lets_in(asked(client, name)) else ""

    assert sorted(let_in) == sorted(PAGES[name][2])


@pytest.mark.parametrize("name", [name for name, row in PAGES.items() if row[2] != OPEN])
def test_who_is_in_no_group_is_let_in_nowhere(client, name):
    client.force_login(make.user())

    assert asked(client, name).status_code == 403


@pytest.mark.parametrize("name", [name for name, row in PAGES.items() if row[2] != OPEN])
def test_a_stranger_is_sent_to_sign_in(client, name):
    answer = asked(client, name)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{reverse('account_login')}?next=/")


@pytest.mark.parametrize("name", [name for name, row in PAGES.items() if row[0] == "post"])
def test_a_link_alone_changes_nothing(client, name):
    client.force_login(make.user(groups=[ADMINISTRATORS, SALES_MANAGERS, MARKETING_MANAGERS]))

    assert client.get(reverse(name, kwargs=PAGES[name][1])).status_code == 405


@pytest.mark.parametrize("name", [name for name in PAGES if PAGES[name][0] == "post" and name not in SIGNED])
def test_another_site_posts_nothing(name):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make.user(groups=[ADMINISTRATORS, SALES_MANAGERS, MARKETING_MANAGERS]))

    assert asked(client, name).status_code == 403


def test_viewers_change_nothing_but_their_own_notices_and_views():
    changing = {name for name, (how, _details, whom) in PAGES.items() if how == "post" and whom != OPEN}

    assert {name for name in changing if "V" in PAGES[name][2]} == {
        *("notice_read", "notices_read"),
        *("view_save", "view_keep", "view_change", "view_delete"),
        "leads_chosen",  # takes a list home, as the links beside it do
    }


def test_who_has_left_is_let_in_nowhere(client):
    gone = make.rep("Marit Dahl")
    client.force_login(gone)
    gone.is_active = False
    gone.save()

    assert not lets_in(client.get(reverse("leads")))
