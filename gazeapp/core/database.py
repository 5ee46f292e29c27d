"""Whether the database can be used now: what an error says of that, and how to find out."""

from __future__ import annotations

import sqlite3

from django.core.cache import cache
from django.db import Error, InterfaceError, OperationalError

# Primary result codes of SQLite that speak of the file and not of the question.
_SQLITE_DOWN = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
_TOO_COMPLEX = "54"  # the one class of PostgreSQL's operational errors that is the question's own fault


def is_down(error: BaseException | None) -> bool:
    """Unreachable, locked for too long, full or damaged; also when that only led to ``error``."""
    seen = 0
    while error is not None and seen < 20:
        if isinstance(error, Error) and _speaks_of_the_database(error):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def _speaks_of_the_database(error: Error) -> bool:
    driver = error.__cause__
    if isinstance(driver, sqlite3.Error):
        return (getattr(driver, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_DOWN
    state = getattr(driver, "sqlstate", None) or ""  # none when no connection was made
    return isinstance(error, OperationalError | InterfaceError) and not state.startswith(_TOO_COMPLEX)


def takes_writes() -> bool:
    """Whether it stores something now. Who only reads would not notice SQLite's lock or a full disk."""
    try:
        cache.set("takes-writes", True)
    except Error as error:
        if not is_down(error):
            raise
        return False
    return True
