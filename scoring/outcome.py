"""The result of a contest, computed from plain inputs: one function, no database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from scoring import formula
from scoring.awards import (
    SCOPES,
    EntryKey,
    Ladder,
    Placed,
    TieDecision,
    Tier,
    UndecidedTie,
    distribute,
)
from scoring.facts import (
    AttemptIn,
    BadInputs,
    CriterionIn,
    Inputs,
    PersonIn,
    QuizIn,
    Settings,
    SheetIn,
    UnitIn,
    VideoIn,
    check,
    digest,
)
from scoring.lines import AwardOut, Outcome, PersonOut, Statistic, UnitOut, VideoOut
from scoring.people import counts, rank_people, sittings
from scoring.teams import rank_units, rank_videos

__all__ = [
    "AttemptIn",
    "AwardOut",
    "BadInputs",
    "CriterionIn",
    "Inputs",
    "Outcome",
    "PersonIn",
    "PersonOut",
    "QuizIn",
    "Settings",
    "SheetIn",
    "Shift",
    "Statistic",
    "TieDecision",
    "Tier",
    "UndecidedTie",
    "UnitIn",
    "UnitOut",
    "VideoIn",
    "VideoOut",
    "by_other_settings",
    "compute",
    "digest",
]


def compute(inputs: Inputs) -> Outcome:
    """Points, ranks, eligibility and awards (rules: S1-S9, A2, M2, M5, P6, Q9, Q11).

    Who counts: people who are confirmed and not disqualified; the others are listed without a
    rank and count in no figure. A disqualified video gives its unit no points. A disqualified unit
    itself leaves the ranking; its people and videos stay in theirs unless disqualified themselves,
    but its videos win no award. n log n in every list. BadInputs where rows contradict each other,
    HeadcountMissing where the unit rule needs a headcount that is not there.
    """
    check(inputs)
    chain = inputs.settings.person_chain
    quizzes = sorted(inputs.quizzes, key=lambda quiz: (quiz.order, quiz.slug))
    people = {person.number: person for person in inputs.people}
    attempts: dict[str, list[AttemptIn]] = {quiz.slug: [] for quiz in quizzes}
    for attempt in inputs.attempts:
        attempts[attempt.quiz].append(attempt)
    counted, predicted = {}, {}
    for quiz in quizzes:
        own = attempts[quiz.slug]
        counted[quiz.slug], predicted[quiz.slug] = sittings(quiz, own, people, chain)
    method, videos = rank_videos(inputs)
    units = rank_units(inputs, counted, videos)
    persons = tuple(
        line for quiz in quizzes for line in rank_people(quiz.slug, counted[quiz.slug], chain)
    )
    awarding = distribute(inputs.tiers, _standings(units, persons, videos), inputs.decisions)
    quiz_order = {quiz.slug: position for position, quiz in enumerate(quizzes)}
    awards = _awards(awarding.placed, quiz_order, units, people, videos)
    return Outcome(
        units=units,
        people=persons,
        videos=videos,
        awards=awards,
        ties=awarding.ties,
        void_decisions=awarding.void,
        judge_aggregate=method,
        predicted=predicted,
        statistics=_statistics(inputs, units, persons, videos, awards),
    )


@dataclass(frozen=True, slots=True)
class Shift:
    """One unit by the settings in force and by others; `awards`: the tier won, "" for none."""

    before: UnitOut
    after: UnitOut
    award_before: str
    award_after: str

    @property
    def changes(self) -> bool:
        """Whether the rank or the award would be another."""
        return (self.before.rank, self.award_before) != (self.after.rank, self.award_after)


def by_other_settings(inputs: Inputs, settings: Settings) -> tuple[Shift, ...]:
    """Every unit beside itself computed by other settings, in the order of those in force.

    Raises what `compute` raises.
    """
    before, after = compute(inputs), compute(replace(inputs, settings=settings))
    others = {unit.code: unit for unit in after.units}
    won_before, won_after = _tiers(before), _tiers(after)
    return tuple(
        Shift(
            before=unit,
            after=others[unit.code],
            award_before=won_before.get(unit.code, ""),
            award_after=won_after.get(unit.code, ""),
        )
        for unit in before.units
    )


def _tiers(outcome: Outcome) -> dict[str, str]:
    return {award.unit_code: award.tier for award in outcome.awards if award.scope == "unit"}


def _standings(
    units: Iterable[UnitOut], people: Iterable[PersonOut], videos: Iterable[VideoOut]
) -> dict[Ladder, list[tuple[int, EntryKey]]]:
    """(rank, natural key) of the eligible entries of each ladder, in list order."""
    standings: dict[Ladder, list[tuple[int, EntryKey]]] = {("unit", None): [], ("video", None): []}
    for unit in units:
        if unit.eligible and unit.rank is not None:
            standings["unit", None].append((unit.rank, unit.code))
    for person in people:
        if person.eligible and person.rank is not None:
            ladder = standings.setdefault(("person", person.quiz), [])
            ladder.append((person.rank, person.number))
    for video in videos:
        if video.eligible and video.rank is not None:
            standings["video", None].append((video.rank, (video.unit_code, video.slot)))
    return standings


def _awards(
    placed: Iterable[Placed],
    quiz_order: Mapping[str, int],
    units: Iterable[UnitOut],
    people: Mapping[int, PersonIn],
    videos: Iterable[VideoOut],
) -> tuple[AwardOut, ...]:
    """The award rows by scope, the quiz's order, tier and rank; a video is called by its title."""
    called: dict[tuple[str, EntryKey], tuple[str, str, str]] = {}
    for unit in units:
        called["unit", unit.code] = (unit.name, unit.code, "")
    for video in videos:
        called["video", (video.unit_code, video.slot)] = (video.title, video.unit_code, "")
    for number, person in people.items():
        called["person", number] = (person.name, person.unit_code, person.workplace)

    def order(award: Placed) -> tuple[int, int, int]:
        quiz = -1 if award.quiz is None else quiz_order[award.quiz]
        return (SCOPES.index(award.scope), quiz, award.tier_order)

    rows = []
    for award in sorted(placed, key=order):  # stable: rank and list order inside a tier
        name, unit_code, workplace = called[award.scope, award.entry]
        rows.append(
            AwardOut(
                scope=award.scope,
                quiz=award.quiz,
                tier=award.tier,
                tier_order=award.tier_order,
                rank=award.rank,
                entry=award.entry,
                name=name,
                unit_code=unit_code,
                workplace=workplace,
            )
        )
    return tuple(rows)


def _statistics(
    inputs: Inputs,
    units: Sequence[UnitOut],
    people: Iterable[PersonOut],
    videos: Iterable[VideoOut],
    awards: Iterable[AwardOut],
) -> tuple[Statistic, ...]:
    """(key, value) in printing order; None where there is nothing to take a mean or extreme of.

    Disqualified units, people and videos are in their own line and in no other, except that
    `units_total` is every unit invited.
    """
    ranked_units = [unit for unit in units if not unit.disqualified]
    parts = [(unit.participants > 0, unit.has_video) for unit in ranked_units]
    sat = [person for person in people if person.rank is not None]
    counting = {person.number for person in inputs.people if counts(person)}
    standing = [video for video in videos if not video.disqualified]
    winners = {(award.quiz, award.entry) for award in awards if award.scope == "person"}
    seconds = [person.seconds for person in sat if (person.quiz, person.number) in winners]
    points = [formula.percentage(person.correct, person.questions) for person in sat]
    headcount = sum(unit.headcount or 0 for unit in ranked_units)
    finished = len({person.number for person in sat})
    with_headcount = sum(unit.participants for unit in ranked_units if unit.headcount)
    return (
        ("units_total", len(units)),
        ("units_took_part", sum(quiz or video for quiz, video in parts)),
        ("units_both_parts", sum(quiz and video for quiz, video in parts)),
        ("units_quiz_only", sum(quiz and not video for quiz, video in parts)),
        ("units_video_only", sum(video and not quiz for quiz, video in parts)),
        ("units_none", sum(not quiz and not video for quiz, video in parts)),
        ("units_disqualified", len(units) - len(ranked_units)),
        ("units_eligible", sum(unit.eligible for unit in units)),
        ("people_registered", len(counting)),
        ("people_finished", finished),
        ("people_disqualified", sum(bool(p.disqualified_reason) for p in inputs.people)),
        ("people_unconfirmed", sum(_unconfirmed(person) for person in inputs.people)),
        ("attempts_finished", sum(a.person_number in counting for a in inputs.attempts)),
        ("perfect_attempts", sum(0 < person.correct == person.questions for person in sat)),
        ("mean_percentage", formula.mean(points) if points else None),
        ("mean_seconds", Fraction(sum(p.seconds for p in sat), len(sat)) if sat else None),
        ("fastest_winner_seconds", min(seconds, default=None)),
        ("slowest_winner_seconds", max(seconds, default=None)),
        ("headcount", headcount),
        ("turnout", formula.turnout(with_headcount, headcount)),
        ("videos_accepted", len(standing)),
        ("videos_disqualified", len(inputs.videos) - len(standing)),
        ("videos_flagged", sum(video.flagged for video in standing)),
        ("sheets_counted", sum(video.sheets for video in standing)),
        ("sheets_excused", sum(bool(sheet.excused_reason) for sheet in inputs.sheets)),
    )


def _unconfirmed(person: PersonIn) -> bool:
    return not person.registered and not person.disqualified_reason
