"""Another process that writes to the test's database and does not end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.db import connection


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Nobody else writes: to SQLite at all, to PostgreSQL's ``table``."""
    with closing(_hold(table)):
        yield


def _hold(table: str) -> Any:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        other = sqlite3.connect(name, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return other
    import psycopg
    from psycopg import sql

    where = {key.lower(): connection.settings_dict[key] for key in ("HOST", "PORT", "USER", "PASSWORD")}
    server = psycopg.connect(dbname=name, **{key: value for key, value in where.items() if value})
    server.execute(sql.SQL("LOCK TABLE {}").format(sql.Identifier(table)))
    return server
