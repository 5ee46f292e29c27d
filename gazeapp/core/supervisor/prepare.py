"""What must be true before the processes start: the schema is there, and the static files are collected."""

from __future__ import annotations

import hashlib
import pkgutil
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder


def migrate() -> bool:
    """Bring the schema up to date. Returns whether there was anything to do."""
    if _all_applied():
        return False
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    connection.close()
    return True


def _all_applied() -> bool:
    """A quick look that spares most starts the second it takes to import every migration: is each file recorded?"""
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
        if settings.CACHES["default"]["LOCATION"] not in connection.introspection.table_names():
            return False
    except DatabaseError:
        return False
    finally:
        connection.close()
    there = {
        (config.label, name)
        for config in apps.get_app_configs()
        if (folder := Path(config.path) / "migrations").is_dir()
        for _, name, is_package in pkgutil.iter_modules([str(folder)])
        if not is_package and name[0] not in "_~"
    }
    return there <= applied


def collect_static() -> bool:
    """Collect and compress static files when any of them changed. Returns whether there was anything to do."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest.hexdigest():
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(digest.hexdigest(), encoding="ascii")
    return True
