"""Mends a wrong key: what it would change, then one regrade of all it touches (rules: Q12)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import OperationalError, connection, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.models import User
from contests.freezing import ReasonMissing
from contests.grading import Graded, NoKey
from contests.keys import Key, Mend, key_of_contest
from contests.models import Answer, Attempt, Choice, Contest, KeyChange, Question, SettingChange
from contests.models.attempts import seal_of

CHUNK = 500
# Of receipts that stand in the way a refusal names the first.
RECEIPTS_SHOWN = 10
# Whoever hands in at that moment is waited for this long, and waits no longer for us to begin.
WAIT_MS = 5000
LETTERS = "ABCDEFGHIJ"
STORE = "UPDATE contests_attempt SET correct = %s, questions = %s, seal = %s WHERE id = %s"


class MendRefused(Exception):
    """The key cannot be mended so; `args[0]` is the list of reasons, as sentences."""

    def __str__(self) -> str:
        return "\n".join(self.args[0])


@dataclass(frozen=True, slots=True)
class Regrade:
    """A finished attempt whose result another key changes; named as the result's inputs name it."""

    attempt_id: int
    quiz: str
    person_number: int
    number: int
    before: Graded
    after: Graded


@dataclass(frozen=True)
class Preview:
    """What one mended key would do now: nothing of it is stored.

    `finished` and `running` count the attempts that have the question on their paper; a running
    one obeys the key when it ends. `obstacles` are sentences; with one of them it is refused.
    """

    regrades: tuple[Regrade, ...]
    finished: int
    running: int
    obstacles: tuple[str, ...]


class Mended(NamedTuple):
    """A mended key; `is_new` False where it was mended so before and nothing was done."""

    key_change: KeyChange
    is_new: bool
    finished: int = 0
    changed: int = 0


class _Held(NamedTuple):
    """The attempts, by id, that have a question on their paper."""

    finished: list[int]
    running: list[int]


@dataclass(frozen=True, slots=True)
class _Look:
    """One finished attempt under both keys; `is_sound`: its seal and its result are its own."""

    attempt: Attempt
    answers: dict[int, int]
    before: Graded
    after: Graded
    is_sound: bool


def preview(
    *, question: Question, kind: str, choice: Choice | None = None, now: dt.datetime
) -> Preview:
    """Return whose result would change (rules: Q12). Writes nothing."""
    held = _held(question)
    before = key_of_contest(question.contest_id)
    if obstacles := _obstacles(question, kind, choice, held, before, now):
        return Preview((), len(held.finished), len(held.running), tuple(obstacles))
    after = before.mended(_mend(question, kind, choice), _choice_ids(question))
    regrades, unsound, emptied = [], [], _running_emptied(held, after)
    rows = Attempt.objects.select_related("quiz", "participant")
    for look in _looks(rows, held.finished, before, after):
        attempt = look.attempt
        if not look.is_sound:
            unsound.append(attempt.receipt)
        if not look.after.questions:
            emptied.append(attempt.receipt)
        if look.after != look.before:
            person = attempt.participant.number
            regrades.append(
                Regrade(
                    attempt.pk, attempt.quiz.slug, person, attempt.number, look.before, look.after
                )
            )
    return Preview(
        tuple(regrades),
        len(held.finished),
        len(held.running),
        tuple(_said_of(unsound, emptied)),
    )


@transaction.atomic
def mend_key(
    *,
    question: Question,
    kind: str,
    choice: Choice | None = None,
    reason: str,
    by: User,
    address: str = "",
    now: dt.datetime,
) -> Mended:
    """Mend the key and grade every finished attempt with the question again (rules: Q12, A7).

    The same again does nothing and says so. A result is sealed anew only where the old seal is
    whole: with a broken one everything is refused, so that tampering is never sealed over. What
    is handed in meanwhile waits, and is graded by the mended key. Raises ReasonMissing,
    MendRefused.
    """
    if not reason.strip():
        raise ReasonMissing
    contest = Contest.objects.select_for_update().get(pk=question.contest_id)
    _wait_for_graders()
    given = KeyChange.objects.filter(question=question, kind=kind, choice=choice).first()
    if given is not None:
        return Mended(given, is_new=False)
    held, before = _held(question), key_of_contest(contest.pk)
    if obstacles := _obstacles(question, kind, choice, held, before, now):
        raise MendRefused(obstacles)
    change = KeyChange.objects.create(
        question=question, kind=kind, choice=choice, reason=reason.strip(), by=by, at=now
    )
    after = key_of_contest(contest.pk)
    counts = _regrade(held, before, after)
    # The log is read by organizers only, who may see keys at any time (rules: Q10).
    audit.record(
        action="question.mend_key",
        target=f"question {question.number} version {question.version}",
        contest=contest.slug,
        actor=by,
        address=address,
        before={"key": _letters(question, before), **counts["before"]},
        after={
            "mended": kind,
            "key": _letters(question, after),
            **counts["after"],
            "attempts": counts["finished"],
            "changed": counts["changed"],
        },
        reason=reason.strip(),
        now=now,
    )
    # Practice counts for nobody, so no result is printed that it could stand with (rules: C4).
    if not question.is_practice and contest.settings_are_frozen(now):
        SettingChange.objects.create(
            contest=contest,
            at=now,
            by=by,
            target=f"question {question.number} {question.version} key",
            before=None,
            after={"kind": kind, "choice": LETTERS[choice.position] if choice else ""},
            reason=reason.strip(),
        )
    return Mended(change, is_new=True, finished=counts["finished"], changed=counts["changed"])


def _wait_for_graders() -> None:
    """Let nobody read the key to grade until this transaction ends; wait for those who have.

    On PostgreSQL a statement takes its snapshot only after it has the locks of its tables: who
    grades reads the key before this lock and is finished when the attempts are looked for, or
    waits and reads the mended one. On SQLite the transaction is the only writer anyway.
    """
    if connection.vendor != "postgresql":
        return
    table = connection.ops.quote_name(KeyChange._meta.db_table)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = %s", [WAIT_MS])
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        raise MendRefused(
            [_("Many people are handing in at this moment. Please try again in a minute.")]
        ) from error


def _held(question: Question) -> _Held:
    found = _Held([], [])
    rows = Attempt.objects.holding(question).order_by("pk")
    for pk, state in rows.values_list("pk", "state"):
        (found.running if state == Attempt.State.RUNNING else found.finished).append(pk)
    return found


def _regrade(held: _Held, before: Key, after: Key) -> dict[str, Any]:
    """Store the results under the new key, chunk by chunk in the order of their rows."""
    unsound, emptied = [], _running_emptied(held, after)
    old, new, changed = Graded(0, 0), Graded(0, 0), 0
    # Rows that answers and flags refer to may go on being referred to meanwhile.
    rows = Attempt.objects.select_for_update(no_key=True)
    stored: list[Attempt] = []
    for look in _looks(rows, held.finished, before, after):
        attempt = look.attempt
        old, new = _sum(old, look.before), _sum(new, look.after)
        if not look.is_sound:
            unsound.append(attempt.receipt)
        if not look.after.questions:
            emptied.append(attempt.receipt)
        if look.after != look.before:
            attempt.correct, attempt.questions = look.after.correct, look.after.questions
            attempt.seal = seal_of(attempt, look.answers)
            stored.append(attempt)
            changed += 1
        if len(stored) == CHUNK:
            _store(stored)
    _store(stored)
    if refused := _said_of(unsound, emptied):
        raise MendRefused(refused)
    return {
        "finished": len(held.finished),
        "changed": changed,
        "before": {"correct": old.correct, "questions": old.questions},
        "after": {"correct": new.correct, "questions": new.questions},
    }


def _store(attempts: list[Attempt]) -> None:
    # `bulk_update` would take five times as long, and everybody who hands in waits for this.
    with connection.cursor() as cursor:
        cursor.executemany(STORE, [(a.correct, a.questions, a.seal, a.pk) for a in attempts])
    attempts.clear()


def _looks(
    rows: models.QuerySet[Attempt], pks: list[int], before: Key, after: Key
) -> Iterator[_Look]:
    """Look at finished attempts under both keys, a chunk at a time: two queries each."""
    for start in range(0, len(pks), CHUNK):
        chunk = rows.filter(pk__in=pks[start : start + CHUNK]).order_by("pk")
        yield from _looks_at(list(chunk), before, after)


def _looks_at(attempts: list[Attempt], before: Key, after: Key) -> Iterator[_Look]:
    answers: dict[int, dict[int, int]] = {attempt.pk: {} for attempt in attempts}
    for attempt_id, question_id, choice_id in Answer.objects.filter(
        attempt__in=list(answers)
    ).values_list("attempt_id", "question_id", "choice_id"):
        answers[attempt_id][question_id] = choice_id
    for attempt in attempts:
        given, paper = answers[attempt.pk], [item["q"] for item in attempt.paper]
        stored = Graded(attempt.correct or 0, attempt.questions or 0)
        try:
            regraded = after.grade(paper, given)
            is_own = stored in (before.grade(paper, given), regraded)
        except NoKey:  # the paper has a question of no bank of this contest
            regraded, is_own = stored, False
        yield _Look(
            attempt,
            given,
            stored,
            regraded,
            is_sound=is_own and attempt.seal == seal_of(attempt, given),
        )


def _obstacles(
    question: Question,
    kind: str,
    choice: Choice | None,
    held: _Held,
    key: Key,
    now: dt.datetime,
) -> list[str]:
    """Return why the key cannot be mended so, whatever was answered."""
    if kind not in KeyChange.Kind.values or (kind == KeyChange.Kind.ACCEPT) == (choice is None):
        return [_("Choose how the key is to be mended.")]
    if choice is not None and choice.question_id != question.pk:
        return [_("This choice belongs to another question.")]
    if not held.finished and not held.running:
        return [
            _("Nobody has this version of the question on a paper: correct it on its own page.")
        ]
    if question.pk in key.dropped:
        return [_("This question is out of the count already.")]
    mended = key.mended(_mend(question, kind, choice), _choice_ids(question))
    if mended == key:
        return [_("These answers are accepted already.")]
    return _quizzes_emptied(question, mended, now) if kind == KeyChange.Kind.DROP else []


def _quizzes_emptied(question: Question, key: Key, now: dt.datetime) -> list[str]:
    """Name the quizzes that could still draw a paper of nothing but dropped questions."""
    bank = Question.objects.current().filter(
        contest=question.contest_id, is_practice=question.is_practice
    )
    dropped = bank.filter(pk__in=key.dropped).count()
    quizzes = question.contest.quizzes.filter(is_practice=question.is_practice)
    return [
        _(
            "“%(quiz)s” can still draw a paper of dropped questions alone. Take them out of the"
            " bank first."
        )
        % {"quiz": quiz.name}
        for quiz in quizzes.filter(closes_at__gt=now).order_by("pk").prefetch_related("blueprint")
        if 0 < quiz.question_count() <= dropped
    ]


def _running_emptied(held: _Held, key: Key) -> list[str]:
    """Return the receipts of running attempts that would have no question left to grade."""
    rows = Attempt.objects.filter(pk__in=held.running).order_by("pk")
    return [
        receipt
        for receipt, paper in rows.values_list("receipt", "paper")
        if all(item["q"] in key.dropped for item in paper)
    ]


def _said_of(unsound: list[str], emptied: list[str]) -> list[str]:
    said = []
    if unsound:
        said.append(
            ngettext(
                "%(count)s attempt is not what was sealed, and a regrade must not seal it anew:"
                " %(receipts)s. Find out first what happened.",
                "%(count)s attempts are not what was sealed, and a regrade must not seal them anew:"
                " %(receipts)s. Find out first what happened.",
                len(unsound),
            )
            % {"count": len(unsound), "receipts": _listed(unsound)}
        )
    if emptied:
        said.append(
            ngettext(
                "%(count)s attempt would have no question left: %(receipts)s. Accept every answer"
                " instead.",
                "%(count)s attempts would have no question left: %(receipts)s. Accept every answer"
                " instead.",
                len(emptied),
            )
            % {"count": len(emptied), "receipts": _listed(emptied)}
        )
    return said


def _listed(receipts: list[str]) -> str:
    more = ", …" if len(receipts) > RECEIPTS_SHOWN else ""
    return ", ".join(receipts[:RECEIPTS_SHOWN]) + more


def _mend(question: Question, kind: str, choice: Choice | None) -> Mend:
    return Mend(question.pk, kind, choice.pk if choice else None)


def _choice_ids(question: Question) -> list[int]:
    return list(question.choices.values_list("pk", flat=True))


def _letters(question: Question, key: Key) -> str:
    """Return the accepted choices as the bank letters them, "" for a dropped question."""
    if question.pk in key.dropped:
        return ""
    places = question.choices.filter(pk__in=key.accepted[question.pk]).order_by("position")
    return ", ".join(LETTERS[position] for position in places.values_list("position", flat=True))


def _sum(one: Graded, other: Graded) -> Graded:
    return Graded(one.correct + other.correct, one.questions + other.questions)
