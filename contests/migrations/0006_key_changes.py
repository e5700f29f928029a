"""Mended keys (rules: Q12)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("contests", "0005_extra_time"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeyChange",
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
                            ("accept", "accept another choice"),
                            ("accept_all", "accept every answer given"),
                            ("drop", "take the question out of the count"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="at")),
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
                    "choice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contests.choice",
                        verbose_name="choice",
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="key_changes",
                        to="contests.question",
                        verbose_name="question",
                    ),
                ),
            ],
            options={
                "verbose_name": "mended key",
                "verbose_name_plural": "mended keys",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("choice__isnull", False), ("kind", "accept")),
                            models.Q(models.Q(("kind", "accept"), _negated=True), ("choice", None)),
                            _connector="OR",
                        ),
                        name="key_change_names_a_choice",
                    ),
                    models.UniqueConstraint(
                        fields=("question", "choice"), name="key_change_choice_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("choice", None)),
                        fields=("question", "kind"),
                        name="key_change_kind_once",
                    ),
                ],
            },
        ),
    ]
