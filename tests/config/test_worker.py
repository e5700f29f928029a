"""A real worker, a real broker: what is queued here is done there, on the same rows."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from accounts.tasks import clean_up
from tests.processes import Child, wait_until


@pytest.fixture
def ended_session(transactional_db: None) -> Session:
    yesterday = timezone.now() - dt.timedelta(days=1)
    return Session.objects.create(session_key="ended", session_data="", expire_date=yesterday)


def test_a_task_queued_with_the_commit_is_done_by_the_worker(
    worker: Child, ended_session: Session
) -> None:
    with transaction.atomic():
        clean_up.delay_on_commit()

    wait_until(lambda: not Session.objects.filter(session_key="ended").exists())
