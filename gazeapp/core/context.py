"""What every page may say: version and mode."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, object]:
    return {"version": settings.VERSION, "demo": settings.DEMO}
