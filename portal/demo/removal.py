"""Takes a demonstration contest away again, with everything of it."""

from django.db import transaction

from accounts.models import Letter, User
from contests.models import Answer, Attempt, Contest, KeyChange, Participant, Question
from media_uploads import storage
from media_uploads.models import Upload, VideoSubmission
from media_uploads.records import Replacement
from scoring import guard
from scoring.models import (
    Certificate,
    MarkChange,
    Objection,
    PanelDiscussion,
    ResultSet,
    ScoreSheet,
)


@transaction.atomic
def remove(contest: Contest) -> None:
    """Delete the contest, its people's accounts and its files; only for demonstrations."""
    videos = VideoSubmission.objects.filter(unit__contest=contest)
    uploads = Upload.objects.filter(unit__contest=contest)
    kept = ("original", "supplied", "copy", "poster")
    files = [name for names in videos.values_list(*kept) for name in names if name]
    files += uploads.unfinished().values_list("original", flat=True)
    objections = Objection.objects.filter(result_set__contest=contest)
    Letter.objects.filter(objection__in=objections).delete()
    objections.delete()
    with guard.lifted():
        Certificate.objects.filter(contest=contest).delete()
        ResultSet.objects.filter(contest=contest).delete()
        PanelDiscussion.objects.filter(video__in=videos).delete()
        MarkChange.objects.filter(sheet__judge__contest=contest).delete()
        ScoreSheet.objects.filter(judge__contest=contest).delete()
    Replacement.objects.filter(unit__contest=contest).delete()
    Letter.objects.filter(notice__video__in=videos).delete()
    Letter.objects.filter(panel_letter__judge__contest=contest).delete()
    uploads.delete()
    videos.delete()
    Answer.objects.filter(attempt__quiz__contest=contest).delete()
    Attempt.objects.filter(quiz__contest=contest).delete()
    users = list(contest.participants.values_list("user_id", flat=True))
    Participant.objects.filter(contest=contest).delete()
    User.objects.filter(pk__in=users).delete()
    contest.judges.all().delete()
    contest.criteria.all().delete()
    contest.award_tiers.all().delete()
    contest.quizzes.all().delete()
    KeyChange.objects.filter(question__contest=contest).delete()
    Question.objects.filter(contest=contest).delete()
    contest.units.update(parent=None)
    contest.units.all().delete()
    contest.delete()
    transaction.on_commit(lambda: _delete(files))


def _delete(names: list[str]) -> None:
    for name in names:
        storage.delete(name)
