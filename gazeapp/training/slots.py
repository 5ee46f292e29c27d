"""When a schedule is due: arithmetic on UTC times, and the words for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
EARLY = timedelta(minutes=1)  # that the worker's clock may be behind the one that sent the message


def last_due(now: datetime, weekday: int | None, hour: int, minute: int) -> datetime:
    """The newest time at which it was due up to now, or is within a minute. weekday: Monday 0; None is every day."""
    upto = now.astimezone(UTC) + EARLY
    due = upto.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if due > upto:
        due -= timedelta(days=1)
    if weekday is not None:
        due -= timedelta(days=(due.weekday() - weekday) % 7)
    return due


def next_due(now: datetime, weekday: int | None, hour: int, minute: int) -> datetime:
    """The first time after now."""
    now = now.astimezone(UTC)
    due = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if due <= now:
        due += timedelta(days=1)
    if weekday is not None:
        due += timedelta(days=(weekday - due.weekday()) % 7)
    return due


def cron_day(weekday: int | None) -> str:
    """The day of the week as cron has it: Sunday 0."""
    return "*" if weekday is None else str((weekday + 1) % 7)


def sentence(weekday: int | None, hour: int, minute: int, at_least: int) -> str:
    """`Sundays 02:00 UTC if 200 new readings`."""
    day = "Every day" if weekday is None else DAYS[weekday]
    readings = "1 new reading" if at_least == 1 else f"{at_least} new readings"
    return f"{day} {hour:02}:{minute:02} UTC if {readings}"
