"""Time travel for a contest: its calendar moves back, no clock is made to lie."""

import datetime as dt

from django.db.models import F

from contests.models import Contest
from scoring import guard
from scoring.models import ResultSet

DAY = dt.timedelta(days=1)
CONTEST = ("video_opens_at", "video_closes_at", "judging_opens_at", "judging_closes_at")
RESULTS = ("published_at", "objections_until", "final_requested_at")


def let_days_pass(contest: Contest, days: float) -> None:
    """Move the contest's calendar `days` into the past, so that now is that much later in it.

    Windows and the objection period move. What people did keeps its instants: attempts and
    sheets are sealed with them, and nothing in the contest compares them with a window again.
    """
    past = days * DAY
    Contest.objects.filter(pk=contest.pk).update(**{name: F(name) - past for name in CONTEST})
    contest.quizzes.update(opens_at=F("opens_at") - past, closes_at=F("closes_at") - past)
    for result_set in ResultSet.objects.filter(contest=contest):
        for name in RESULTS:
            if (moment := getattr(result_set, name)) is not None:
                setattr(result_set, name, moment - past)
        # PostgreSQL keeps what was published, its instants too.
        with guard.lifted():
            result_set.save(update_fields=RESULTS)
    contest.refresh_from_db()
