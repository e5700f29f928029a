"""Certificates of awards; on PostgreSQL the database keeps what is printed on them (rules: A6)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARDS = """
CREATE FUNCTION scoring_guard_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF scoring_guard_is_off() THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  IF TG_OP = 'DELETE' OR OLD.revoked_at IS NOT NULL OR (
    NEW.id, NEW.contest_id, NEW.award_id, NEW.number, NEW.code, NEW.contest_name,
    NEW.parent_organ, NEW.organizer_name, NEW.quiz_name, NEW.issued_at, NEW.issued_by_id
  ) IS DISTINCT FROM (
    OLD.id, OLD.contest_id, OLD.award_id, OLD.number, OLD.code, OLD.contest_name,
    OLD.parent_organ, OLD.organizer_name, OLD.quiz_name, OLD.issued_at, OLD.issued_by_id
  ) THEN
    RAISE EXCEPTION 'certificate % was issued: it is revoked once, and nothing else', OLD.number
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER scoring_guard BEFORE UPDATE OR DELETE ON scoring_certificate
  FOR EACH ROW EXECUTE FUNCTION scoring_guard_certificate();
"""

BACKWARDS = """
DROP TRIGGER scoring_guard ON scoring_certificate;
DROP FUNCTION scoring_guard_certificate();
"""


def _on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0010_judge_blocks"),
        ("scoring", "0010_objections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Certificate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("code", models.CharField(max_length=28, unique=True, verbose_name="code")),
                ("contest_name", models.CharField(max_length=200, verbose_name="contest")),
                ("parent_organ", models.CharField(max_length=200, verbose_name="parent organ")),
                (
                    "organizer_name",
                    models.CharField(max_length=200, verbose_name="organizing board"),
                ),
                ("quiz_name", models.CharField(blank=True, max_length=120, verbose_name="quiz")),
                ("issued_at", models.DateTimeField(verbose_name="issued")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="revoked")),
                (
                    "revoked_reason",
                    models.TextField(blank=True, max_length=1000, verbose_name="reason"),
                ),
                (
                    "award",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificate",
                        to="scoring.award",
                        verbose_name="award",
                    ),
                ),
                (
                    "contest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certificates",
                        to="contests.contest",
                        verbose_name="contest",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="issued by",
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="revoked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "certificate",
                "verbose_name_plural": "certificates",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contest", "number"), name="certificate_number"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(revoked_at=None, revoked_by=None, revoked_reason="")
                        | (
                            models.Q(revoked_at__isnull=False, revoked_by__isnull=False)
                            & ~models.Q(revoked_reason="")
                        ),
                        name="certificate_revoked_whole",
                    ),
                ],
            },
        ),
        migrations.RunPython(_on_postgresql(FORWARDS), _on_postgresql(BACKWARDS)),
    ]
