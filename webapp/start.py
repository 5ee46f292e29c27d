"""Starting a command: an ordinary mistake ends it with a line that says what to do, anything else with a traceback."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def run(command: Callable[[], object]) -> None:
    """Read the settings, then do it.

    Raises:
        SystemExit: with the line, and code 1.
    """
    try:
        settings.INSTALLED_APPS  # noqa: B018  (Django would go on without settings, to say "Unknown command")
        command()
    except Exception as error:
        words = in_words(error)
        if words is None:
            raise
        raise SystemExit(words) from None


def in_words(error: Exception) -> str | None:
    """What whoever started this can do about it; None where it is no mistake of theirs."""
    if isinstance(error, ImproperlyConfigured):
        return str(error)
    from gazeapp.core import database  # needs settings

    if database.is_full(error):
        return "The disk is full. Make room, then start this again."
    if database.is_down(error):
        why = str(error).strip().partition("\n")[0]
        return (
            f"The database cannot be used: {why.rstrip('.')}. Start it, or correct DATABASE_URL or MEDGAZE_STATE_DIR."
        )
    return None
