"""How the real-film check names a zone. Written before, and apart from, the templates of the simulated reports.

``NEAR`` wordings say zone, field or lobe; ``FAR`` ones are distant paraphrases. ``{side}`` is right or left, ``{S}``
R or L.
"""

from __future__ import annotations

LEVELS = ("upper", "mid", "lower")
SIDES = ("right", "left")

NEAR: dict[str, tuple[str, ...]] = {
    "upper": (
        "Opacity in the {side} upper zone.",
        "There is consolidation in the upper zone of the {side} lung.",
        "Patchy airspace shadowing, {side} upper lung field.",
        "{Side} upper lobe infiltrate.",
    ),
    "mid": (
        "Opacity in the {side} mid zone.",
        "There is consolidation in the mid zone of the {side} lung.",
        "Patchy airspace shadowing, {side} middle lung field.",
        "{Side} midzone infiltrate.",
    ),
    "lower": (
        "Opacity in the {side} lower zone.",
        "There is consolidation in the lower zone of the {side} lung.",
        "Patchy airspace shadowing, {side} lower lung field.",
        "{Side} lower lobe infiltrate.",
    ),
}

FAR: dict[str, tuple[str, ...]] = {
    "upper": (
        "{S}UL pneumonia.",
        "Something dense high up in the {side} lung.",
        "Shadow near the top of the {side} chest.",
    ),
    "mid": (
        "Ill-defined density at the level of the {side} hilum, laterally.",
        "Lesion half-way down the {side} lung.",
        "Shadow in the central third of the {side} hemithorax.",
    ),
    "lower": (
        "{S}LL pneumonia.",
        "{Side} basal shadowing, suspicious for aspiration.",
        "Density just above the {side} hemidiaphragm.",
    ),
}

DENIALS: dict[str, tuple[str, ...]] = {
    level: (
        f"No opacity in the {{side}} {level} zone.",
        f"The {{side}} {level} zone is clear.",
        f"No consolidation is seen in the {level} zone of the {{side}} lung.",
    )
    for level in LEVELS
}


def worded(template: str, side: str) -> str:
    """The template for one side."""
    return template.format(side=side, Side=side.capitalize(), S=side[0].upper())
