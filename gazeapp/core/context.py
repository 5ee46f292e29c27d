"""What every page may say: version and mode, and the bar."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gazeapp.core import navigation


def page(request: HttpRequest) -> dict[str, object]:
    """The bar is worked out when a page shows it: it asks the database how much waits."""
    bar: object = SimpleLazyObject(lambda: navigation.bar(request)) if hasattr(request, "session") else {}
    return {"version": settings.VERSION, "demo": settings.DEMO, "bar": bar}
