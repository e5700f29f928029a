"""Generated inputs as rows of the database, stored past the verbs, to be gathered again."""

import datetime as dt
from dataclasses import replace

from accounts.models import User
from contests.models import Attempt, Contest, Judge, Participant, Quiz, Unit
from media_uploads.models import VideoSubmission
from scoring.models import AwardTier, Criterion, Mark, ScoreSheet, TieDecision
from scoring.outcome import Inputs
from tests.make import make_contest, make_user
from tests.scoring.builders import NOON

DAY = dt.timedelta(days=1)


def storable(inputs: Inputs) -> Inputs:
    """The same contest as rows can say it: quizzes counted from 1, papers without questions."""
    in_order = sorted(inputs.quizzes, key=lambda quiz: (quiz.order, quiz.slug))
    return replace(
        inputs,
        quizzes=tuple(replace(quiz, order=n) for n, quiz in enumerate(in_order, start=1)),
        attempts=tuple(replace(a, paper=(), answers=()) for a in inputs.attempts),
    )


def stored(inputs: Inputs) -> Contest:
    """Store what `storable` gave; return its contest, whose judging is over."""
    given = inputs.settings
    contest = make_contest(
        given.contest_slug,
        now=NOON + 20 * DAY,
        year=given.year,
        quiz_weight=int(given.quiz_weight),
        video_weight=int(given.video_weight),
        unit_rule=given.unit_rule,
        unit_rule_n=given.unit_rule_n,
        turnout_target=int(given.turnout_target or 1),
        min_participants=given.min_participants,
        judge_aggregate=given.judge_aggregate,
        unit_chain=list(given.unit_chain),
        person_chain=list(given.person_chain),
        video_chain=list(given.video_chain),
        award_needs_both=given.eligible_needs_both,
    )
    clerk = make_user("Người nhập")
    units = {
        row.code: row
        for row in Unit.objects.bulk_create(
            Unit(
                contest=contest,
                code=unit.code,
                name=unit.name,
                search_key=unit.code,
                block=unit.block,
                headcount=unit.headcount,
                disqualified_reason=unit.disqualified_reason,
                ineligible_reason=unit.ineligible_reason,
            )
            for unit in inputs.units
        )
    }
    _store_quiz(contest, inputs, units)
    _store_videos(contest, inputs, units, clerk)
    AwardTier.objects.bulk_create(
        AwardTier(
            contest=contest,
            scope=tier.scope,
            quiz=contest.quizzes.get(slug=tier.quiz) if tier.quiz else None,
            order=tier.order,
            name=tier.name,
            count=tier.count,
        )
        for tier in inputs.tiers
    )
    TieDecision.objects.bulk_create(
        TieDecision(
            contest=contest,
            scope=decision.scope,
            quiz=contest.quizzes.get(slug=decision.quiz) if decision.quiz else None,
            tier_order=decision.tier_order,
            entries=list(decision.entries),
            chosen=list(decision.chosen),
            reason="Quyết định",
            by=clerk,
            at=NOON,
        )
        for decision in inputs.decisions
    )
    return contest


def _store_quiz(contest: Contest, inputs: Inputs, units: dict[str, Unit]) -> None:
    quizzes = {
        row.slug: row
        for row in Quiz.objects.bulk_create(
            Quiz(
                contest=contest,
                slug=quiz.slug,
                name=quiz.slug,
                opens_at=NOON - DAY + dt.timedelta(minutes=quiz.order),
                closes_at=NOON + DAY,
                prediction_kind=quiz.prediction_kind,
                counted=quiz.counted,
            )
            for quiz in inputs.quizzes
        )
    }
    accounts = User.objects.bulk_create(
        User(username=f"p{person.number}", full_name=person.name) for person in inputs.people
    )
    people = {
        row.number: row
        for row in Participant.objects.bulk_create(
            Participant(
                contest=contest,
                unit=units[person.unit_code],
                user=account,
                number=person.number,
                full_name=person.name,
                name_sort_key=person.name_sort_key,
                search_key=person.name,
                staff_code=f"CB{person.number}",
                workplace=person.workplace,
                registered_at=NOON,
                confirmed_at=NOON if person.registered else None,
                disqualified_reason=person.disqualified_reason,
                ineligible_reason=person.ineligible_reason,
            )
            for person, account in zip(inputs.people, accounts, strict=True)
        )
    }
    Attempt.objects.bulk_create(
        Attempt(
            participant=people[attempt.person_number],
            quiz=quizzes[attempt.quiz],
            number=attempt.number,
            state=Attempt.State.SUBMITTED,
            paper=[],
            started_at=attempt.started_at,
            deadline_at=attempt.started_at + DAY,
            finished_at=attempt.finished_at,
            duration_ms=attempt.duration_ms,
            correct=attempt.correct,
            questions=attempt.questions,
            prediction=attempt.prediction,
            receipt=f"R{number}",
        )
        for number, attempt in enumerate(inputs.attempts)
    )


def _store_videos(contest: Contest, inputs: Inputs, units: dict[str, Unit], clerk: User) -> None:
    criteria = {
        row.key: row
        for row in Criterion.objects.bulk_create(
            Criterion(contest=contest, key=c.key, name=c.name, order=c.order, max_marks=c.max_marks)
            for c in inputs.criteria
        )
    }
    videos = {
        (row.unit.code, row.slot): row
        for row in VideoSubmission.objects.bulk_create(
            VideoSubmission(
                unit=units[video.unit_code],
                slot=video.slot,
                version=video.version,
                title=video.title,
                state=VideoSubmission.State.READY,
                original=f"originals/{number}",
                original_name="video.mp4",
                size=1000,
                uploaded_by=clerk,
                upload_started_at=NOON,
                received_at=NOON,
                accepted_at=NOON,
                disqualified_reason=video.disqualified_reason,
                ineligible_reason=video.ineligible_reason,
            )
            for number, video in enumerate(inputs.videos)
        )
    }
    names = sorted({sheet.judge_key for sheet in inputs.sheets})
    accounts = User.objects.bulk_create(User(username=name, full_name=name) for name in names)
    judges = {
        row.user.username: row
        for row in Judge.objects.bulk_create(Judge(contest=contest, user=u) for u in accounts)
    }
    sheets = ScoreSheet.objects.bulk_create(
        ScoreSheet(
            judge=judges[sheet.judge_key],
            video=videos[sheet.unit_code, sheet.slot],
            state=ScoreSheet.State.EXCUSED if sheet.excused_reason else ScoreSheet.State.SUBMITTED,
            submitted_at=None if sheet.excused_reason else NOON,
            excused_reason=sheet.excused_reason,
        )
        for sheet in inputs.sheets
    )
    Mark.objects.bulk_create(
        Mark(sheet=row, criterion=criteria[key], value=mark)
        for row, sheet in zip(sheets, inputs.sheets, strict=True)
        for key, mark in sheet.marks.items()
    )
