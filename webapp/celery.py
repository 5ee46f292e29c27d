"""The Celery application. Tasks are declared in `worker/`; the web process only sends them by name."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")

app = Celery("webapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()  # for every thread: the web process sends from the threads that run views
