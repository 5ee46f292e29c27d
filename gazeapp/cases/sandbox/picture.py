"""PNG and JPEG films: one grey picture, the right way up, no header worth keeping."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image

from gazeapp.cases.sandbox.limits import MAX_PIXELS
from gazeapp.cases.sandbox.values import Film, check_size, choose_window
from gazeapp.core.sandbox.refusal import Refused
from ml.data.pictures import Damaged, is_deep_colour, load_whole, orientation, turned

COLOUR_TOLERANCE = 24  # of 255; JPEG leaves this much between the channels of a grey picture

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
Image.preinit()


def read(path: Path, format: str) -> Film:
    with warnings.catch_warnings():
        for told in (UserWarning, Image.DecompressionBombWarning):  # what a decoder finds odd is no film for us
            warnings.simplefilter("error", told)
        try:
            with Image.open(path, formats=[format]) as image:
                check_size(image.height, image.width)
                if (
                    getattr(image, "n_frames", 1) != 1 and image.format != "MPO"
                ):  # a phone's JPEG; its first is the film
                    raise Refused("film-many-frames")
                mode, turn = image.mode, orientation(image)
                content = path.read_bytes()
                if is_deep_colour(content):
                    raise Refused("film-deep-colour")
                load_whole(content, image)
                if orientation(image) != turn:  # said behind the pixels, where some programs look and some do not
                    raise Refused("film-unclear", about="Orientation")
                pixels, bits = _grey(image)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise Refused("film-too-large") from None
        except Damaged:
            raise Refused("film-unreadable", fault="damaged") from None
    pixels = turned(pixels, turn)
    stored = [(127.5, 255.0, "")] if bits == 8 else []  # 8 bits were windowed by whoever saved them
    window, windows = choose_window(pixels, stored)
    source = {"format": format, "mode": mode, "inverted": False, "orientation": turn}
    return Film(pixels=pixels, bits=bits, window=window, windows=windows, source=source)


def _grey(image: Image.Image) -> tuple[np.ndarray, int]:
    """16-bit values and their significant bits. Colour that is more than noise is refused rather than guessed at."""
    if image.mode in {"I;16", "I;16B", "I;16L", "I"}:
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise Refused("film-unclear", about="values")
        return values.astype(np.uint16), 16
    if image.mode in {"1", "L"}:
        return np.asarray(image.convert("L")).astype(np.uint16), 8
    if image.mode in {"LA", "RGBA", "PA", "P", "RGB"}:
        rgba = np.asarray(image.convert("RGBA"))
        if rgba[..., 3].min() < 255:
            raise Refused("film-unclear", about="transparency")
        rgb = rgba[..., :3]
        spread = rgb.max(axis=2).astype(np.int16) - rgb.min(axis=2)
        if float(np.percentile(spread, 99.9)) > COLOUR_TOLERANCE:
            raise Refused("film-in-colour")
        return np.asarray(image.convert("RGB").convert("L")).astype(np.uint16), 8
    raise Refused("film-in-colour")
