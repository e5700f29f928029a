"""Objections to published results, by units and people (rules: A4)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_letter_email"),
        ("contests", "0010_judge_blocks"),
        ("scoring", "0009_published_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Objection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("text", models.TextField(max_length=4000, verbose_name="what is objected to")),
                ("answer", models.TextField(blank=True, max_length=4000, verbose_name="answer")),
                (
                    "effect",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("kept", "the results are kept"),
                            ("corrected", "the results are corrected"),
                        ],
                        max_length=10,
                        verbose_name="effect",
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True, verbose_name="answered at")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="withdrawn at")),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="answered by",
                    ),
                ),
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
                    "letter",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="objection",
                        to="accounts.letter",
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="contests.participant",
                        verbose_name="participant",
                    ),
                ),
                (
                    "result_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="scoring.resultset",
                        verbose_name="result set",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="objections",
                        to="contests.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "objection",
                "verbose_name_plural": "objections",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("participant__isnull", False), ("unit", None)),
                            models.Q(("participant", None), ("unit__isnull", False)),
                            _connector="OR",
                        ),
                        name="objection_of_unit_or_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="objection_has_text"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer", ""),
                                ("answered_at", None),
                                ("answered_by", None),
                                ("effect", ""),
                            ),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                                models.Q(("answer", ""), _negated=True),
                                models.Q(("effect", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="objection_answered_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_at", None), ("withdrawn_at", None), _connector="OR"
                        ),
                        name="objection_settled_once",
                    ),
                ],
            },
        ),
    ]
