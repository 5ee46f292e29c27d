"""Log lines never hold an address that is a key."""

from __future__ import annotations

import logging
import re

SECRET_PATHS = re.compile(r"(/people/link/|/accounts/password/reset/key/)[^/\s\"'?]+")


class RedactingFormatter(logging.Formatter):
    """Blots out the secret part of one-time links, wherever in the line or its traceback it stands."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET_PATHS.sub(r"\1…", super().format(record))
