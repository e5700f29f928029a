"""Fills the database of a drill; run as a program: python -m tests.drills.seed '{"people": 10}'.

Prints one line of JSON: the people with the codes they sign in with, their sessions, their running
attempts and the tokens that save into them.
"""

import datetime as dt
import json
import os
import sys
from typing import Any

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    asked = json.loads(sys.argv[1])
    filled = at_moments(**asked) if "nodes" in asked else in_the_middle(**asked)
    sys.stdout.write(json.dumps(filled) + "\n")


def in_the_middle(*, people: int) -> dict[str, Any]:
    """Make a quiz that is open for a day and this many people in the middle of it."""
    from django.conf import settings
    from django.utils import timezone

    from tests.contests.quizzes import make_quiz

    now = timezone.now()
    quiz = make_quiz(
        questions=15,
        shuffle_questions=True,
        shuffle_choices=True,
        duration_seconds=4 * 3600,
        closes_at=now + 24 * HOUR,
    )
    return {
        "slug": quiz.contest.slug,
        "people": [person(quiz, now) for _number in range(people)],
        "desk": desk(quiz.contest, now),
        "media": str(settings.MEDIA_ROOT),
    }


def desk(contest: Any, now: dt.datetime) -> dict[str, Any]:
    """Make a unit with a coordinator who is signed in while videos are taken."""
    from django.middleware.csrf import _get_new_csrf_string
    from django.test import Client

    from tests.media_uploads.builders import a_unit

    contest.video_opens_at, contest.video_closes_at = now - HOUR, now + 24 * HOUR
    contest.judging_opens_at, contest.judging_closes_at = now + 25 * HOUR, now + 49 * HOUR
    contest.save()
    unit = a_unit(contest, "VIDEO")
    client = Client()
    client.force_login(unit.coordinator)
    session = client.cookies["sessionid"].value
    return {"unit": unit.pk, "session": session, "csrf": _get_new_csrf_string()}


def at_moments(*, nodes: int) -> dict[str, Any]:
    """Make quizzes before, in and after their window, and for each node people at odd moments.

    A clock that is 2 hours fast finds all of it over, one 10 minutes slow finds nothing over.
    """
    from django.utils import timezone

    from tests.contests.quizzes import make_quiz

    now = timezone.now()
    quiz = make_quiz(questions=15, closes_at=now + 100 * MINUTE, opens_at=now - 5 * MINUTE)
    contest = quiz.contest
    contest.self_registration = True
    contest.save(update_fields=["self_registration"])
    hour = make_quiz(contest, questions=15, slug="hour", name="Một giờ", duration_seconds=3600)
    make_quiz(contest, questions=15, slug="soon", name="Sắp mở", opens_at=now + HOUR / 2)
    make_quiz(contest, questions=15, slug="closed", name="Đã đóng", closes_at=now - 5 * MINUTE)
    return {
        "slug": contest.slug,
        "open": quiz.slug,
        "reader": person(hour, now),
        "nodes": [
            {
                "newcomer": person(None, now, contest),
                "running": person(hour, now),
                "unswept": person(hour, now),
                # Ten minutes that ended five minutes ago, and nobody has looked since.
                "late": person(quiz, now - 15 * MINUTE),
                "overdue": person(quiz, now - 15 * MINUTE),
            }
            for _number in range(nodes)
        ],
    }


def person(quiz: Any, begun_at: dt.datetime, contest: Any = None) -> dict[str, Any]:
    """Make somebody who is signed in and, with a quiz, began it then."""
    from django.conf import settings
    from django.test import Client

    from contests import access, tokens
    from contests.models import Attempt
    from tests.contests.quizzes import make_participant

    participant = make_participant(contest or quiz.contest)
    access.give_consent(participant, now=begun_at)
    code = access.issue_first(participant=participant, by=None, now=begun_at)
    client = Client()
    client.force_login(participant.user)
    known = {
        "participant": participant.pk,
        "link": code.link_token,
        "session": client.cookies[settings.SESSION_COOKIE_NAME].value,
    }
    if quiz is None:
        return known
    opens_at, quiz.opens_at = quiz.opens_at, begun_at
    attempt = Attempt.start(participant=participant, quiz=quiz, now=begun_at)
    quiz.opens_at = opens_at
    return {**known, "attempt": attempt.pk, "token": tokens.make(attempt)}


if __name__ == "__main__":
    main()
