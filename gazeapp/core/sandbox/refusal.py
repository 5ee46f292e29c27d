"""The one way out for a file that is not taken. Words for people stand outside the child, with the kind of file."""

from __future__ import annotations


class Refused(Exception):
    """`kind` names the reason; `data` holds only numbers and codes that the reader made or checked, never text of the
    file."""

    def __init__(self, kind: str, **data: int | float | str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.data = data


TOO_COMPLEX = "too-complex"  # it wanted more memory or time than a file of its kind needs
UNREADABLE = "unreadable"  # its reader met what it did not expect, or gave an answer that is none
