"""The cache in the database, which says so when the database takes nothing.

Django's own answers "not stored" then, as if somebody else had been faster. Who counts guesses in it hears "too many".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import DatabaseError, IntegrityError, OperationalError, connections, router


class StrictDatabaseCache(DatabaseCache):
    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        """Store, or return False where the entry is there already (add), or is not (touch).

        Raises:
            DatabaseError: it was not stored for any other reason.
        """
        errors: list[DatabaseError] = []

        def note(execute: Callable[..., Any], *question: Any) -> Any:
            try:
                return execute(*question)
            except DatabaseError as error:
                errors.append(error)
                raise

        with connections[router.db_for_write(self.cache_model_class)].execute_wrapper(note):
            stored = bool(super()._base_set(mode, key, value, timeout))  # type: ignore[misc]  # not in the stubs
        if stored or (mode == "touch" and not errors) or (errors and isinstance(errors[-1], IntegrityError)):
            return stored
        if errors:
            raise errors[-1]
        raise OperationalError("the cache's database did not take a commit")  # no statement of ours, so not noted
