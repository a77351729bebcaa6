import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

RULES = [
    ("look", "looked at an address without visiting it"),
    ("soon", "came within seconds of the sending"),
    ("links", "tried several links of one mail within seconds"),
    ("crowd", "followed several people's mails from one place within a minute"),
    ("mails", "tried links of several mails to one person within seconds"),
    ("gateway", "came from a known gateway"),
    ("hand", "put here by hand"),
    ("person", "a person showed behind it"),
]


class Migration(migrations.Migration):
    dependencies = [("leads", "0023_account_ledgers_and_sides")]

    operations = [
        migrations.AddField(
            "grading",
            "undoes",
            models.OneToOneField(
                to="leads.grading",
                on_delete=django.db.models.deletion.PROTECT,
                null=True,
                help_text="The person's word that this one takes back.",
            ),
        ),
        migrations.AddField(
            "identity",
            "confirmed_at",
            models.DateTimeField(
                null=True,
                help_text="Since when we know by something that only people do, such as a form.",
            ),
        ),
        migrations.AddField(
            "knock",
            "browsers",
            django.contrib.postgres.fields.ArrayField(
                models.UUIDField(), default=list, db_default=[], help_text="Whose page reports named it."
            ),
        ),
        migrations.AddField(
            "knock",
            "is_a_persons",
            models.BooleanField(
                default=False,
                db_default=False,
                help_text="A person showed behind it: no rule takes it again.",
            ),
        ),
        migrations.AddField(
            "knock", "sent_at", models.DateTimeField(null=True, help_text="When the mail went out.")
        ),
        migrations.AlterField("burst", "rule", models.CharField(max_length=8, choices=RULES)),
        migrations.AlterField("grading", "rule", models.CharField(blank=True, max_length=8, choices=RULES)),
        migrations.AddConstraint(
            "grading",
            models.CheckConstraint(
                condition=models.Q(("undoes", None), ("by__isnull", False), _connector="OR"),
                name="a_word_is_taken_back_by_somebody",
            ),
        ),
    ]
