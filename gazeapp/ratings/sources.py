"""The kinds of source, what people call them, and the path references that they stand for."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from gazeapp.ratings.models import Source

Kind = Source.Kind
# Label, and what an organiser should know.
KINDS: dict[str, tuple[str, str]] = {
    Kind.HUMAN: (
        "Human reading",
        "A complete reading of the case by a person who agreed to research, by eye tracker or imported; drawn by lot.",
    ),
    Kind.SIMULATED: ("Simulated reading", "A reading of the case by a simulated reader, drawn by lot."),
    Kind.MODEL: ("Model", "A predicted reading by one model version, drawn for this study alone."),
    Kind.SHUFFLED: ("Order shuffled", "A control: the same fixations in another order."),
    Kind.OTHER_CASE: ("Reading of another case", "A control: the reading of the next case, shown on this film."),
    Kind.CENTRE: ("About the centre", "A control: as many fixations, as long, scattered about the film's centre."),
}
CONTROL_OF = (Kind.HUMAN, Kind.SIMULATED)  # controls are made from the first of these that a study has
# Bits of a control's and of a model's seed: with 31, a script tries all of them and has an item's very numbers. A
# prediction keeps 63.
CONTROL_BITS, MODEL_BITS = 128, 63
# Which of a case's readings, as the study's seed deals them, a source shows or is made of; the last there is where
# there are fewer. A rater who meets a reading and a control of the same one could know both by it.
TAKES = {Kind.SHUFFLED: 1, Kind.CENTRE: 2, Kind.OTHER_CASE: 3}


def label_of(kind: str, model_name: str = "", model_sha256: str = "") -> str:
    """What results call a source; models of one name are told apart by the version's first digits."""
    label, _ = KINDS[kind]
    return f"{label} {model_name} {model_sha256[:8]}".replace("  ", " ") if kind == Kind.MODEL else label


def kinds() -> list[dict[str, str]]:
    return [{"kind": str(kind), "label": label, "words": words} for kind, (label, words) in KINDS.items()]


def reference(kind: str, *, of: Any, other: Any, seed: int, film_sha256: str) -> str:
    """The path reference of a reading or control. ``of``: the fixation set itself, or what a control is made from;
    ``other``: the next case's, for the control that shows it."""
    if kind in Source.CONTROLS:
        made_of = other if kind == Kind.OTHER_CASE else of
        return f"{kind}:{drawn_seed(seed, kind, film_sha256, bits=CONTROL_BITS)}:fixations:{made_of}"
    return f"fixations:{of}"


def displaced(path: str, seed: int) -> str:
    """The reference of a control's path with other numbers than the reading's that it is made of; a reading stays."""
    if path.startswith("fixations:"):
        return path
    return f"displaced:{drawn_seed(seed, path, '', bits=CONTROL_BITS)}:{path}"


def base_of(path: str) -> tuple[str, UUID]:
    """What a reference rests on: ("fixations" or "prediction", its id)."""
    kind, ident = path.rsplit(":", 2)[-2:]
    return kind, UUID(ident)


def drawn_seed(seed: int, kind: str, film_sha256: str, *, bits: int) -> int:
    """The seed of a control or of a model's reading, by a study's ``seed``: the same whenever it is worked out again,
    and known to nobody who does not know that one."""
    digest = hashlib.sha256(f"{seed}:{kind}:{film_sha256}".encode()).digest()
    return int.from_bytes(digest[:16], "big") >> 128 - bits


def lot(seed: int, what: str) -> bytes:
    """Sorts readings in an order that a study's ``seed`` alone knows."""
    return hashlib.sha256(f"{seed}:lot:{what}".encode()).digest()
