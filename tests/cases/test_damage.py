"""Files that are damaged or that lie about what they hold are refused: half a film is worse than none."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import compress
from pydicom.uid import JPEG2000Lossless, RLELossless

from tests.cases.films import PACKAGED, dicom, examine, png, ramp, refusal


def grain(rows: int = 256, columns: int = 192) -> np.ndarray:
    """Grey with noise, as films have it: its JPEG holds something in every block."""
    dice = np.random.default_rng(11)
    return np.clip(np.linspace(40, 200, columns) + dice.normal(0, 15, (rows, columns)), 0, 255).astype(np.uint8)


def cut(jpeg: bytes, keep: float) -> bytes:
    """So much of its data, then an end as if nothing were missing."""
    start = jpeg.index(b"\xff\xda")
    return jpeg[: start + int((len(jpeg) - start) * keep)].rstrip(b"\xff") + b"\xff\xd9"


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("keep", [0.05, 0.6, 0.97])
def test_a_jpeg_that_was_cut_and_closed_again_is_refused(keep: float, progressive: bool) -> None:
    whole = png(grain(), format="JPEG", progressive=progressive)
    assert examine(whole)[0].rows == 256
    assert refusal(cut(whole, keep)) == "film-unreadable"


def test_a_small_jpeg_that_claims_8000_by_8000_pixels_is_refused() -> None:
    content = bytearray(png(grain(64, 64), format="JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", 8000, 8000)
    assert len(content) < 3000
    assert refusal(bytes(content)) == "film-unreadable"


def test_a_jpeg_with_an_arithmetic_coder_that_no_browser_shows_is_refused() -> None:
    content = bytearray(png(grain(), format="JPEG"))
    content[content.index(b"\xff\xc0") + 1] = 0xC9
    assert refusal(bytes(content)) == "film-unreadable"


def test_a_phones_jpeg_with_a_thumbnail_inside_is_taken() -> None:
    """The thumbnail's own markers stand inside a segment, and are none of the film's."""
    inner = png(grain(80, 64), format="JPEG")
    content = png(grain(), format="JPEG")
    segment = b"Exif\0\0" + b"MM\0\x2a\0\0\0\x08\0\0\0\0\0\0" + inner
    with_thumbnail = content[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + content[2:]
    assert np.array_equal(examine(with_thumbnail)[1], examine(content)[1])


@pytest.mark.parametrize("what", ["cut", "checksum", "size"])
def test_a_damaged_or_lying_png_is_refused(what: str) -> None:
    content = png(grain())
    if what == "cut":
        content = content[: len(content) // 2]
    elif what == "checksum":
        at = content.index(b"IDAT") + 1000
        content = content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :]
    else:
        header = b"IHDR" + struct.pack(">II", 64, 64) + content[24:29]  # the data hold 192 x 256
        content = content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:]
    assert refusal(content) == "film-unreadable"


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_png_with_an_unknown_part_that_must_not_be_skipped_is_refused() -> None:
    """A capital first letter says so; a small one may be skipped."""
    content = png(grain())
    assert refusal(content[:33] + chunk(b"GAMA", b"x") + content[33:]) == "film-unreadable"
    assert examine(content[:33] + chunk(b"gaMa", b"x") + content[33:])[0].rows == 256


@pytest.mark.parametrize("where", ["same", "next"])
def test_a_png_whose_data_go_on_behind_the_picture_is_refused(where: str) -> None:
    rows = b"".join(b"\0" + line.tobytes() for line in grain())
    packed = zlib.compress(rows)
    data = chunk(b"IDAT", packed + b"more") if where == "same" else chunk(b"IDAT", packed) + chunk(b"IDAT", b"more")
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 192, 256, 8, 0, 0, 0, 0))
    assert refusal(b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND")) == "film-unreadable"
    assert examine(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", packed) + chunk(b"IEND"))[0].rows == 256


@pytest.mark.parametrize("times", [2, 2.5, 4])
@pytest.mark.parametrize("bits", [8, 16])
def test_a_dicom_film_with_pixels_for_two_is_refused(times: float, bits: int) -> None:
    pixels = ramp() if bits == 16 else (ramp() // 16).astype(np.uint8)
    dataset = dicom(pixels)
    dataset.PixelData = (pixels.tobytes() * 4)[: int(times * pixels.nbytes)]
    assert refusal(dataset) == "film-unreadable"


@pytest.mark.parametrize("size", [(64, 64), (255, 256), (256, 257)])
def test_a_dicom_film_holds_exactly_the_pixels_that_it_promises(size: tuple[int, int]) -> None:
    dataset = dicom(ramp(256, 256))
    dataset.Rows, dataset.Columns = size
    assert refusal(dataset) == "film-unreadable"


def test_one_byte_that_makes_an_odd_number_of_pixels_even_is_no_lie() -> None:
    pixels = (ramp(65, 67) // 16).astype(np.uint8)
    dataset = dicom(pixels, BitsStored=8)
    dataset.PixelData = pixels.tobytes() + b"\0"
    assert np.array_equal(examine(dataset)[1], pixels)
    dataset.PixelData = pixels.tobytes() + b"\0\0\0"
    assert refusal(dataset) == "film-unreadable"


def test_an_rle_film_that_was_cut_is_refused() -> None:
    dataset = dicom(ramp(256, 192))
    compress(dataset, RLELossless)
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.PixelData = encapsulate([frame[: len(frame) * 6 // 10]])
    assert refusal(dataset) == "film-unreadable"


@pytest.mark.parametrize("name", ["RG1_J2KR.dcm", "RG1_J2KI.dcm"])
def test_a_jpeg_2000_film_that_was_cut_and_closed_again_is_refused(name: str) -> None:
    dataset = pydicom.dcmread(PACKAGED / name)
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1)).rstrip(b"\0")
    dataset.PixelData = encapsulate([frame[: len(frame) * 6 // 10] + b"\xff\xd9"])
    assert refusal(dataset) == "film-unreadable"


@pytest.mark.parametrize("filling", [0x00, 0xA5])
@pytest.mark.parametrize("name", ["RG1_J2KR.dcm", "RG1_J2KI.dcm"])
def test_a_jpeg_2000_film_with_a_hole_that_was_filled_up_is_refused(name: str, filling: int) -> None:
    dataset = pydicom.dcmread(PACKAGED / name)
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    half = len(frame) // 2
    dataset.PixelData = encapsulate([frame[:half] + bytes([filling]) * 512 + frame[half + 512 :]])
    assert refusal(dataset) == "film-unreadable"


def coded(stream: bytes, **changes: Any) -> Dataset:
    """A film of 8 bits with these JPEG 2000 bytes."""
    dataset = dicom(ramp(256, 192).astype(np.uint8), syntax=JPEG2000Lossless, **{"BitsStored": 8, **changes})
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    return dataset


def stream_of(pixels: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG2000", no_jp2=True, irreversible=False, **options)
    return file.getvalue()


def test_empty_packets_of_a_jpeg_2000_film_are_no_hole() -> None:
    film = np.zeros((1024, 768), np.uint8)
    film[:256, :192] = grain()
    stream = stream_of(film, precinct_size=(32, 32), progression="LRCP")
    assert b"\x80" * 200 in stream
    assert np.array_equal(examine(coded(stream, Rows=1024, Columns=768))[1], film)


@pytest.mark.parametrize(
    ("depth", "allocated", "kind"),
    [
        (0x87, 8, "film-unclear"),  # signed
        (11, 8, "film-depth"),
        (8, 16, "film-depth"),
        (11, 16, "film-depth"),
        (4, 8, "film-depth"),
    ],
)
def test_a_jpeg_2000_film_whose_stream_names_another_depth_is_refused(depth: int, allocated: int, kind: str) -> None:
    stream = stream_of(np.clip(grain().astype(int) * 2 - 128, 0, 255).astype(np.uint8))
    at = stream.index(b"\xff\x51") + 40
    assert stream[at] == 7
    assert refusal(coded(stream[:at] + bytes([depth]) + stream[at + 1 :], BitsAllocated=allocated)) == kind


@pytest.mark.parametrize("stored", [8, 12, 16])
def test_a_jpeg_2000_film_may_have_other_bits_than_its_header_says(stored: int) -> None:
    stream = stream_of(ramp(256, 192))  # 16 bits, of which the film uses 12
    film, pixels = examine(coded(stream, BitsAllocated=16, BitsStored=stored, HighBit=stored - 1))
    assert np.array_equal(pixels, ramp(256, 192))
    assert ("BitsStored" in str(film.source.get("remarks"))) == (stored == 8)


def test_a_jpeg_2000_film_without_some_of_its_tiles_is_refused() -> None:
    stream = stream_of(grain(), tile_size=(96, 128))
    dataset = coded(stream)
    assert np.array_equal(examine(dataset)[1], grain())
    dataset.PixelData = encapsulate([stream[: stream.rindex(b"\xff\x90\x00\x0a")] + b"\xff\xd9"])
    assert refusal(dataset) == "film-unreadable"


@pytest.mark.parametrize(
    "changes",
    [
        {"RescaleSlope": "0"},
        {"RescaleSlope": "1e-300"},
        {"RescaleSlope": "-1e-7"},
        {"RescaleSlope": "-1e7"},
        {"RescaleSlope": "1e300"},
        {"RescaleIntercept": "1e300"},
        {"RescaleSlope": "1e-7", "WindowCenter": "100", "WindowWidth": "50", "VOILUTFunction": "SIGMOID"},
    ],
)
def test_numbers_that_no_film_has_are_refused(changes: dict[str, str]) -> None:
    assert refusal(dicom(**changes)) == "film-unclear"


@pytest.mark.parametrize(
    "changes",
    [{"WindowCenter": "1e300", "WindowWidth": "100"}, {"WindowCenter": "100", "WindowWidth": "1e300"}],
)
def test_a_window_of_numbers_that_no_film_has_is_replaced(changes: dict[str, str]) -> None:
    film, _ = examine(dicom(**changes))
    assert film.windows == [] and film.source["remarks"] == ["Window 1: left out, its centre or width is none"]


@pytest.mark.parametrize("number", [b"inf ", b"-inf", b"nan "])
def test_a_window_that_is_no_finite_number_is_replaced(number: bytes) -> None:
    dataset = dicom(WindowWidth="100")
    dataset.add_new("WindowCenter", "UN", number)
    film, _ = examine(dataset)
    assert film.windows == [] and film.source["remarks"] == ["Window 1: left out, its centre or width is none"]


@pytest.mark.parametrize("keyword", ["RescaleSlope", "RescaleIntercept"])
@pytest.mark.parametrize("number", [b"inf ", b"-inf", b"nan "])
def test_what_is_no_finite_number_is_refused(keyword: str, number: bytes) -> None:
    dataset = dicom(WindowWidth="100")
    dataset.add_new(keyword, "UN", number)
    assert refusal(dataset) in {"film-unclear", "film-unreadable"}


@pytest.mark.parametrize("width", ["1e-300", "0.01", "9e8"])
def test_a_window_of_a_width_that_shows_one_grey_is_not_kept(width: str) -> None:
    film, pixels = examine(dicom(WindowCenter="2000", WindowWidth=width, VOILUTFunction="LINEAR_EXACT"))
    assert film.windows == [] and 100 < film.window[1] < pixels.max()
