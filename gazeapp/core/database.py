"""Whether the database can be used now, and whether a disk is full: what an error says of that, how to find out."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator

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
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DISK_FULL = "53100"  # PostgreSQL's
_TOO_COMPLEX = "54"  # the one class of PostgreSQL's operational errors that is the question's own fault


def is_down(error: BaseException | None) -> bool:
    """Unreachable, locked for too long, full or damaged; also when that only led to ``error``."""
    return any(isinstance(one, Error) and _speaks_of_the_database(one) for one in _chain(error))


def is_full(error: BaseException | None) -> bool:
    """Whether a disk took no more, the database's or any other; also when that only led to ``error``."""
    return any(_speaks_of_room(one) for one in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it came from, and so on."""
    for _ in range(20):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _speaks_of_room(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    if isinstance(error, sqlite3.Error):
        return (getattr(error, "sqlite_errorcode", 0) & 0xFF) == sqlite3.SQLITE_FULL
    return getattr(error, "sqlstate", None) == _DISK_FULL


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
