import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0005_lists")]

    operations = [
        AddIndexConcurrently(
            model_name="custody",
            index=models.Index(fields=["next_action_at", "lead"], name="custody_by_next_action"),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(fields=["source", "-id"], name="lead_by_source"),
        ),
        migrations.AlterField(
            model_name="lead",
            name="source",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="leads",
                to="leads.source",
            ),
        ),
    ]
