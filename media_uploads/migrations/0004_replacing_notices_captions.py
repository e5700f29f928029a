"""What organizers ask for, allow and supply; letters to the unit; captions; approval."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0009_quiz_roles"),
        ("media_uploads", "0003_uploads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="videosubmission",
            name="asked_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="videosubmission",
            name="asked_reason",
            field=models.TextField(blank=True, verbose_name="a new version is asked for because"),
        ),
        migrations.AddField(
            model_name="videosubmission",
            name="captions",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name="videosubmission",
            name="supplied",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="videosubmission",
            name="supplied_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="videosubmission",
            name="supplied_reason",
            field=models.TextField(blank=True, verbose_name="copy supplied because"),
        ),
        migrations.AlterField(
            model_name="videosubmission",
            name="in_gallery",
            field=models.BooleanField(default=False, verbose_name="in the public gallery"),
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("refused", "refused by the inspection"),
                            ("failed", "could not be processed"),
                            ("declined", "refused by the organizer"),
                            ("asked", "a new version is asked for"),
                            ("allowed", "one replacement is allowed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "video",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="media_uploads.videosubmission",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "refused")),
                        fields=("video",),
                        name="verdict_told_once",
                    ),
                    models.UniqueConstraint(fields=("video", "kind", "at"), name="act_told_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Replacement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slot", models.PositiveSmallIntegerField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replacements",
                        to="contests.unit",
                    ),
                ),
                (
                    "upload",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="replacement",
                        to="media_uploads.upload",
                    ),
                ),
                (
                    "video",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="replacement",
                        to="media_uploads.videosubmission",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("at"))),
                        name="replacement_ends_later",
                    )
                ],
            },
        ),
    ]
