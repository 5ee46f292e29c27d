"""How much one person may have open at a time: nobody's zeal fills disk and queues for everybody.

The numbers stand in the settings; what counts as open is said where it is made. What commands and schedules make is not
limited.
"""

from __future__ import annotations

from gazeapp.core.problems import Problem


def refuse_more(kind: str, title: str, *, there: int, limit: int, open_are: str, do: str) -> None:
    """Refuse one more where ``limit`` are open already. ``open_are`` says what is counted ("wait or run"), ``do`` what
    makes room.

    Raises:
        Problem: ``kind``, with 429.
    """
    if there >= limit:
        detail = f"{there} of yours {open_are}, and one person may have {limit}. {do}"
        raise Problem(kind, title, detail, code=429, limit=limit, open=there)
