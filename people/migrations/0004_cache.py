from django.db import migrations

TABLE = """
CREATE TABLE people_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX people_cache_expires ON people_cache (expires);
"""


class Migration(migrations.Migration):
    """Throttles live in Postgres: nobody is locked out, or let in, because a cache went away."""

    dependencies = [("people", "0003_heartbeat")]
    operations = [migrations.RunSQL(TABLE, "DROP TABLE people_cache")]
