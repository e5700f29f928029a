"""What a person should look at in an attempt (rules: Q13)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0007_writers_and_devices"),
    ]

    operations = [
        migrations.AddField(
            model_name="flag",
            name="attempt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="flags",
                to="contests.attempt",
                verbose_name="attempt",
            ),
        ),
        migrations.AlterField(
            model_name="flag",
            name="kind",
            field=models.CharField(
                choices=[
                    ("same_name", "same name and birth date in one unit"),
                    ("code_reissued", "access code issued again"),
                    ("fast", "unusually fast"),
                    ("same_answers", "the same wrong answers as somebody else"),
                    ("shared_device", "several people on one device"),
                ],
                max_length=30,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="flag",
            constraint=models.UniqueConstraint(
                condition=models.Q(("attempt__isnull", False)),
                fields=("attempt", "kind"),
                name="flag_once_per_attempt",
            ),
        ),
    ]
