"""Files of what became of leads."""

import pytest

from leads.models import Lead
from tests import make
from tests.importing import bring, counts, problems

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ines", "kept_files")]


def test_outcomes_are_refused_by_row_and_column():
    lead = make.lead(outside_id="x1", email="ann@acme.example")
    make.lead(outside_id="x2")

    batch = bring(
        "outside_id,email,won_date,status,amount,deal_id\n"
        "nobody,,2026-01-01,won,,1\n"
        "x1,,,won,,2\n"
        "x1,,2026-01-01,maybe,,3\n"
        "x1,,2026-01-01,won,lots,4\n"
        ",ANN@acme.example,2026-01-01,Won,1250.50,5\n"
        "x1,,2026-01-01,won,,5\n"
        "x2,,2026-01-02,lost,,6\n",
        what="outcomes",
    )

    assert (counts(batch), [row[:2] for row in problems(batch)]) == (
        (2, 0, 1, 4),
        [(2, "outside_id"), (3, "won_date"), (4, "status"), (5, "amount")],
    )
    deals = lead.opportunities.values_list("state", "amount", "outside_id")
    assert [(state, str(amount), deal) for state, amount, deal in deals] == [("won", "1250.50", "5")]
    assert list(Lead.objects.order_by("pk").values_list("closed_cause", flat=True)) == ["won", ""]
