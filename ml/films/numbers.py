"""Numbers of a header, or a refusal that names their element."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from ml.films.faults import FilmFault

MAX_NUMBER = 1e9  # no element that says what a film's greys mean needs a greater one


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """A multi-valued number as floats; nothing at all where it is missing, a refusal where it is nonsense."""
    value = dataset.get(keyword)
    if value is None or value == "":
        return []
    try:
        found = [float(item) for item in (value if isinstance(value, (MultiValue, list, tuple)) else [value])]
    except (TypeError, ValueError):
        raise FilmFault("film-unclear", about=keyword) from None
    if not all(abs(number) <= MAX_NUMBER for number in found):  # nor is a NaN
        raise FilmFault("film-unclear", about=keyword)
    return found


def whole_number(dataset: Dataset, keyword: str, default: int | None = None) -> int:
    value = dataset.get(keyword)
    if value is None or value == "":
        if default is None:
            raise FilmFault("film-unclear", about=keyword)
        return default
    try:
        return int(value)
    except (TypeError, ValueError):
        raise FilmFault("film-unclear", about=keyword) from None


def text(dataset: Dataset, keyword: str) -> str:
    return str(dataset.get(keyword, "") or "").strip()
