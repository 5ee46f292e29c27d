"""What is told of a device: its kind, never the words of a file, which may hold a serial number or a place."""

from __future__ import annotations

KINDS = (  # the first whose words a device has
    ("EyeLink Portable Duo", "eyelink portable duo"),
    ("EyeLink 1000 Plus", "eyelink 1000 plus"),
    ("EyeLink 1000", "eyelink 1000"),
    ("EyeLink", "eyelink"),
    ("Tobii Pro Spectrum", "tobii pro spectrum"),
    ("Tobii Pro Fusion", "tobii pro fusion"),
    ("Tobii", "tobii"),
    ("Gazepoint GP3", "gp3"),
    ("Gazepoint", "gazepoint"),
    ("Pupil Labs", "pupil"),
    ("SMI", "smi "),
    ("SMI", "iview"),
    ("simulator", "simulator"),
)


def kind_of(device: str) -> str:
    """The kind of a device by what was recorded of it; "" for one that is not known here."""
    words = f"{device.lower()} "
    return next((kind for kind, sign in KINDS if sign in words), "")
