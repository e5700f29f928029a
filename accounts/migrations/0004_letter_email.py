"""A letter may go to another address than the account's own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_letters"),
    ]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="email",
            field=models.EmailField(blank=True, max_length=254),
        ),
    ]
