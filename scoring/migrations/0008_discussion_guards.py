"""On PostgreSQL the database itself keeps the minutes of the panel's discussions (rules: M5)."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION scoring_guard_discussion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF scoring_guard_is_off() THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  RAISE EXCEPTION 'minutes of a discussion are only added to' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER scoring_guard BEFORE UPDATE OR DELETE ON scoring_paneldiscussion
  FOR EACH ROW EXECUTE FUNCTION scoring_guard_discussion();
"""

BACKWARDS = """
DROP TRIGGER scoring_guard ON scoring_paneldiscussion;
DROP FUNCTION scoring_guard_discussion();
"""


def _on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("scoring", "0007_panel_letters")]

    operations = [migrations.RunPython(_on_postgresql(FORWARDS), _on_postgresql(BACKWARDS))]
