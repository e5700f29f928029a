"""Contests made from a seed: few different figures, so that ties abound, and every setting."""

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal
from itertools import permutations

from scoring.formula import AGGREGATES, UNIT_RULES
from scoring.outcome import AttemptIn, Inputs, SheetIn, TieDecision, Tier, VideoIn, compute
from scoring.ranking import PERSON_CHAIN_KEYS, UNIT_CHAIN_KEYS
from tests.scoring.builders import NOON, attempt, inputs, person, quiz, settings, unit, video
from tests.scoring.builders import sheets as sheets_of


def generated(seed: int) -> Inputs:
    """A contest of up to nine units, forty people, three quizzes; the same for the same seed."""
    chance = random.Random(seed)

    def reason(share: float = 0.12) -> str:
        return "Lý do" if chance.random() < share else ""

    def chain(keys: tuple[str, ...]) -> tuple[str, ...]:
        return chance.choice(list(permutations(keys, chance.randrange(len(keys) + 1))))

    rule = chance.choice(UNIT_RULES)
    quizzes = [
        quiz(
            f"tuan-{number}",
            order=chance.randrange(1, 4),
            prediction_kind=chance.choice(["none", "perfect", "finished"]),
            counted=chance.choice(["best", "first", "last"]),
        )
        for number in range(1, chance.randrange(1, 4))
    ]
    codes = [f"DV{number:02d}" for number in range(1, chance.randrange(2, 10))]
    people = [
        person(
            number,
            chance.choice(codes),
            name_sort_key=chance.choice([b"a", b"b\xc3"]),
            registered=chance.random() < 0.9,
            disqualified_reason=reason(),
            ineligible_reason=reason(),
        )
        for number in range(1, chance.randrange(1, 40))
    ]
    weight = Decimal(chance.randrange(101))
    videos = [
        video(
            code,
            slot,
            version=chance.randrange(1, 3),
            disqualified_reason=reason(),
            ineligible_reason=reason(),
        )
        for code in codes
        for slot in range(1, chance.choice([1, 2, 2, 3]))
    ]
    least = chance.choice([0, 6])
    made = inputs(
        settings=settings(
            quiz_weight=weight,
            video_weight=100 - weight,
            unit_rule=rule,
            unit_rule_n=chance.randrange(1, 6),
            turnout_target=Decimal(chance.choice([1, 33, 50, 100])),
            min_participants=chance.randrange(1, 5),
            judge_aggregate=chance.choice(AGGREGATES),
            unit_chain=chain(UNIT_CHAIN_KEYS),
            person_chain=chain(PERSON_CHAIN_KEYS),
            video_chain=chance.choice([(), ("criteria",)]),
            eligible_needs_both=chance.random() < 0.6,
        ),
        quizzes=quizzes,
        units=[
            unit(
                code,
                None
                if rule in ("mean", "best") and chance.random() < 0.2
                else chance.randrange(1, 12),
                disqualified_reason=reason(),
                ineligible_reason=reason(),
            )
            for code in codes
        ],
        people=people,
        attempts=[
            _attempt(chance, someone.number, of_quiz.slug, number)
            for someone in people
            for of_quiz in quizzes
            for number in range(1, chance.choice([1, 2, 2, 3, 4]))
        ],
        videos=videos,
        sheets=[sheet for shown in videos for sheet in _sheets(chance, shown, least)],
        tiers=[
            Tier(scope, slug, order, f"Giải {order}", chance.randrange(4))
            for scope, slug in [
                ("unit", None),
                ("video", None),
                *(("person", q.slug) for q in quizzes),
            ]
            for order in range(1, chance.randrange(1, 5))
        ],
    )
    return replace(made, decisions=tuple(_decided(chance, made)))


def _attempt(chance: random.Random, person_number: int, slug: str, number: int) -> AttemptIn:
    questions = chance.choice([2, 3, 3, 0])
    return attempt(
        person_number,
        chance.randrange(questions + 1),
        f"{chance.randrange(60, 63)}.{chance.choice(['001', '999'])}",
        quiz=slug,
        number=number,
        questions=questions,
        prediction=chance.choice([None, 0, 3, 7]),
        finished_at=NOON + dt.timedelta(seconds=chance.randrange(3)),
    )


def _sheets(chance: random.Random, shown: VideoIn, least: int) -> list[SheetIn]:
    marks = [
        (Decimal(chance.randrange(58, 61)) / 2, Decimal(chance.randrange(38, 41)) / 2)
        for _judge in range(chance.randrange(least, least + 4))
    ]
    made = sheets_of(shown.unit_code, *marks, slot=shown.slot, version=shown.version)
    return [
        replace(sheet, marks={}, excused_reason="Ốm") if chance.random() < 0.05 else sheet
        for sheet in made
    ]


def _decided(chance: random.Random, made: Inputs) -> list[TieDecision]:
    """Decide most of the ties there are, and one that is not there."""
    found = [TieDecision("unit", None, 1, ("DV01", "DV99"), ("DV01",))]
    for tie in compute(made).ties:
        if chance.random() < 0.7:
            chosen = tuple(chance.sample(tie.entries, tie.seats))
            found.append(TieDecision(tie.scope, tie.quiz, tie.tier_order, tie.entries, chosen))
    return found
