"""Gives organizers what they need of the accounts room."""

from django.db import migrations

from accounts.roles import JUDGE, ORGANIZER, grant


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(
            grant(
                "accounts",
                {
                    ORGANIZER: ["view_user", "add_user", "change_user", "view_auditentry"],
                    JUDGE: [],
                },
            ),
            migrations.RunPython.noop,
        )
    ]
