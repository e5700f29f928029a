"""A journal of every answer that was ever stored, which the database itself writes."""

from django.db import connection

AS_TABLE = "CREATE TABLE tests_journal (attempt bigint, question bigint, choice bigint)"
NOTE = "INSERT INTO tests_journal VALUES (NEW.attempt_id, NEW.question_id, NEW.choice_id);"
ON_SQLITE = [
    AS_TABLE,
    f"CREATE TRIGGER tests_added AFTER INSERT ON contests_answer BEGIN {NOTE} END",
    f"CREATE TRIGGER tests_changed AFTER UPDATE ON contests_answer BEGIN {NOTE} END",
]
OFF_SQLITE = [
    "DROP TRIGGER tests_added",
    "DROP TRIGGER tests_changed",
    "DROP TABLE tests_journal",
]
ON_POSTGRESQL = [
    AS_TABLE,
    "CREATE FUNCTION tests_note() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN {NOTE} RETURN NULL; END $$",
    "CREATE TRIGGER tests_noted AFTER INSERT OR UPDATE ON contests_answer"
    " FOR EACH ROW EXECUTE FUNCTION tests_note()",
]
OFF_POSTGRESQL = [
    "DROP TRIGGER tests_noted ON contests_answer",
    "DROP FUNCTION tests_note()",
    "DROP TABLE tests_journal",
]


class Journal:
    """Every answer that was ever stored, noted by the database itself."""

    def __init__(self) -> None:
        # The browser's events come in the middle of anything: a connection of their own.
        self._own = connection.copy()
        self._is_sqlite = connection.vendor == "sqlite"
        self._run(ON_SQLITE if self._is_sqlite else ON_POSTGRESQL)

    def _run(self, statements: list[str]) -> None:
        with self._own.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def close(self) -> None:
        self._run(OFF_SQLITE if self._is_sqlite else OFF_POSTGRESQL)
        self._own.close()

    def had(self, attempt: int, question: int, choice: int) -> bool:
        condition = "attempt = %s AND question = %s AND choice = %s"
        return self._count("*", condition, [attempt, question, choice]) > 0

    def answered(self, attempt: int) -> int:
        return self._count("DISTINCT question", "attempt = %s", [attempt])

    def _count(self, what: str, condition: str, values: list[int]) -> int:
        with self._own.cursor() as cursor:
            cursor.execute(f"SELECT count({what}) FROM tests_journal WHERE {condition}", values)
            return int(cursor.fetchone()[0])
