"""The rules people read, written from a contest's settings: sections of plain paragraphs.

Knows no database: what it is given is what it prints, so that text and behaviour cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contests.durations import in_words
from contests.models import Contest, Quiz, SettingChange
from portal import rules_parts as parts
from portal.rules_changes import describe
from portal.rules_parts import listed
from scoring.models import AwardTier, Criterion

Text = str | Promise

UNIT_TIES: dict[str, Text] = {
    "video": gettext_lazy("video points, more first"),
    "quiz": gettext_lazy("quiz points, more first"),
    "turnout": gettext_lazy("turnout, higher first"),
    "mean_seconds": gettext_lazy("mean time taken, shorter first"),
}
PERSON_TIES: dict[str, Text] = {
    "seconds": gettext_lazy("time taken in whole seconds, shorter first"),
    "prediction": gettext_lazy("distance of the prediction from the true number, nearer first"),
    "finished_at": gettext_lazy("moment of handing in, earlier first"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A fold of the rules page."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """All that the rules of a contest depend on."""

    contest: Contest
    quizzes: Sequence[Quiz] = ()
    criteria: Sequence[Criterion] = ()
    tiers: Sequence[AwardTier] = ()
    changes: Sequence[SettingChange] = field(default=())


def sections(settings: Settings) -> list[Section]:
    """Return the rules of a contest in reading order (rules: C4, P1-P6, Q1-Q11, V1-V5, M, S, A)."""
    contest = settings.contest
    pages = [(_("Who may take part?"), [*parts.who_may_compete(contest)])]
    if settings.quizzes:
        pages += [
            (_("How does the quiz work?"), [*_quiz(settings)]),
            (_("How are people ranked?"), [*_people(settings)]),
            (_("How are a unit's quiz points computed?"), [*_unit_rule(contest)]),
        ]
    if contest.video_weight:
        pages += [
            (_("What does a video have to fulfil?"), [*parts.video(contest)]),
            (_("How are the videos judged?"), [*parts.judging(contest, settings.criteria)]),
        ]
    pages += [
        (_("How is a unit's total computed?"), [*_total(settings)]),
        (_("Which awards are there?"), [*parts.awards(contest, settings.tiers, settings.quizzes)]),
        (_("When do results count?"), [*parts.publication(contest)]),
    ]
    if settings.changes:
        made = changes(settings.changes, quizzes=settings.quizzes, criteria=settings.criteria)
        pages.append((_("What changed after the contest opened"), made))
    return [Section(heading, tuple(paragraphs)) for heading, paragraphs in pages]


def _quiz(settings: Settings) -> Iterator[str]:
    """rules: Q1, Q3, Q6, Q8, Q11"""
    for quiz in settings.quizzes:
        questions = quiz.question_count()
        figures = {
            "quiz": quiz.name,
            "questions": questions,
            "duration": in_words(quiz.duration_seconds),
            "attempts": _attempts(quiz),
        }
        yield _("%(quiz)s: %(questions)s questions in %(duration)s. %(attempts)s") % figures
        if quiz.prediction_kind == Quiz.Prediction.PERFECT:
            yield _("A prediction question asks how many people will answer everything correctly.")
        elif quiz.prediction_kind == Quiz.Prediction.FINISHED:
            yield _("A prediction question asks how many attempts will be finished.")
    yield _(
        "The clock runs from the moment of starting and stops for nobody; whoever starts late has"
        " only the time left until the quiz closes. When time is up the attempt is handed in by"
        " itself, with every answer that was saved."
    )
    yield _("Each question counts the same; a question without an answer counts as wrong.")


def _attempts(quiz: Quiz) -> str:
    allowed = quiz.attempts_allowed
    if allowed == 1:
        return _("Each person has one attempt.")
    counted = {
        Quiz.Counted.BEST: _("the best one counts"),
        Quiz.Counted.FIRST: _("the first one counts"),
        Quiz.Counted.LAST: _("the last one counts"),
    }[Quiz.Counted(quiz.counted)]
    if not allowed:
        return _("Each person has as many attempts as he or she likes; %(counted)s.") % {
            "counted": counted
        }
    return _("Each person has up to %(attempts)s attempts; %(counted)s.") % {
        "attempts": allowed,
        "counted": counted,
    }


def _people(settings: Settings) -> Iterator[str]:
    """rules: Q9, S1, S5, S8"""
    predicts = any(quiz.prediction_kind != Quiz.Prediction.NONE for quiz in settings.quizzes)
    chain = [
        str(PERSON_TIES[key])
        for key in settings.contest.person_chain
        if key != "prediction" or predicts
    ]
    yield _("People are ranked by the share of questions answered correctly.")
    if chain:
        yield _("Where it is equal, these decide in turn: %(chain)s.") % {"chain": listed(chain)}
    yield _("Who is equal in everything shares the rank; the next rank is left out.")
    yield _("Time is counted in whole seconds, a fraction is dropped.")


def _unit_rule(contest: Contest) -> Iterator[str]:
    """rules: S2"""
    rule = Contest.UnitRule(contest.unit_rule)
    if rule == Contest.UnitRule.MEAN:
        yield _("The mean of the results of everybody of the unit who took part, from 0 to 100.")
    elif rule == Contest.UnitRule.TOP_N:
        yield _(
            "The mean of the %(n)s best results of the unit, from 0 to 100. Where fewer took part,"
            " each missing one counts 0; a unit with fewer than %(n)s people is measured by its"
            " headcount."
        ) % {"n": contest.unit_rule_n}
    elif rule == Contest.UnitRule.BEST:
        yield _("The result of the unit's best participant, from 0 to 100.")
    else:
        yield _(
            "The mean of the results of everybody of the unit who took part; where turnout stays"
            " under %(target)s%%, multiplied by turnout ÷ %(target)s%%. Turnout is the number of"
            " participants ÷ the headcount."
        ) % {"target": contest.turnout_target}
    if contest.min_participants > 1:
        yield ngettext(
            "With fewer than %(count)s participant the sum of their results is divided by"
            " %(count)s.",
            "With fewer than %(count)s participants the sum of their results is divided by"
            " %(count)s.",
            contest.min_participants,
        ) % {"count": contest.min_participants}
    yield _("With several quizzes the mean of all of them counts.")
    yield _("A unit without participants has 0.")


def _total(settings: Settings) -> Iterator[str]:
    """rules: S3, S4, S6, S8"""
    contest = settings.contest
    yield _("Total = (%(quiz)s × quiz points + %(video)s × video points) ÷ 100.") % {
        "quiz": contest.quiz_weight,
        "video": contest.video_weight,
    }
    yield _("Quiz points, video points and the total are each rounded to two decimals, half up.")
    if contest.video_weight:
        yield _(
            "A unit without a video stays in the ranking with 0 video points and reaches at most"
            " %(most)s points."
        ) % {"most": contest.quiz_weight}
    chain = [str(UNIT_TIES[key]) for key in contest.unit_chain]
    if chain:
        yield _("Units with an equal total are ranked in turn by: %(chain)s.") % {
            "chain": listed(chain)
        }
    yield _("Units equal in everything share the rank; the next rank is left out.")


def changes(
    made: Iterable[SettingChange], *, quizzes: Iterable[Quiz], criteria: Iterable[Criterion]
) -> list[str]:
    """Return a sentence for every change of a frozen setting, with its reason (rules: C4)."""
    names = {("quiz", quiz.slug): quiz.name for quiz in quizzes}
    names |= {("criterion", criterion.key): criterion.name for criterion in criteria}
    return [
        _("%(date)s: %(what)s. Reason: %(reason)s")
        % {
            "date": date_format(timezone.localtime(change.at), "SHORT_DATE_FORMAT"),
            "what": describe(change, names),
            "reason": change.reason,
        }
        for change in made
    ]
