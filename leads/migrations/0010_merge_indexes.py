import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import leads.models.lead


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0009_merge")]

    operations = [
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                models.F("phone"),
                condition=models.Q(models.Q(("phone", ""), _negated=True), ("merged_into", None)),
                name="lead_by_phone",
            ),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                models.F("account"),
                leads.models.lead.PersonName(),
                condition=models.Q(
                    models.Q(("first_name", ""), _negated=True),
                    models.Q(("last_name", ""), _negated=True),
                    ("merged_into", None),
                    ("account__isnull", False),
                ),
                name="lead_by_account_and_name",
            ),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                models.F("account"),
                leads.models.lead.LocalPart("email"),
                condition=models.Q(
                    models.Q(("email", ""), _negated=True), ("account__isnull", False), ("merged_into", None)
                ),
                name="lead_by_account_and_local",
            ),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                leads.models.lead.LocalPart("email"),
                leads.models.lead.PersonName(),
                condition=models.Q(
                    models.Q(("first_name", ""), _negated=True),
                    models.Q(("last_name", ""), _negated=True),
                    ("merged_into", None),
                    models.Q(("email", ""), _negated=True),
                ),
                name="lead_by_local_and_name",
            ),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("merged_into__isnull", False)),
                name="email_of_merged",
            ),
        ),
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                django.db.models.functions.text.Lower("outside_id"),
                condition=models.Q(("merged_into__isnull", False)),
                name="outside_id_of_merged",
            ),
        ),
        AddIndexConcurrently(
            model_name="consent",
            index=models.Index(
                condition=models.Q(("merge__isnull", False)), fields=["merge"], name="consent_of_merge"
            ),
        ),
        AddIndexConcurrently(
            model_name="fact",
            index=models.Index(
                condition=models.Q(("merge__isnull", False)), fields=["merge"], name="fact_of_merge"
            ),
        ),
        AddIndexConcurrently(
            model_name="rating",
            index=models.Index(
                condition=models.Q(("merge__isnull", False)), fields=["merge"], name="rating_of_merge"
            ),
        ),
    ]
