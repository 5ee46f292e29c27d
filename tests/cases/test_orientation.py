"""A picture that a camera turned is stored the way every browser shows it: left and right are never in doubt."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.cases.films import examine, png, refusal

BLOCK = 32  # px
STORED = np.array([[1, 2, 3], [4, 5, 6]])
# EXIF 2.3, tag 274: at which side of the shown picture the 0th row, and the 0th column, of the stored one lies.
SHOWN = {
    1: [[1, 2, 3], [4, 5, 6]],  # top, left
    2: [[3, 2, 1], [6, 5, 4]],  # top, right
    3: [[6, 5, 4], [3, 2, 1]],  # bottom, right
    4: [[4, 5, 6], [1, 2, 3]],  # bottom, left
    5: [[1, 4], [2, 5], [3, 6]],  # left, top
    6: [[4, 1], [5, 2], [6, 3]],  # right, top
    7: [[6, 3], [5, 2], [4, 1]],  # right, bottom
    8: [[3, 6], [2, 5], [1, 4]],  # left, bottom
}


def turned_by_a_camera(orientation: int, format: str, depth: type = np.uint8) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = np.kron(STORED * 40, np.ones((BLOCK, BLOCK))).astype(depth)
    return png(pixels, format=format, exif=exif.tobytes(), **({"quality": 95} if format == "JPEG" else {}))


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", SHOWN)
def test_a_picture_is_stored_the_right_way_up(orientation: int, format: str) -> None:
    film, pixels = examine(turned_by_a_camera(orientation, format))
    centres = pixels[BLOCK // 2 :: BLOCK, BLOCK // 2 :: BLOCK]
    assert np.rint(centres / 40).astype(int).tolist() == SHOWN[orientation]
    assert (film.rows, film.columns) == pixels.shape and film.source["orientation"] == orientation


def test_a_16_bit_png_is_turned_too() -> None:
    _, pixels = examine(turned_by_a_camera(8, "PNG", np.uint16))
    assert (pixels[::BLOCK, ::BLOCK] // 40).tolist() == SHOWN[8]


def test_an_orientation_that_stands_behind_the_pixels_is_doubt() -> None:
    """Browsers look before the pixels only, other programs everywhere."""
    content = turned_by_a_camera(2, "PNG")
    at = content.index(b"eXIf") - 4
    chunk = content[at : at + 12 + int.from_bytes(content[at : at + 4], "big")]
    late = content.replace(chunk, b"")
    assert refusal(late[:-12] + chunk + late[-12:]) == "film-unclear"


def test_an_orientation_in_a_text_chunk_turns_nothing() -> None:
    """Some programs write EXIF as text, which no browser heeds."""
    exif = Image.Exif()
    exif[0x0112] = 6
    block = exif.tobytes()
    text = b"tEXtRaw profile type exif\0\nexif\n%8d\n%s\n" % (len(block), block.hex().encode())
    plain = png(np.kron(STORED * 40, np.ones((BLOCK, BLOCK))).astype(np.uint8))
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    _, pixels = examine(plain[:33] + chunk + plain[33:])
    assert (pixels[::BLOCK, ::BLOCK] // 40).tolist() == SHOWN[1]
