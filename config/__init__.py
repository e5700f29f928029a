"""The Django project: settings, addresses, the queue, the web entry point."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
