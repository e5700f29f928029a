"""What a set was computed by is kept with it, and by PostgreSQL once it is published (rules: A3)."""

import django.db.models.deletion
from django.db import migrations, models

FORWARDS = """
CREATE TRIGGER scoring_guard_insert AFTER INSERT ON scoring_basis
  REFERENCING NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION scoring_guard_results();
CREATE TRIGGER scoring_guard_update AFTER UPDATE ON scoring_basis
  REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION scoring_guard_results();
CREATE TRIGGER scoring_guard_delete AFTER DELETE ON scoring_basis
  REFERENCING OLD TABLE AS rows_before
  FOR EACH STATEMENT EXECUTE FUNCTION scoring_guard_results();
"""
BACKWARDS = "".join(
    f"DROP TRIGGER scoring_guard_{act} ON scoring_basis;\n"
    for act in ("insert", "update", "delete")
)


def _on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("scoring", "0011_certificates")]

    operations = [
        migrations.CreateModel(
            name="Basis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.JSONField()),
                (
                    "result_set",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="basis",
                        to="scoring.resultset",
                    ),
                ),
            ],
            options={
                "verbose_name": "basis of a result",
                "verbose_name_plural": "bases of results",
            },
        ),
        migrations.RunPython(_on_postgresql(FORWARDS), _on_postgresql(BACKWARDS)),
    ]
