from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("leads", "0014_forms"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="submission",
            index=models.Index(fields=["form", "-at", "-id"], name="submission_of_form"),
        ),
        AddIndexConcurrently(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("outcome", "refused")),
                fields=["form", "-at", "-id"],
                name="refused_of_form",
            ),
        ),
        AddIndexConcurrently(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("outcome", "admitted")), fields=["page"], name="admitted_of_page"
            ),
        ),
    ]
