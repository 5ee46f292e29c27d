"""Picture files are read whole and the right way up, or not at all."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.data.pixels import film_size, load_film, read_film
from ml.data.types import DataError, FilmFile
from tests.cases.films import png
from tests.cases.test_orientation import BLOCK, SHOWN, turned_by_a_camera


def grain(rows: int = 160, columns: int = 120) -> np.ndarray:
    dice = np.random.default_rng(7)
    return np.clip(np.linspace(40, 200, columns) + dice.normal(0, 20, (rows, columns)), 0, 255).astype(np.uint8)


def read(tmp_path: Path, content: bytes) -> np.ndarray:
    path = tmp_path / "film"
    path.write_bytes(content)
    return np.asarray(load_film(FilmFile(path, *film_size(path), "film")))


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", SHOWN)
def test_a_picture_that_lies_on_its_side_is_read_the_right_way_up(
    tmp_path: Path, orientation: int, format: str
) -> None:
    pixels = read(tmp_path, turned_by_a_camera(orientation, format))
    centres = pixels[BLOCK // 2 :: BLOCK, BLOCK // 2 :: BLOCK]
    assert np.rint(centres / 40).astype(int).tolist() == SHOWN[orientation]


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(tmp_path: Path, orientation: int) -> None:
    assert read(tmp_path, turned_by_a_camera(orientation, "PNG")).shape == (2 * BLOCK, 3 * BLOCK)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"progressive": True},
        {"quality": 30},
        {"optimize": True},
        {"restart_marker_blocks": 5},
        {"restart_marker_rows": 1},
        {"progressive": True, "restart_marker_rows": 2},
    ],
)
@pytest.mark.parametrize("colour", [False, True])
def test_a_whole_jpeg_of_any_make_is_read_and_a_cut_one_is_not(
    tmp_path: Path, options: dict[str, object], colour: bool
) -> None:
    values = np.dstack([grain()] * 3) if colour else grain()
    content = png(values, format="JPEG", **options)
    assert read(tmp_path, content).shape == (160, 120)
    start = content.index(b"\xff\xda")
    for keep in (0.1, 0.6, 0.98):
        cut = content[: start + int((len(content) - start) * keep)].rstrip(b"\xff") + b"\xff\xd9"
        with pytest.raises(DataError, match="JPEG"):
            read(tmp_path, cut)


def test_small_jpegs_of_every_size_and_quality_are_read(tmp_path: Path) -> None:
    """Some have so little behind their last marker that taking any of it away leaves the decoder without a picture."""
    random = np.random.default_rng(5)
    for number in range(300):
        rows, columns, quality = random.integers(8, 72), random.integers(8, 72), random.integers(30, 100)
        soft = np.add.outer(np.linspace(0, random.integers(255), rows), random.normal(0, 2, columns)).clip(0, 255)
        content = png(soft.astype(np.uint8), format="JPEG", quality=int(quality))
        assert read(tmp_path, content).shape == (rows, columns), (number, rows, columns, quality)


def test_a_progressive_jpeg_that_ends_after_its_first_scan_is_not_read(tmp_path: Path) -> None:
    content = png(grain(), format="JPEG", progressive=True)
    second = content.index(b"\xff\xda", content.index(b"\xff\xda") + 2)
    tables = content.rindex(b"\xff\xc4", 0, second)
    with pytest.raises(DataError, match="lacks scans"):
        read(tmp_path, content[:tables] + b"\xff\xd9")


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_claims_less_than_it_holds_is_not_read(tmp_path: Path, progressive: bool) -> None:
    content = bytearray(png(grain(), format="JPEG", progressive=progressive))
    frame = content.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 64, 64)
    with pytest.raises(DataError, match="go on behind"):
        read(tmp_path, bytes(content))


def test_a_jpeg_whose_encoder_filled_up_its_data_is_read(tmp_path: Path) -> None:
    content = png(grain(), format="JPEG")
    assert np.array_equal(read(tmp_path, content[:-2] + b"\0" * 15 + content[-2:]), read(tmp_path, content))


def test_a_jpeg_without_one_of_its_restart_intervals_is_not_read(tmp_path: Path) -> None:
    content = png(grain(), format="JPEG", restart_marker_rows=1)
    last = max(content.rindex(bytes([0xFF, code])) for code in range(0xD0, 0xD8) if bytes([0xFF, code]) in content)
    with pytest.raises(DataError, match="restart"):
        read(tmp_path, content[:last] + b"\xff\xd9")


def chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    out, at = [], 8
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        out.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + length]))
        at += 12 + length
    return out


def joined(parts: list[tuple[bytes, bytes]]) -> bytes:
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\x89PNG\r\n\x1a\n" + body


def damage(kind: str) -> bytes:
    content = png(grain())
    parts = dict(chunks(content))
    match kind:
        case "cut":
            return content[: len(content) // 2]
        case "no end":
            return content[:-12]
        case "checksum":
            at = content.index(b"IDAT") + 400
            return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        case "fewer rows":
            parts[b"IDAT"] = zlib.compress(zlib.decompress(parts[b"IDAT"])[: 100 * 121])
        case "more rows":
            parts[b"IHDR"] = struct.pack(">II", 120, 100) + parts[b"IHDR"][8:]
        case "broken stream":
            parts[b"IDAT"] = parts[b"IDAT"][:-3]
    return joined(list(parts.items()))


@pytest.mark.parametrize("kind", ["cut", "no end", "checksum", "fewer rows", "more rows", "broken stream"])
def test_a_damaged_or_lying_png_is_not_read(tmp_path: Path, kind: str) -> None:
    with pytest.raises(DataError, match="PNG"):
        read(tmp_path, damage(kind))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(160, 120), (5, 3), (1, 1)])
def test_a_whole_png_of_any_make_is_read(tmp_path: Path, mode: str, size: tuple[int, int]) -> None:
    file = BytesIO()
    Image.fromarray(grain(*size)).convert(mode).save(file, "PNG")
    assert read(tmp_path, file.getvalue()).shape == size


def test_an_interlaced_png_is_counted_pass_by_pass(tmp_path: Path) -> None:
    """5 × 3 px, 8 bits, all of one grey: the passes of Adam7 hold 1×1, 1×1, nothing, 1×1, 3×1, 2×2 and 5×1 px."""
    rows = b"".join((b"\0" + b"\x50" * width) * height for width, height in
                    ((1, 1), (1, 1), (1, 1), (3, 1), (2, 2), (5, 1)))  # fmt: skip
    header = struct.pack(">IIBBBBB", 5, 3, 8, 0, 0, 0, 1)
    content = joined([(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")])
    assert (read(tmp_path, content) == 0x50).all()
    with pytest.raises(DataError, match="another number"):
        read(tmp_path, joined([(b"IHDR", header), (b"IDAT", zlib.compress(rows[:-6])), (b"IEND", b"")]))


def test_a_film_of_another_kind_of_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(png(grain(), format="TIFF"))
    with pytest.raises(DataError, match="not a DICOM, PNG or JPEG"):
        read_film(tmp_path / "film")
