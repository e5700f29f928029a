"""Every change of a sheet has its row; private notes; why a sheet was opened again (rules: M6)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0002_roles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="markchange",
            name="act",
            field=models.CharField(
                choices=[
                    ("mark", "mark given"),
                    ("submit", "sheet handed in"),
                    ("reopen", "sheet opened again"),
                    ("excuse", "judge excused"),
                    ("conflict", "conflict of interest declared"),
                ],
                default="mark",
                max_length=10,
                verbose_name="act",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="markchange",
            name="marks",
            field=models.JSONField(null=True, verbose_name="marks of the sheet"),
        ),
        migrations.AddField(
            model_name="scoresheet",
            name="notes",
            field=models.TextField(blank=True, verbose_name="private notes"),
        ),
        migrations.AddField(
            model_name="scoresheet",
            name="reopened_reason",
            field=models.TextField(blank=True, editable=False, verbose_name="opened again because"),
        ),
        migrations.AlterField(
            model_name="markchange",
            name="criterion",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="scoring.criterion",
                verbose_name="criterion",
            ),
        ),
        migrations.AlterField(
            model_name="markchange",
            name="reason",
            field=models.TextField(blank=True, verbose_name="reason"),
        ),
        migrations.AlterField(
            model_name="scoresheet",
            name="remark",
            field=models.TextField(blank=True, verbose_name="remark to the unit"),
        ),
        migrations.AddConstraint(
            model_name="markchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("act", "mark"), ("criterion__isnull", False)),
                    models.Q(models.Q(("act", "mark"), _negated=True), ("criterion__isnull", True)),
                    _connector="OR",
                ),
                name="mark_change_names_criterion",
            ),
        ),
        migrations.AddConstraint(
            model_name="markchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("act__in", ["reopen", "excuse", "conflict"]), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="mark_change_has_reason",
            ),
        ),
    ]
