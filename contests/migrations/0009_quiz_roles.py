"""Lets organizers give extra time and mend keys."""

from django.db import migrations

from accounts.roles import ORGANIZER, grant


class Migration(migrations.Migration):
    dependencies = [("contests", "0008_flags_of_attempts"), ("accounts", "0002_roles")]

    operations = [
        migrations.RunPython(
            grant(
                "contests",
                {
                    ORGANIZER: [
                        "view_extratime",
                        "add_extratime",
                        "view_keychange",
                        "add_keychange",
                    ]
                },
            ),
            migrations.RunPython.noop,
        )
    ]
