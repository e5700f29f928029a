"""Quizzes and questions to practise on, which never count (rules: Q1)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0002_roles"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="question",
            name="question_version_once",
        ),
        migrations.RemoveConstraint(
            model_name="question",
            name="question_one_current_version",
        ),
        migrations.AddField(
            model_name="question",
            name="is_practice",
            field=models.BooleanField(
                default=False,
                help_text="Drawn by practice quizzes only, never by one that counts.",
                verbose_name="practice bank",
            ),
        ),
        migrations.AddField(
            model_name="quiz",
            name="is_practice",
            field=models.BooleanField(
                default=False,
                help_text="Draws from the practice bank only, for everybody to try; it never counts for a person, a unit or a prize.",
                verbose_name="practice",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                fields=("contest", "is_practice", "number", "version"), name="question_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_current", True)),
                fields=("contest", "is_practice", "number"),
                name="question_one_current_version",
            ),
        ),
    ]
