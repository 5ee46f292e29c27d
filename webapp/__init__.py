"""Wiring only: settings, URLs, ASGI, Celery. No domain word appears here."""

from webapp.celery import app as celery_app

__all__ = ["celery_app"]
