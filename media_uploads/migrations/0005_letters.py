"""A notice keeps what it tells of; the letter itself moves into the one outbox."""

import django.db.models.deletion
from django.db import migrations, models

GIVEN_UP = 5


def move(apps, schema_editor):
    """Give every notice its letter, to the unit's coordinator.

    Where there is none any more it is kept as written to who uploaded the video: one that had not
    gone out by then never will.
    """
    letters = apps.get_model("accounts", "Letter").objects
    notices = apps.get_model("media_uploads", "Notice").objects
    for notice in notices.select_related("video__unit").order_by("pk"):
        coordinator_id = notice.video.unit.coordinator_id
        lost = coordinator_id is None and notice.sent_at is None
        notice.letter = letters.create(
            to_id=coordinator_id or notice.video.uploaded_by_id,
            subject=notice.subject,
            body=notice.body,
            at=notice.at,
            due_at=notice.due_at,
            sent_at=notice.sent_at,
            tries=GIVEN_UP if lost else notice.tries,
        )
        notice.save(update_fields=["letter"])
    if schema_editor.connection.vendor == "postgresql":
        # References are checked at the end; a table with checks to come cannot be altered.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_letters"),
        ("media_uploads", "0004_replacing_notices_captions"),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="letter",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notice",
                to="accounts.letter",
            ),
        ),
        migrations.RunPython(move),
        migrations.AlterField(
            model_name="notice",
            name="letter",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notice",
                to="accounts.letter",
            ),
        ),
        migrations.RemoveField(model_name="notice", name="subject"),
        migrations.RemoveField(model_name="notice", name="body"),
        migrations.RemoveField(model_name="notice", name="due_at"),
        migrations.RemoveField(model_name="notice", name="sent_at"),
        migrations.RemoveField(model_name="notice", name="tries"),
    ]
