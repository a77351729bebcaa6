"""Real leads and what became of them: the counts are those that the files' own description gives."""

import io

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, Q

from handoff.models import Opportunity
from leads.models import Fact, Import, Lead, Source, Stage, StageChange
from tests import make
from tests.importing import take_back

FOLDER = settings.SAMPLES_DIR / "olist"
LEADS = FOLDER / "olist_marketing_qualified_leads_dataset.csv"
DEALS = FOLDER / "olist_closed_deals_dataset.csv"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not LEADS.exists(), reason=f"{FOLDER} is missing (SAMPLES_DIR says where it is)"),
]
KNOWN = {  # source: (won, leads)
    "organic search": (271, 2296), "paid search": (195, 1586), "social": (75, 1350), "unknown": (179, 1099),
    "direct traffic": (56, 499), "email": (15, 493), "referral": (24, 284), "other": (4, 150),
    "display": (6, 118), "other publicities": (3, 65), "blank": (14, 60),
}  # fmt: skip


@pytest.fixture
def bring(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.marketing_manager()

    def run(command, path):
        out = io.StringIO()
        call_command(command, str(path), "--history", stdout=out)
        return out.getvalue().splitlines()[0].partition("; ")[2]

    return run


def per_source():
    won = Count("leads", Q(leads__opportunities__state="won"))
    return {
        source.name: (source.won, source.all)
        for source in Source.objects.annotate(won=won, all=Count("leads"))
    }


def test_real_leads_and_their_outcomes_give_the_known_answers_and_twice_changes_nothing(bring):
    first = bring("import_leads", LEADS)
    dated = Lead.objects.aggregate(
        first=Count("pk", Q(at__year=2017)), history=Count("pk", Q(known_at__year=2018))
    )
    won = bring("import_outcomes", DEALS)

    assert first == "8,000 created, 0 updated, 0 unchanged, 0 rejected."
    assert won == "842 created, 0 updated, 0 unchanged, 0 rejected."
    assert per_source() == KNOWN
    assert dated["first"] + dated["history"] == 8000
    assert (
        Lead.objects.filter(stage=Stage.CUSTOMER, closed_cause="won").count(),
        Lead.objects.open().count(),
    ) == (842, 7158)
    assert Fact.objects.filter(field__key="landing_page").values("value").distinct().count() == 495

    again = [bring("import_leads", LEADS), bring("import_outcomes", DEALS)]
    assert again == [
        "0 created, 0 updated, 8,000 unchanged, 0 rejected.",
        "0 created, 0 updated, 842 unchanged, 0 rejected.",
    ]
    assert (Fact.objects.count(), StageChange.objects.count()) == (8000, 8842)


def test_a_deal_keeps_who_qualified_and_closed_it_and_what_else_the_file_says(bring):
    bring("import_leads", LEADS)
    bring("import_outcomes", DEALS)

    deal = Opportunity.objects.get(lead__outside_id="a555fb36b9368110ede0f043dfc3b9a0")

    assert (deal.qualified_by, deal.closed_by) == (
        "09285259593c61296eef10c734121d5b",
        "d3d1e91a157ea7f90548eef82f1955e3",
    )
    assert (deal.segment, deal.state, f"{deal.ended_at:%Y-%m-%d %H:%M:%S}") == (
        "car accessories",
        "won",
        "2018-05-08 20:17:59",
    )
    assert deal.details == {
        "lead_type": "industry",
        "lead_behaviour_profile": "eagle",
        "business_type": "reseller",
        "declared_monthly_revenue": "0.0",
    }
    assert deal.lead.closed_at == deal.known_at == deal.ended_at
    assert Opportunity.objects.values("closed_by").distinct().count() == 22
    assert Opportunity.objects.values("qualified_by").distinct().count() == 32


def test_outcomes_taken_back_put_their_leads_before_a_marketer(bring):
    bring("import_leads", LEADS)
    bring("import_outcomes", DEALS)
    leads, deals = Import.objects.order_by("pk")

    said = take_back(deals)

    assert said == [
        "842 outcomes were removed.",
        "842 leads are open again and wait for a marketer.",
    ]
    assert (Opportunity.objects.count(), Lead.objects.open().count()) == (0, 8000)
    assert Lead.objects.filter(custody__next_action="review", stage=Stage.LEAD).count() == 842
    assert leads.state == Import.State.DONE
