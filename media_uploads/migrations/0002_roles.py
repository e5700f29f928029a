"""Gives organizers what they need of the videos."""

from django.db import migrations

from accounts.roles import ORGANIZER, grant


class Migration(migrations.Migration):
    dependencies = [("media_uploads", "0001_initial"), ("contests", "0002_roles")]

    operations = [
        migrations.RunPython(
            grant(
                "media_uploads",
                {ORGANIZER: ["view_videosubmission", "change_videosubmission"]},
            ),
            migrations.RunPython.noop,
        )
    ]
