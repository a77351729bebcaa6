from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0027_account_merges")]

    operations = [
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)),
                fields=["merged_into"],
                name="account_merged",
            ),
        ),
        AddIndexConcurrently(
            model_name="accountmove",
            index=models.Index(
                condition=models.Q(("merge__isnull", False)), fields=["merge"], name="account_move_of_merge"
            ),
        ),
        AddIndexConcurrently(
            model_name="fact",
            index=models.Index(
                condition=models.Q(("account_merge__isnull", False)),
                fields=["account_merge"],
                name="fact_of_account_merge",
            ),
        ),
    ]
