"""On PostgreSQL the database itself keeps published result sets and their rows (rules: A3, A4)."""

from django.db import migrations

TABLES = ("unitresult", "personresult", "videoresult", "award")

SETS = """
CREATE FUNCTION scoring_guard_result_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF scoring_guard_is_off() OR OLD.state = 'draft' THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  IF TG_OP = 'DELETE' OR OLD.state = 'final' THEN
    RAISE EXCEPTION 'result set % was published: it does not change', OLD.number
      USING ERRCODE = 'check_violation';
  END IF;
  -- A provisional one may become final, and nothing else.
  IF NEW.state = 'draft' OR (
    NEW.contest_id, NEW.number, NEW.digest, NEW.statistics, NEW.undecided, NEW.void_decisions,
    NEW.built_at, NEW.published_at, NEW.published_by_id, NEW.correction_reason, NEW.seal
  ) IS DISTINCT FROM (
    OLD.contest_id, OLD.number, OLD.digest, OLD.statistics, OLD.undecided, OLD.void_decisions,
    OLD.built_at, OLD.published_at, OLD.published_by_id, OLD.correction_reason, OLD.seal
  ) THEN
    RAISE EXCEPTION 'result set % was published: its figures do not change', OLD.number
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER scoring_guard BEFORE UPDATE OR DELETE ON scoring_resultset
  FOR EACH ROW EXECUTE FUNCTION scoring_guard_result_set();

-- Asked once a statement: a result of a million rows is written and removed as fast as without it.
CREATE FUNCTION scoring_guard_results() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  published integer;
BEGIN
  IF scoring_guard_is_off() THEN
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    SELECT number INTO published FROM scoring_resultset
    WHERE state <> 'draft' AND id IN (SELECT DISTINCT result_set_id FROM rows_before) LIMIT 1;
  END IF;
  IF published IS NULL AND TG_OP <> 'DELETE' THEN
    SELECT number INTO published FROM scoring_resultset
    WHERE state <> 'draft' AND id IN (SELECT DISTINCT result_set_id FROM rows_after) LIMIT 1;
  END IF;
  IF published IS NOT NULL THEN
    RAISE EXCEPTION 'result set % was published: its rows do not change', published
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
"""

ROWS = """
CREATE TRIGGER scoring_guard_insert AFTER INSERT ON scoring_{table}
  REFERENCING NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION scoring_guard_results();
CREATE TRIGGER scoring_guard_update AFTER UPDATE ON scoring_{table}
  REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after
  FOR EACH STATEMENT EXECUTE FUNCTION scoring_guard_results();
CREATE TRIGGER scoring_guard_delete AFTER DELETE ON scoring_{table}
  REFERENCING OLD TABLE AS rows_before
  FOR EACH STATEMENT EXECUTE FUNCTION scoring_guard_results();
"""

FORWARDS = SETS + "".join(ROWS.format(table=table) for table in TABLES)

BACKWARDS = (
    "".join(
        f"DROP TRIGGER scoring_guard_{act} ON scoring_{table};\n"
        for table in TABLES
        for act in ("insert", "update", "delete")
    )
    + """
DROP TRIGGER scoring_guard ON scoring_resultset;
DROP FUNCTION scoring_guard_results();
DROP FUNCTION scoring_guard_result_set();
"""
)


def _on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("scoring", "0008_discussion_guards")]

    operations = [migrations.RunPython(_on_postgresql(FORWARDS), _on_postgresql(BACKWARDS))]
