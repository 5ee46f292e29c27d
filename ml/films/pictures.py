"""PNG and JPEG films: one grey picture, the right way up, no header worth keeping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.films.decoding import warnings_as_errors
from ml.films.faults import FilmFault
from ml.films.stored import Bounds, Pixels, StoredFilm, choose_window, words_sha256
from ml.films.whole import Damaged, load_whole

COLOUR_TOLERANCE = 24  # of 255; JPEG leaves this much between the channels of a grey picture
ORIENTATION = 0x0112  # EXIF tag
Image.preinit()


def read(path: Path, format: str, bounds: Bounds) -> StoredFilm:
    with warnings_as_errors(UserWarning, Image.DecompressionBombWarning):
        try:
            with Image.open(path, formats=[format]) as image:
                bounds.check(image.height, image.width)
                if (
                    getattr(image, "n_frames", 1) != 1 and image.format != "MPO"
                ):  # a phone's JPEG; its first is the film
                    raise FilmFault("film-many-frames")
                mode, turn = image.mode, orientation(image)
                content = path.read_bytes()
                if is_deep_colour(content):
                    raise FilmFault("film-deep-colour")
                load_whole(content, image)
                if orientation(image) != turn:  # said behind the pixels, where some programs look and some do not
                    raise FilmFault("film-unclear", about="Orientation")
                pixels, bits = _grey(image)
                words = words_sha256(np.asarray(image) if mode == "P" else pixels, bits)  # a palette may be exchanged
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise FilmFault("film-too-large") from None
        except Damaged as damage:
            raise FilmFault("film-unreadable", fault=str(damage)) from None
    pixels = turned(pixels, turn)
    stored = [(127.5, 255.0, "")] if bits == 8 else []  # 8 bits were windowed by whoever saved them
    window, windows = choose_window(pixels, stored)
    source = {"format": format, "mode": mode, "inverted": False, "orientation": turn}
    return StoredFilm(pixels=pixels, bits=bits, window=window, windows=windows, source=source, words=words)


def size(path: Path, format: str) -> tuple[int, int]:
    """(width, height) in px of the picture as it is shown; no pixel is decoded."""
    with Image.open(path, formats=[format]) as picture:
        width, height = picture.size
        return (height, width) if orientation(picture) >= 5 else (width, height)


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8, from the block of a JPEG or the eXIf chunk of a PNG; 1 where none is said."""
    block = image.info.get("exif")
    if not block:
        return 1
    exif = Image.Exif()
    exif.load(block)
    value = exif.get(ORIENTATION)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def turned(values: NDArray[Any], orientation: int) -> NDArray[Any]:
    """(H, W) stored values as they are to be shown (EXIF 2.3, tag 274); 5 to 8 swap height and width."""
    match orientation:
        case 2:
            values = values[:, ::-1]
        case 3:
            values = values[::-1, ::-1]
        case 4:
            values = values[::-1]
        case 5:
            values = values.T
        case 6:
            values = values[::-1].T
        case 7:
            values = values[::-1, ::-1].T
        case 8:
            values = values[:, ::-1].T
    return np.ascontiguousarray(values)


def is_deep_colour(content: bytes) -> bool:
    """Whether a PNG holds more than one channel of 16 bits, of which Pillow keeps 8 and says nothing."""
    return content.startswith(b"\x89PNG") and len(content) > 25 and content[24] == 16 and content[25] != 0


def _grey(image: Image.Image) -> tuple[Pixels, int]:
    """16-bit values and their significant bits. Colour that is more than noise is refused rather than guessed at."""
    if image.mode in {"1", "L", "I;16", "I;16B", "I;16L", "I"} and "transparency" in image.info:  # one grey is none
        raise FilmFault("film-unclear", about="transparency")
    if image.mode in {"I;16", "I;16B", "I;16L", "I"}:
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise FilmFault("film-unclear", about="values beyond 16 bits")
        return values.astype(np.uint16), 16
    if image.mode in {"1", "L"}:
        return np.asarray(image.convert("L")).astype(np.uint16), 8
    if image.mode in {"LA", "RGBA", "PA", "P", "RGB"}:
        rgba = np.asarray(image.convert("RGBA"))
        if rgba[..., 3].min() < 255:
            raise FilmFault("film-unclear", about="transparency")
        rgb = rgba[..., :3]
        spread = rgb.max(axis=2).astype(np.int16) - rgb.min(axis=2)
        if float(np.percentile(spread, 99.9)) > COLOUR_TOLERANCE:
            raise FilmFault("film-in-colour")
        return np.asarray(image.convert("RGB").convert("L")).astype(np.uint16), 8
    raise FilmFault("film-in-colour")
