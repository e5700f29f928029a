"""Background work of the scoring room: find, call, log."""

import logging

from celery import shared_task

from contests.clock import database_now
from contests.models import Contest
from scoring import results

logger = logging.getLogger(__name__)


@shared_task
def refresh_results() -> None:
    """Refresh every contest that has opened and is not final; one failure stops no other."""
    now = database_now()
    for contest in Contest.objects.announced().filter(final_at=None).order_by("pk"):
        window = contest.window_of_quizzes()
        opened = min([contest.video_opens_at, *([window[0]] if window else [])])
        if now < opened:
            continue
        try:
            refreshed = results.refresh(contest, now=now)
        except Exception:
            logger.exception("results of %s were not refreshed", contest.slug)
            continue
        if refreshed.built:
            logger.info("%s: result set %s built", contest.slug, refreshed.result_set.number)
