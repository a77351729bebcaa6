"""News of many leads at once: what it costs grows with their number and no faster."""

import pytest
from django.db import connection

from leads import news
from leads.models import Lead, Tally
from tests.make import MONDAY_9AM

pytestmark = pytest.mark.django_db


def many(count):
    """Leads that are closed, so that nobody needs to hold them, each with a tally."""
    closed = {"closed_at": MONDAY_9AM, "closed_cause": "test", "at": MONDAY_9AM, "known_at": MONDAY_9AM}
    made = Lead.objects.bulk_create(Lead(phone="1", **closed) for _ in range(count))
    Tally.objects.bulk_create(Tally(lead=lead) for lead in made)
    return [lead.pk for lead in made]


def test_news_of_many_leads_is_told_in_no_time_even_if_the_statistics_say_that_there_is_nobody():
    Tally.objects.filter(lead__in=many(500)).delete()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_tally")  # pages, and nobody in them: a table about to be filled
    leads = many(4_000)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5s'")  # it takes 50 ms; each with each, a minute
        news.changed(leads, at=MONDAY_9AM)
        cursor.execute("SET LOCAL statement_timeout = 0")

    assert Tally.objects.filter(next_check_at=MONDAY_9AM).count() == 4_000
