"""House-keeping of accounts."""

from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import throttle


@shared_task
def clean_up() -> None:
    """Delete counters of past windows and sessions that ended."""
    now = timezone.now()
    throttle.forget_old(now=now)
    Session.objects.filter(expire_date__lt=now).delete()
