"""Why a file is not taken as a film: one kind a reason, what a person reads, and what they or the sender can do."""

from __future__ import annotations

from collections import defaultdict

AS_PICTURE = "Or save the film, as it looks right on your screen, as a grey PNG."

# kind: (what is wrong, what can be done). Braces are filled with numbers and codes that our own code checked.
WORDS: dict[str, tuple[str, str]] = {
    "film-not-dicom-or-image": (
        "This is not a DICOM, PNG or JPEG file.",
        "Export the film from the archive as DICOM Part 10, or save it as PNG or JPEG. Unpack zip archives first.",
    ),
    "film-unreadable": (
        "This file cannot be read.",
        "It is damaged or not written to the standard. Export it once more from where it came from.",
    ),
    "film-unclear": (
        "What this file says leaves its grey values in doubt ({about}).",
        "It was not taken in, because it might be shown wrongly. Whoever sends it can correct or leave out what is "
        f"named here. {AS_PICTURE}",
    ),
    "film-polarity": (
        "Two elements of this film's header contradict each other: PhotometricInterpretation is {photometric}, "
        "PresentationLUTShape is {shape}.",
        "Black and white might be exchanged. Whoever sends the film can correct the one that is wrong: MONOCHROME2 "
        f"goes with IDENTITY, MONOCHROME1 with INVERSE. {AS_PICTURE}",
    ),
    "film-depth": (
        "Two things contradict each other in this film: BitsStored is {stored}, its grey values need {needed} bits.",
        "Some of its greys would be shown as others. Whoever sends the film can correct BitsStored and HighBit. "
        f"{AS_PICTURE}",
    ),
    "film-sign": (
        "Two things contradict each other in this film: PixelRepresentation is {sign}, but its grey values go on "
        "smoothly only as {other} numbers.",
        "Bright and dark would be exchanged in parts of it. Whoever sends the film can correct PixelRepresentation. "
        f"{AS_PICTURE}",
    ),
    "film-table": (
        "Two elements of this film's header contradict each other: the LUTDescriptor of its {table} promises "
        "{promised} entries, its LUTData holds {held}.",
        f"Its greys cannot be known. Whoever sends the film can apply the table before sending. {AS_PICTURE}",
    ),
    "film-flat": (
        "This film shows one grey throughout ({about}).",
        "There is nothing to read on it. Where a table is named, it does not fit the pixels: whoever sends the film "
        f"can correct it or leave it out. {AS_PICTURE}",
    ),
    "film-view": (
        "Two elements of this film's header contradict each other: ViewPosition is {view}, ViewCodeSequence says a "
        "side view.",
        "Predicted readings exist for frontal films only. Whoever sends the film can correct the one that is wrong.",
    ),
    "transfer-syntax-not-taken": (
        "This film is stored as {name} ({syntax}), which is not taken here.",
        "Export it uncompressed, or as RLE or JPEG 2000.",
    ),
    "film-jpeg-2000": (
        "This film's JPEG 2000 data hold {about}, which is not taken here.",
        "A film needs the bare codestream alone. Export it as that, uncompressed, or as RLE.",
    ),
    "film-class-not-taken": (
        "This is not a plain radiograph.",
        "Only computed and digital radiography (CR, DX) is read here. Choose the film itself, not a report or a scan.",
    ),
    "film-for-processing": (
        "This is the detector's raw image, not the processed film.",
        "Export the image that is marked FOR PRESENTATION.",
    ),
    "film-not-chest": ("This is not a chest film.", "Its header names another body part. Choose a chest film."),
    "film-not-frontal": (
        "This is a side view.",
        "Predicted readings exist for frontal films only. Choose the PA or AP film.",
    ),
    "film-many-frames": ("This file holds several images.", "Choose a file with one image."),
    "film-in-colour": ("This picture is in colour.", "Chest films are grey. Save it without marks or colour."),
    "film-deep-colour": (
        "This PNG holds its grey values in several channels of 16 bits.",
        "Half of their depth would be lost. Save it as a grey PNG of 16 bits, without colour and transparency.",
    ),
    "film-without-pixels": ("There is no picture in this file.", "Choose the file that holds the image itself."),
    "film-too-large": ("This film is too large.", "At most 64 million pixels and {limit_mb} MB are taken."),
    "film-too-small": ("This picture is too small for a film.", "Choose the full film, not its thumbnail."),
    "film-too-complex": (
        "This file asks for more memory or time than a film needs.",
        "It was stopped before it could do harm. Export it once more from where it came from.",
    ),
}
UNSAID = {"about": "grey values", "name": "an unknown syntax", "syntax": "unknown", "limit_mb": 200}


class FilmFault(ValueError):
    """``kind`` is one of ``WORDS``; ``data`` holds only numbers and codes that our code made or checked, never text of
    the file."""

    def __init__(self, kind: str, **data: int | float | str) -> None:
        what, advice = words(kind, **data)
        fault = f" ({data['fault']})" if "fault" in data else ""
        super().__init__(f"{what} {advice}{fault}")
        self.kind = kind
        self.data = data


def words(kind: str, **data: int | float | str) -> tuple[str, str]:
    """What is wrong and what can be done, in words; what nobody said is filled in."""
    filled = defaultdict(lambda: "unknown", {**UNSAID, **data})
    what, advice = WORDS[kind]
    return what.format_map(filled), advice.format_map(filled)
