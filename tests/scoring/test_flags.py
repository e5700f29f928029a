"""A flag is for a person to look at: no figure, rank, award or digest changes (rules: Q13)."""

import pytest

from contests import flags
from contests.models import Flag
from scoring import guard, results
from scoring.models import ResultSet
from scoring.verification import verify
from tests.scoring.cast import JUDGED, QUIZ_DAY, Stage, make_person, sit

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    made = Stage()
    # The quickest of all, right in everything: first among people.
    made.hasty = make_person(made.other, "Mai Văn Vội", workplace="Thanh tra")
    sit(made.hasty, made.quiz, right=2, seconds=3)
    return made


def figures(result_set):
    """Every stored row of a set, by table, without its ids."""
    return {
        relation: [
            {key: value for key, value in row.items() if key not in ("id", "result_set_id")}
            for row in getattr(result_set, relation).order_by("position").values()
        ]
        for relation in ("units", "people", "videos", "awards")
    }


def test_a_flagged_person_keeps_rank_and_award(stage):
    before, _built = results.refresh(stage.contest, now=JUDGED)
    first = before.people.order_by("position").first()
    assert (first.participant, first.rank) == (stage.hasty, 1)
    held = figures(before)
    assert flags.raise_flags(stage.quiz, now=JUDGED) == 1
    for person in stage.contest.participants.all():
        for kind in Flag.Kind.values:
            Flag.objects.get_or_create(
                participant=person,
                kind=kind,
                attempt=person.attempts.get(),
                defaults={"note": "Cần xem xét.", "raised_at": QUIZ_DAY},
            )
    assert stage.hasty.flags.count() == len(Flag.Kind)
    after, built = results.refresh(stage.contest, now=JUDGED)
    assert (after, built) == (before, False)
    assert verify(stage.contest) == []
    # Computed anew from nothing it is the same to the last figure.
    with guard.lifted():
        ResultSet.objects.all().delete()
    anew, _built = results.refresh(stage.contest, now=JUDGED)
    assert (anew.digest, figures(anew)) == (before.digest, held)
    assert stage.hasty.attempts.get().correct == 2
    stage.hasty.refresh_from_db()
    assert (stage.hasty.disqualified_reason, stage.hasty.ineligible_reason) == ("", "")
