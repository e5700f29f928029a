"""The one guarded statement that saves an answer, in the words of both databases."""

# A save that waits longer is given up: the page sends it again (answered with 503).
TIMEOUT_MS = 2000

# The row lock makes saves and the end of an attempt take turns: whoever comes second sees what the
# first did, so an acknowledged answer is in the result and a finished attempt takes none (Q5-Q7).
# The two sentences travel together and form one transaction of their own.
POSTGRESQL = """
SET LOCAL statement_timeout = %(timeout_ms)s;
WITH attempt AS MATERIALIZED (
    SELECT id, generation, deadline_at, paper -> %(position)s::int AS item,
           COALESCE(%(now)s::timestamptz, clock_timestamp()) AS at
    FROM contests_attempt
    WHERE id = %(attempt)s AND writer = %(writer)s AND state = 'running'
      AND COALESCE(%(now)s::timestamptz, clock_timestamp())
          < deadline_at + %(grace)s::interval
    FOR UPDATE
)
INSERT INTO contests_answer AS stored
    (attempt_id, question_id, choice_id, generation, revision, saved_at)
SELECT id, (item ->> 'q')::bigint, (item -> 'c' ->> %(choice)s::int)::bigint, generation,
       %(revision)s::int, at
FROM attempt
WHERE item -> 'c' ->> %(choice)s::int IS NOT NULL
ON CONFLICT (attempt_id, question_id) DO UPDATE
SET choice_id = excluded.choice_id, generation = excluded.generation,
    revision = excluded.revision, saved_at = excluded.saved_at
WHERE (stored.generation, stored.revision) < (excluded.generation, excluded.revision)
RETURNING saved_at, (SELECT deadline_at FROM attempt)
"""

# SQLite has one writer at a time, so the statement itself is the lock. Instants are compared as
# text: both sides are written by Django in one format.
SQLITE = """
INSERT INTO contests_answer AS stored
    (attempt_id, question_id, choice_id, generation, revision, saved_at)
SELECT id, json_extract(paper, %(question_path)s), json_extract(paper, %(choice_path)s),
       generation, %(revision)s, %(now)s
FROM contests_attempt
WHERE id = %(attempt)s AND writer = %(writer)s AND state = 'running'
  AND deadline_at > %(latest)s
  AND json_extract(paper, %(choice_path)s) IS NOT NULL
ON CONFLICT (attempt_id, question_id) DO UPDATE
SET choice_id = excluded.choice_id, generation = excluded.generation,
    revision = excluded.revision, saved_at = excluded.saved_at
WHERE (stored.generation, stored.revision) < (excluded.generation, excluded.revision)
RETURNING saved_at,
    (SELECT CAST(deadline_at AS TEXT) FROM contests_attempt WHERE id = %(attempt)s)
"""
