"""An organizer may give a contest an own template of its judging minutes."""

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0009_quiz_roles"),
        ("scoring", "0005_panel_discussions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MinutesTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.BinaryField(verbose_name="file")),
                ("name", models.CharField(max_length=200, verbose_name="name of the file")),
                ("uploaded_at", models.DateTimeField(verbose_name="uploaded at")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "contest",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="minutes_template",
                        to="contests.contest",
                        verbose_name="contest",
                    ),
                ),
            ],
            options={
                "verbose_name": "template of the judging minutes",
                "verbose_name_plural": "templates of the judging minutes",
                "constraints": [
                    models.CheckConstraint(
                        condition=django.db.models.lookups.LessThanOrEqual(
                            django.db.models.functions.text.Length("content"), 1048576
                        ),
                        name="minutes_template_size",
                    )
                ],
            },
        ),
    ]
