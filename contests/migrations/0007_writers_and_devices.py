"""Which session holds an attempt, and in which browser it began (rules: Q5, Q13)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0006_key_changes"),
    ]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="device",
            field=models.CharField(blank=True, default="", editable=False, max_length=43),
        ),
        migrations.AddField(
            model_name="attempt",
            name="holder",
            field=models.CharField(blank=True, default="", editable=False, max_length=43),
        ),
    ]
