"""Times and sizes as people say them."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.dateparse import parse_datetime

register = template.Library()


@register.filter
def seconds(value: float) -> str:
    """45 s, 14 min, 3 h, 2 d: the largest unit alone."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if value >= 2 * size or (unit == "min" and value >= size):
            return f"{int(value // size)} {unit}"
    return f"{int(value)} s"


@register.filter
def age(moment: datetime | str) -> str:
    """How long ago that was; a text is read as ISO 8601."""
    then = parse_datetime(moment) if isinstance(moment, str) else moment
    return "" if then is None else seconds(max(0.0, (timezone.now() - then).total_seconds()))


@register.filter
def mebibytes(value: int) -> str:
    """850 MB, 1.2 GB."""
    return f"{value} MB" if value < 1000 else f"{value / 1024:.1f} GB"
