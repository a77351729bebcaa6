"""What is known of leads and companies can be looked up."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import leads.models.said

FUNCTIONS = r"""
    CREATE FUNCTION facts_said(facts jsonb, country text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT COALESCE(array_agg(key) || array_agg(key || '=' || left(
                   CASE WHEN octet_length(value) > length(value)
                        THEN regexp_replace(lower(value COLLATE "C"), '[^\x01-\x7f]', '?', 'g')
                        ELSE lower(value COLLATE "C") END, 60)), '{}')
               || CASE WHEN country > '' THEN ARRAY['country=' || lower(country COLLATE "C")] ELSE '{}' END
        FROM jsonb_each_text(facts) WHERE value > ''
    $$;
    CREATE FUNCTION facts_spoken(facts jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT COALESCE(lower(string_agg(value, ' ') COLLATE "C"), '') FROM jsonb_each_text(facts)
    $$;
"""
GONE = "DROP FUNCTION facts_said(jsonb, text); DROP FUNCTION facts_spoken(jsonb)"


def by_facts(name, country):
    return django.contrib.postgres.indexes.GinIndex(
        leads.models.said.Said(models.F("facts"), country),
        django.contrib.postgres.indexes.OpClass(leads.models.said.Spoken("facts"), name="gin_trgm_ops"),
        name=name,
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("leads", "0031_by_hand")]

    operations = [
        migrations.RunSQL(FUNCTIONS, GONE),
        AddIndexConcurrently("lead", by_facts("lead_by_facts", models.F("country"))),
        AddIndexConcurrently("account", by_facts("account_by_facts", models.Value(""))),
        # How rare a fact is, is known only once somebody has counted; a fresh index knows nothing.
        migrations.RunSQL("ANALYZE leads_lead; ANALYZE leads_account", migrations.RunSQL.noop),
    ]
