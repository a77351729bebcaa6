from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("nurture", "0004_branches"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="touch",
            index=models.Index(
                condition=models.Q(("channel", "wait"), ("state", "due")),
                fields=["due_at", "id"],
                name="touch_branch_due",
            ),
        ),
    ]
