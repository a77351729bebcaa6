import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0022_enrichment"),
        ("nurture", "0003_a_published_version_is_whole"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Edit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("what", models.CharField(max_length=300)),
                ("before", models.JSONField()),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Lane",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "condition",
                    models.JSONField(
                        blank=True,
                        help_text="Without one it is for everybody else.",
                        null=True,
                        verbose_name="condition",
                    ),
                ),
                (
                    "then",
                    models.CharField(
                        choices=[("join", "joins again after the branch"), ("finish", "ends the track")],
                        default="join",
                        max_length=8,
                        verbose_name="then",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("resumed_at", models.DateTimeField(null=True)),
                (
                    "policy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("shift", "Everything later by the length of the pause"),
                            ("skip", "Leave out what fell due meanwhile"),
                            ("send", "Make what fell due meanwhile now"),
                        ],
                        max_length=8,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Variant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("weight", models.PositiveSmallIntegerField(default=1, verbose_name="share")),
                ("subject", models.CharField(blank=True, max_length=300, verbose_name="subject")),
                ("body", models.TextField(blank=True, verbose_name="text")),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="touch",
            name="touches_only_move_forward",
        ),
        # Another name in Python alone: the column stays.
        migrations.AlterField(
            model_name="step",
            name="wait_days",
            field=models.PositiveSmallIntegerField(
                db_column="wait_days", default=0, verbose_name="days after the one before"
            ),
        ),
        migrations.RenameField(model_name="step", old_name="wait_days", new_name="wait"),
        migrations.AlterField(
            model_name="step",
            name="wait",
            field=models.PositiveSmallIntegerField(
                db_column="wait_days", default=0, verbose_name="after the one before"
            ),
        ),
        migrations.AddField(
            model_name="part",
            name="weight",
            field=models.PositiveSmallIntegerField(db_default=1, default=1, verbose_name="share"),
        ),
        migrations.AddField(
            model_name="step",
            name="by_time",
            field=models.TimeField(
                blank=True, help_text="In the lead's own zone.", null=True, verbose_name="not after"
            ),
        ),
        migrations.AddField(
            model_name="step",
            name="event",
            field=models.CharField(
                blank=True,
                choices=[
                    ("open", "Opened an e-mail"),
                    ("click", "Clicked a link"),
                    ("reply", "Replied"),
                    ("download", "Downloaded"),
                    ("form", "Sent a form"),
                    ("registered", "Registered for an event"),
                    ("attended", "Attended an event"),
                ],
                db_default="",
                default="",
                max_length=16,
                verbose_name="or as soon as they",
            ),
        ),
        migrations.AddField(
            model_name="step",
            name="unit",
            field=models.CharField(
                choices=[
                    ("hours", "hours"),
                    ("days", "days"),
                    ("working_days", "working days"),
                    ("months", "months"),
                    ("weekday", "until the weekday"),
                ],
                db_default="days",
                default="days",
                max_length=12,
                verbose_name="counted in",
            ),
        ),
        migrations.AddField(
            model_name="touch",
            name="variant",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="trackversion",
            name="exit",
            field=models.JSONField(
                blank=True, help_text="Whoever meets it leaves.", null=True, verbose_name="exit"
            ),
        ),
        migrations.AddField(
            model_name="trackversion",
            name="goal",
            field=models.JSONField(
                blank=True,
                help_text="Whoever meets it has finished the track.",
                null=True,
                verbose_name="goal",
            ),
        ),
        migrations.AlterField(
            model_name="part",
            name="channel",
            field=models.CharField(
                choices=[
                    ("email", "E-mail"),
                    ("call", "Call"),
                    ("voicemail", "Voicemail"),
                    ("sms", "Text message"),
                    ("letter", "Letter"),
                    ("direct_mail", "Direct mail"),
                    ("newsletter", "Newsletter"),
                    ("survey", "Survey"),
                    ("event", "Event invitation"),
                    ("social", "Social touch"),
                ],
                max_length=12,
                verbose_name="channel",
            ),
        ),
        migrations.AlterField(
            model_name="touch",
            name="channel",
            field=models.CharField(
                choices=[
                    ("email", "E-mail"),
                    ("call", "Call"),
                    ("voicemail", "Voicemail"),
                    ("sms", "Text message"),
                    ("letter", "Letter"),
                    ("direct_mail", "Direct mail"),
                    ("newsletter", "Newsletter"),
                    ("survey", "Survey"),
                    ("event", "Event invitation"),
                    ("social", "Social touch"),
                    ("wait", "Branch"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="touch",
            name="state",
            field=models.CharField(
                choices=[
                    ("due", "due"),
                    ("claimed", "claimed"),
                    ("sending", "sending"),
                    ("with_human", "on the worklist"),
                    ("sent", "done"),
                    ("skipped", "skipped"),
                    ("failed", "failed"),
                    ("in_doubt", "in doubt"),
                    ("quarantined", "quarantined"),
                    ("held", "held by the pause"),
                    ("passed", "passed"),
                ],
                default="due",
                max_length=12,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="touch",
            trigger=pgtrigger.compiler.Trigger(
                name="touches_only_move_forward",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF OLD.state = NEW.state OR (OLD.state = 'due' AND NEW.state IN ('claimed', 'skipped', 'held', 'passed')) OR (OLD.state = 'held' AND NEW.state IN ('due', 'skipped')) OR (OLD.state = 'claimed' AND NEW.state IN ('due', 'held', 'sending', 'with_human', 'skipped', 'failed', 'quarantined')) OR (OLD.state = 'sending' AND NEW.state IN ('sent', 'due', 'failed', 'in_doubt')) OR (OLD.state = 'with_human' AND NEW.state IN ('sent', 'skipped')) OR (OLD.state = 'in_doubt' AND NEW.state IN ('sent', 'due', 'skipped')) OR (OLD.state = 'quarantined' AND NEW.state IN ('due', 'skipped')) OR (OLD.state = 'failed' AND NEW.state IN ('due')) THEN RETURN NEW; END IF; RAISE EXCEPTION 'touches only move forward' USING ERRCODE = 'check_violation', CONSTRAINT = 'touches_only_move_forward';",
                    hash="86d3982076396bfe84feb37bb865b3fff78c9f53",
                    operation='UPDATE OF "state"',
                    pgid="pgtrigger_touches_only_move_forward_03c88",
                    table="nurture_touch",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddField(
            model_name="edit",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="edit",
            name="undoes",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="undone_by",
                to="nurture.edit",
            ),
        ),
        migrations.AddField(
            model_name="edit",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="edits", to="nurture.trackversion"
            ),
        ),
        migrations.AddField(
            model_name="lane",
            name="branch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="lanes", to="nurture.step"
            ),
        ),
        migrations.AddField(
            model_name="step",
            name="lane",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="steps",
                to="nurture.lane",
            ),
        ),
        migrations.AddField(
            model_name="pause",
            name="by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="pause",
            name="resumed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="pause",
            name="track",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="pauses", to="nurture.track"
            ),
        ),
        migrations.AddField(
            model_name="variant",
            name="part",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="variants", to="nurture.part"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="edit",
            trigger=pgtrigger.compiler.Trigger(
                name="edits_are_never_changed",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF current_setting('baton.erasing', true) = 'on' THEN\n                IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n                IF to_jsonb(NEW) - ARRAY[]::text[] = to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RETURN NEW;\n                END IF;\n            END IF;\n            RAISE EXCEPTION 'edits are never changed' USING ERRCODE = 'check_violation', CONSTRAINT = 'edits_are_never_changed';\n        ",
                    hash="eab23bc332041f64223747e05322f66e903469ae",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_edits_are_never_changed_ae6cc",
                    table="nurture_edit",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="lane",
            constraint=models.UniqueConstraint(
                fields=("branch", "number"), name="one_lane_per_branch_and_number"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lane",
            trigger=pgtrigger.compiler.Trigger(
                name="published_lanes_dont_change",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF NOT (EXISTS (SELECT 1 FROM nurture_step step JOIN nurture_trackversion version ON version.id = step.version_id WHERE step.id = OLD.branch_id AND version.published_at IS NOT NULL)) THEN RETURN COALESCE(NEW, OLD); END IF;\n            IF TG_OP = 'UPDATE' AND\n               to_jsonb(NEW) - ARRAY[]::text[] = to_jsonb(OLD) - ARRAY[]::text[]\n            THEN RETURN NEW; END IF;\n            RAISE EXCEPTION 'published lanes dont change' USING ERRCODE = 'check_violation', CONSTRAINT = 'published_lanes_dont_change';\n        ",
                    hash="5d143f0bdbc1b42d933bbf22e2205eeb63024afb",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_published_lanes_dont_change_bda1a",
                    table="nurture_lane",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lane",
            trigger=pgtrigger.compiler.Trigger(
                name="a_published_branch_gets_no_more_lanes",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF EXISTS (SELECT 1 FROM nurture_step step JOIN nurture_trackversion version ON version.id = step.version_id WHERE step.id = NEW.branch_id AND version.published_at IS NOT NULL) THEN RAISE EXCEPTION 'a published branch gets no more lanes' USING ERRCODE = 'check_violation', CONSTRAINT = 'a_published_branch_gets_no_more_lanes'; END IF; RETURN NEW;",
                    hash="a789cb0ad01f1148ed901853e9ad15158f81d4de",
                    operation='INSERT OR UPDATE OF "branch_id"',
                    pgid="pgtrigger_a_published_branch_gets_no_more_lanes_f4f19",
                    table="nurture_lane",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resumed_at", None)), fields=("track",), name="one_open_pause_per_track"
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("policy", ""), ("resumed_at", None)),
                    models.Q(("resumed_at__isnull", False), models.Q(("policy", ""), _negated=True)),
                    _connector="OR",
                ),
                name="a_pause_that_is_over_says_what_became_of_its_touches",
            ),
        ),
        migrations.AddConstraint(
            model_name="variant",
            constraint=models.UniqueConstraint(
                fields=("part", "number"), name="one_variant_per_part_and_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="variant",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="the_first_variant_is_the_parts_own"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="published_variants_dont_change",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF NOT (EXISTS (SELECT 1 FROM nurture_part part JOIN nurture_step step ON step.id = part.step_id JOIN nurture_trackversion version ON version.id = step.version_id WHERE part.id = OLD.part_id AND version.published_at IS NOT NULL)) THEN RETURN COALESCE(NEW, OLD); END IF;\n            IF TG_OP = 'UPDATE' AND\n               to_jsonb(NEW) - ARRAY[]::text[] = to_jsonb(OLD) - ARRAY[]::text[]\n            THEN RETURN NEW; END IF;\n            RAISE EXCEPTION 'published variants dont change' USING ERRCODE = 'check_violation', CONSTRAINT = 'published_variants_dont_change';\n        ",
                    hash="c51bf41857f3650cec973d12dc7c94a3191e5350",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_published_variants_dont_change_85abe",
                    table="nurture_variant",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="variant",
            trigger=pgtrigger.compiler.Trigger(
                name="a_published_part_gets_no_more_variants",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="IF EXISTS (SELECT 1 FROM nurture_part part JOIN nurture_step step ON step.id = part.step_id JOIN nurture_trackversion version ON version.id = step.version_id WHERE part.id = NEW.part_id AND version.published_at IS NOT NULL) THEN RAISE EXCEPTION 'a published part gets no more variants' USING ERRCODE = 'check_violation', CONSTRAINT = 'a_published_part_gets_no_more_variants'; END IF; RETURN NEW;",
                    hash="2a41c28aa9d3bfb643d8656e6f9f262e65138cf5",
                    operation='INSERT OR UPDATE OF "part_id"',
                    pgid="pgtrigger_a_published_part_gets_no_more_variants_a4680",
                    table="nurture_variant",
                    when="BEFORE",
                ),
            ),
        ),
    ]
