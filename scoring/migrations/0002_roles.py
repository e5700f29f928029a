"""Gives organizers and judges what they need of marks and results."""

from django.db import migrations

from accounts.roles import JUDGE, ORGANIZER, grant

EDITED = ["criterion", "awardtier"]
SEEN = ["resultset", "scoresheet", "markchange", "tiedecision"]


class Migration(migrations.Migration):
    dependencies = [("scoring", "0001_initial"), ("media_uploads", "0002_roles")]

    operations = [
        migrations.RunPython(
            grant(
                "scoring",
                {
                    ORGANIZER: [
                        *(
                            f"{act}_{model}"
                            for model in EDITED
                            for act in ("view", "add", "change", "delete")
                        ),
                        *(f"view_{model}" for model in SEEN),
                    ],
                    JUDGE: ["view_scoresheet", "change_scoresheet"],
                },
            ),
            migrations.RunPython.noop,
        )
    ]
