"""The admin is a window: settings are kept there, states and ledgers are read, no verb is got round."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from handoff.models import Agreement, Handoff
from leads.models import AccountStanding, Lead, StageChange
from nurture.models import Touch
from people.admin import Noun, Window
from people.models import User
from people.models.user import ADMINISTRATORS
from tests import make

pytestmark = pytest.mark.django_db

#: What nobody may write by hand, whatever their rights.
WINDOWS = [
    "handoff.agreement", "handoff.decision", "handoff.escalation", "handoff.handoff", "handoff.opportunity",
    "handoff.reversal", "handoff.verdict", "leads.consent", "leads.custodian", "leads.custody",
    "leads.custodychange", "leads.fact", "leads.form", "leads.identity", "leads.import",
    "leads.rating", "leads.reply", "leads.scoresheet", "leads.signal", "leads.stagechange",
    "leads.submission", "nurture.enrollment",
    "nurture.step", "nurture.task", "nurture.touch", "nurture.track",
    "nurture.trackversion", "people.heartbeat", "people.notice",
]  # fmt: skip
NOUNS = [
    "leads.account", "leads.asset", "leads.campaign", "leads.field", "leads.lead",
    "leads.source", "leads.suppression", "people.calendar", "people.company", "people.team", "people.user",
]  # fmt: skip


@pytest.fixture
def ada(client):
    ada = make.user("Ada Nord", groups=[ADMINISTRATORS], is_staff=True)
    client.force_login(ada)
    return ada


def ours(kind):
    return sorted(
        model._meta.label_lower
        for model, shown in admin.site._registry.items()
        if isinstance(shown, kind) and isinstance(shown, Window) == (kind is Window)
    )


def test_every_noun_of_ours_is_either_kept_here_or_only_read():
    assert (ours(Window), ours(Noun)) == (WINDOWS, NOUNS)


@pytest.mark.parametrize("label", WINDOWS)
def test_not_even_a_superuser_writes_through_a_window(label):
    [shown] = [view for model, view in admin.site._registry.items() if model._meta.label_lower == label]
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True)

    may = (
        shown.has_add_permission(request),
        shown.has_change_permission(request),
        shown.has_delete_permission(request),
    )

    assert may == (False, False, False)


@pytest.mark.parametrize("label", [*NOUNS, *WINDOWS])
def test_an_administrator_reads_every_list(client, ada, label):
    make.handoff()

    assert client.get(reverse(f"admin:{label.replace('.', '_')}_changelist")).status_code == 200


def test_only_administrators_come_in(client):
    client.force_login(make.marketing_manager(is_staff=True))

    assert client.get("/admin/leads/lead/").status_code == 403
    assert "leads/lead" not in client.get("/admin/").content.decode()


def test_a_stranger_signs_in_where_everybody_signs_in(client):
    answer = client.get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_a_posted_stage_score_or_closing_of_a_lead_changes_nothing(client, ada):
    lead = make.lead(first_name="H")
    address = reverse("admin:leads_lead_change", args=[lead.pk])
    forged = {"stage": "customer", "need": 3, "closed_cause": "spam", "rating": 12, "facts": "{}"}

    answer = client.post(address, {"first_name": "Henrik", "email": lead.email, **forged})

    assert answer.status_code == 302
    lead.refresh_from_db()
    assert (lead.first_name, lead.stage, lead.need, lead.closed_cause) == ("Henrik", "lead", None, "")
    assert StageChange.objects.count() == 0


@pytest.mark.parametrize(
    ("make_one", "label", "forged"),
    [
        (lambda: make.handoff(), "handoff_handoff", {"state": "accepted"}),
        (lambda: make.agreement(), "handoff_agreement", {"terms": "{}"}),
        (lambda: make.track(), "nurture_track", {"state": "retired"}),
    ],
)
def test_a_posted_state_or_term_is_refused(client, ada, make_one, label, forged):
    made = make_one()
    before = type(made).objects.filter(pk=made.pk).values().get()

    assert client.post(reverse(f"admin:{label}_change", args=[made.pk]), forged).status_code == 403
    assert client.post(reverse(f"admin:{label}_delete", args=[made.pk]), {"post": "yes"}).status_code == 403
    assert type(made).objects.filter(pk=made.pk).values().get() == before


def test_a_lead_is_neither_made_nor_deleted_here(client, ada):
    lead = make.lead()

    assert client.get(reverse("admin:leads_lead_add")).status_code == 403
    assert client.post(reverse("admin:leads_lead_delete", args=[lead.pk]), {"post": "yes"}).status_code == 403
    sent = {"action": "delete_selected", "_selected_action": [lead.pk], "post": "yes"}
    client.post(reverse("admin:leads_lead_changelist"), sent)
    assert Lead.objects.count() == 1


def test_naming_a_target_here_is_dated_like_everywhere(client, ada):
    marit, account = make.rep("Marit Dahl"), make.account("Aalberg Dairy")
    sent = {"name": account.name, "domain": "", "is_target": "on", "owner": marit.pk}
    sent |= {
        "at_0": "2026-11-16",
        "at_1": "09:00:00",
        "standings-TOTAL_FORMS": 0,
        "standings-INITIAL_FORMS": 0,
    }

    answer = client.post(reverse("admin:leads_account_change", args=[account.pk]), sent)

    assert answer.status_code == 302
    assert list(AccountStanding.objects.values_list("account", "is_target", "owner", "by")) == [
        (account.pk, True, marit.pk, ada.pk)
    ]


def test_somebody_new_is_invited_with_a_password_a_team_and_a_group(client, ada):
    team = make.team()
    sent = {
        "name": "Marit Dahl", "email": "marit@baton.example", "team": team.pk,
        "groups": [ada.groups.get().pk], "usable_password": "true", "password1": "a lead in the hand",
        "password2": "a lead in the hand",
    }  # fmt: skip

    client.post(reverse("admin:people_user_add"), sent)

    marit = User.objects.get(email="marit@baton.example")
    assert (marit.team, marit.check_password("a lead in the hand"), marit.group_names) == (
        team,
        True,
        frozenset([ADMINISTRATORS]),
    )


@pytest.mark.parametrize(
    ("label", "make_one"),
    [
        ("leads_lead", lambda: make.lead(account=make.account(), source=make.source())),
        ("leads_custody", lambda: make.lead()),
        ("handoff_handoff", lambda: make.handoff()),
        ("handoff_verdict", lambda: make.handoff()),
    ],
)
def test_a_list_asks_as_many_questions_for_three_rows_as_for_one(client, ada, label, make_one):
    counts = []
    for more in (1, 2):
        for _each in range(more):
            make_one()
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse(f"admin:{label}_changelist"))
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_what_is_read_only_can_be_read_in_full(client, ada):
    handoff = make.handoff()
    track = make.track()

    for address in (
        reverse("admin:handoff_handoff_change", args=[handoff.pk]),
        reverse("admin:handoff_agreement_change", args=[handoff.agreement_id]),
        reverse("admin:nurture_trackversion_change", args=[track.versions.get().pk]),
        reverse("admin:leads_lead_change", args=[handoff.lead_id]),
    ):
        assert client.get(address).status_code == 200, address
    assert (Handoff.objects.count(), Agreement.objects.count(), Touch.objects.count()) == (1, 1, 0)
