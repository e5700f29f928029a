"""People in a quiz: the counted attempt of each, the prediction's answer, the ranking."""

from collections.abc import Iterable, Iterator, Mapping

from scoring import formula, ranking
from scoring.facts import AttemptIn, PersonIn, QuizIn
from scoring.lines import UNCONFIRMED, PersonOut, reason_for


def counts(person: PersonIn) -> bool:
    return person.registered and not person.disqualified_reason


class Sitting:
    """A person's counted attempt; a plain class because there may be a million of them."""

    __slots__ = ("attempt", "finished_at", "percentage", "person", "prediction_gap", "seconds")

    def __init__(self, person: PersonIn, attempt: AttemptIn, actual: int | None) -> None:
        self.person = person
        self.attempt = attempt
        self.percentage = formula.percentage(attempt.correct, attempt.questions)
        self.seconds = attempt.duration_ms // 1000  # rules: Q9
        self.finished_at = attempt.finished_at
        self.prediction_gap: int | None = None
        if actual is not None and attempt.prediction is not None:
            self.prediction_gap = abs(attempt.prediction - actual)


def sittings(
    quiz: QuizIn,
    attempts: Iterable[AttemptIn],
    people: Mapping[int, PersonIn],
    chain: tuple[str, ...],
) -> tuple[list[Sitting], int | None]:
    """(one sitting for each person with a finished attempt, what was predicted). rules: Q1, Q11"""
    by_person: dict[int, list[AttemptIn]] = {}
    for attempt in attempts:
        by_person.setdefault(attempt.person_number, []).append(attempt)
    actual = _actual(quiz, by_person, people)
    key = ranking.person_key(chain)
    counted = []
    for number, own in by_person.items():
        if quiz.counted == "best" and len(own) > 1:
            tried = [Sitting(people[number], attempt, actual) for attempt in own]
            counted.append(min(tried, key=lambda s: (key(s), s.attempt.number)))
        else:
            pick = max if quiz.counted == "last" else min
            attempt = pick(own, key=lambda attempt: attempt.number)
            counted.append(Sitting(people[number], attempt, actual))
    return counted, actual


def _actual(
    quiz: QuizIn, by_person: Mapping[int, list[AttemptIn]], people: Mapping[int, PersonIn]
) -> int | None:
    """What the prediction question asked for, over the people who count (rules: Q11).

    Percentage comes before any prediction in the order, so somebody's best attempt is perfect
    exactly when any of them is: the number does not depend on the predictions themselves.
    """
    counting = [own for number, own in by_person.items() if counts(people[number])]
    if quiz.prediction_kind == "finished":
        return sum(len(own) for own in counting)
    if quiz.prediction_kind == "none":
        return None
    if quiz.counted == "best":
        return sum(any(is_perfect(attempt) for attempt in own) for own in counting)
    pick = min if quiz.counted == "first" else max
    return sum(is_perfect(pick(own, key=lambda attempt: attempt.number)) for own in counting)


def is_perfect(attempt: AttemptIn) -> bool:
    return 0 < attempt.correct == attempt.questions


def rank_people(
    quiz: str, sittings: Iterable[Sitting], chain: tuple[str, ...]
) -> Iterator[PersonOut]:
    """rules: S5, S8, S9"""
    ranked = ranking.rank(
        sittings,
        key=ranking.person_key(chain),
        list_order=lambda sitting: (sitting.person.name_sort_key, sitting.person.number),
        is_ranked=lambda sitting: counts(sitting.person),
    )
    for rank, sitting in ranked:
        person, attempt = sitting.person, sitting.attempt
        code, reason = reason_for(person, "" if person.registered else UNCONFIRMED)
        yield PersonOut(
            quiz=quiz,
            rank=rank,
            number=person.number,
            name=person.name,
            unit_code=person.unit_code,
            workplace=person.workplace,
            correct=attempt.correct,
            questions=attempt.questions,
            seconds=sitting.seconds,
            duration_ms=attempt.duration_ms,
            finished_at=attempt.finished_at,
            prediction=attempt.prediction,
            prediction_gap=sitting.prediction_gap,
            attempt=attempt.number,
            disqualified=bool(person.disqualified_reason),
            eligible=not code,
            reason_code=code,
            reason=reason,
        )
