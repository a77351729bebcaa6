from django.db import migrations, models


class Migration(migrations.Migration):
    """Whoever writes a score pays for each index of the table, and nobody looks for a score by a number.

    The column stays for one release: processes that still run the former code write by it.
    """

    dependencies = [("leads", "0007_saved_views_and_exports")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE leads_score DROP CONSTRAINT leads_score_pkey",
                    "ALTER TABLE leads_score ADD CONSTRAINT leads_score_pkey PRIMARY KEY (id)",
                )
            ],
            state_operations=[
                migrations.RemoveField("score", "id"),
                migrations.AddField(
                    "score",
                    "pk",
                    models.CompositePrimaryKey(
                        "lead_id", "sheet_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
        )
    ]
