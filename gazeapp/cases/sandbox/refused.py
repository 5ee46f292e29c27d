"""The one way out for a file that is not taken. Words for people stand in `gazeapp.cases.refusals`, outside the
sandbox."""

from __future__ import annotations


class Refused(Exception):
    """`kind` names the reason; `data` holds only numbers and codes that this package made or checked, never header
    text."""

    def __init__(self, kind: str, **data: int | float | str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.data = data
