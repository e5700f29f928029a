"""A picture of a question; one question at a time or all on one page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0003_practice"),
    ]

    operations = [
        migrations.AddField(
            model_name="question",
            name="picture",
            field=models.CharField(
                blank=True, editable=False, max_length=80, verbose_name="picture"
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="picture_alt",
            field=models.CharField(
                blank=True,
                help_text="Read out to people who cannot see the picture.",
                max_length=300,
                verbose_name="the picture in words",
            ),
        ),
        migrations.AddField(
            model_name="quiz",
            name="layout",
            field=models.CharField(
                choices=[
                    ("cards", "one question at a time"),
                    ("page", "all questions on one page"),
                ],
                default="cards",
                max_length=10,
                verbose_name="questions are shown",
            ),
        ),
    ]
