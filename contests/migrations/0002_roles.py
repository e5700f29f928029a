"""Gives organizers what they need of the contests room."""

from django.db import migrations

from accounts.roles import ORGANIZER, grant

EDITED = ["unit", "participant", "exclusion", "judge", "conflict", "question", "choice"]
EDITED += ["quiz", "blueprintrow"]


class Migration(migrations.Migration):
    dependencies = [("contests", "0001_initial"), ("accounts", "0002_roles")]

    operations = [
        migrations.RunPython(
            grant(
                "contests",
                {
                    ORGANIZER: [
                        *(
                            f"{act}_{model}"
                            for model in EDITED
                            for act in ("view", "add", "change", "delete")
                        ),
                        "view_contest",
                        "change_contest",
                        "view_attempt",
                        "view_flag",
                        "change_flag",
                        "view_settingchange",
                    ]
                },
            ),
            migrations.RunPython.noop,
        )
    ]
