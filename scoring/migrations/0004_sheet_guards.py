"""On PostgreSQL the database itself keeps submitted sheets and the history (rules: M1, M2, M6)."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION scoring_guard_is_off() RETURNS boolean LANGUAGE sql AS $$
  SELECT coalesce(current_setting('scoring.guard', true), '') = 'off'
$$;

CREATE FUNCTION scoring_guard_mark() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of_sheet bigint;
  most numeric;
BEGIN
  IF scoring_guard_is_off() THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  IF TG_OP = 'DELETE' THEN
    of_sheet := OLD.sheet_id;
  ELSE
    of_sheet := NEW.sheet_id;
    SELECT max_marks INTO most FROM scoring_criterion WHERE id = NEW.criterion_id;
    IF NEW.value > most OR NEW.value * 2 <> trunc(NEW.value * 2) THEN
      RAISE EXCEPTION 'mark % is not from 0 to % in steps of 0.5', NEW.value, most
        USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF EXISTS (SELECT FROM scoring_scoresheet WHERE id = of_sheet AND state <> 'draft') THEN
    RAISE EXCEPTION 'score sheet % is not a draft: its marks do not change', of_sheet
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER scoring_guard BEFORE INSERT OR UPDATE OR DELETE ON scoring_mark
  FOR EACH ROW EXECUTE FUNCTION scoring_guard_mark();

CREATE FUNCTION scoring_guard_sheet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF scoring_guard_is_off() OR OLD.state <> 'submitted' THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  IF TG_OP = 'DELETE' OR NEW.state <> 'draft' OR NOT EXISTS (
    SELECT FROM scoring_markchange
    WHERE sheet_id = OLD.id AND act = 'reopen' AND at >= OLD.submitted_at
  ) THEN
    RAISE EXCEPTION 'score sheet % was handed in and was not opened again', OLD.id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER scoring_guard BEFORE UPDATE OR DELETE ON scoring_scoresheet
  FOR EACH ROW EXECUTE FUNCTION scoring_guard_sheet();

CREATE FUNCTION scoring_guard_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF scoring_guard_is_off() THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  RAISE EXCEPTION 'the history of marks is only added to' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER scoring_guard BEFORE UPDATE OR DELETE ON scoring_markchange
  FOR EACH ROW EXECUTE FUNCTION scoring_guard_history();
"""

BACKWARDS = """
DROP TRIGGER scoring_guard ON scoring_mark;
DROP TRIGGER scoring_guard ON scoring_scoresheet;
DROP TRIGGER scoring_guard ON scoring_markchange;
DROP FUNCTION scoring_guard_mark();
DROP FUNCTION scoring_guard_sheet();
DROP FUNCTION scoring_guard_history();
DROP FUNCTION scoring_guard_is_off();
"""


def _on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("scoring", "0003_sheet_history")]

    operations = [migrations.RunPython(_on_postgresql(FORWARDS), _on_postgresql(BACKWARDS))]
