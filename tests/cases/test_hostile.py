"""Whatever a file does, the answer is one typed refusal, soon, and nothing of ours grows."""

from __future__ import annotations

import io
import os
import resource
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import (
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from gazeapp.cases import sandbox_client
from gazeapp.cases.sandbox import limits
from gazeapp.core.problems import Problem
from gazeapp.core.sandbox.limits import EXIT_DISK_FULL
from tests.cases.films import PACKAGED, RG1, TIBIA, dicom, examine, file_bytes, png, ramp, refusal


@pytest.fixture(autouse=True)
def soon_and_small(request: pytest.FixtureRequest) -> Iterator[None]:
    """Some seconds a file, and our own memory stays where it was."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    if "fuzz" not in request.keywords:
        assert time.monotonic() - started < limits.FILM.wall_seconds
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 * 1024


def rle(rows: int, columns: int, frame: bytes) -> Dataset:
    return compressed(RLELossless, rows, columns, frame)


def compressed(syntax: str, rows: int, columns: int, frame: bytes) -> Dataset:
    dataset = dicom(syntax=syntax)
    dataset.Rows, dataset.Columns = rows, columns
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return dataset


def codestream(columns: int, rows: int, tile: tuple[int, int], components: int = 1) -> bytes:
    """A JPEG 2000 main header that promises what it likes."""
    size = struct.pack(">H8IH", 0, columns, rows, 0, 0, *tile, 0, 0, components) + b"\x0f\x01\x01" * components
    start = b"\xff\x4f\xff\x51" + struct.pack(">H", len(size) + 2) + size
    cod = b"\xff\x52\x00\x0c\x00\x00\x00\x01\x00\x05\x04\x04\x00\x01"
    qcd = b"\xff\x5c\x00\x13\x40" + b"\x40" * 16
    return start + cod + qcd + b"\xff\x90\x00\x0a\x00\x00\x00\x00\x00\x00\x00\x01\xff\x93" + b"\0" * 32 + b"\xff\xd9"


def test_a_deflated_bomb_is_refused_before_it_is_inflated() -> None:
    dataset = dicom()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    meta = io.BytesIO()
    write_file_meta_info(meta, dataset.file_meta)
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(bomb.compress(b"\0" * (1 << 24)) for _ in range(32)) + bomb.flush()  # 512 MB in half of one
    started = time.monotonic()
    with pytest.raises(Problem) as caught:
        examine(b"\0" * 128 + b"DICM" + meta.getvalue() + packed)
    assert caught.value.kind == "transfer-syntax-not-taken"
    assert "Deflated" in caught.value.title and "1.2.840.10008.1.2.1.99" in caught.value.title
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205", JPEGLSLossless, JPEGBaseline8Bit]
)
def test_syntaxes_outside_the_list_are_refused_by_name(syntax: str) -> None:
    with pytest.raises(Problem) as caught:
        examine(compressed(syntax, 80, 96, b"\0" * 64))
    assert caught.value.kind == "transfer-syntax-not-taken" and caught.value.code == 415
    assert syntax in caught.value.title


def test_a_private_transfer_syntax_is_not_repeated() -> None:
    dataset = dicom()
    dataset.file_meta.TransferSyntaxUID = "1.2.3.99.19610304"
    content = file_bytes(dicom()).replace(b"1.2.840.10008.1.2.1\0", b"1.2.3.99.19610304\0\0\0")
    with pytest.raises(Problem) as caught:
        examine(content)
    assert "19610304" not in str(caught.value.to_dict())


@pytest.mark.parametrize("size", [(65535, 65535), (20_000, 20_000), (1, 65535)])
def test_sizes_beyond_any_film_are_refused_before_decoding(size: tuple[int, int]) -> None:
    dataset = dicom()
    dataset.Rows, dataset.Columns = size
    assert refusal(dataset) in {"film-too-large", "film-too-small"}


def test_an_rle_bomb_of_400_megapixels_is_refused() -> None:
    run = struct.pack("<16I", 2, 64, 64 + 6_000, *[0] * 13) + b"\x81\x00" * 6_000
    assert refusal(rle(20_000, 20_000, run)) == "film-too-large"


def test_rle_that_says_less_or_more_than_the_header_is_refused() -> None:
    run = struct.pack("<16I", 2, 64, 64 + 200_000, *[0] * 13) + b"\x81\x00" * 400_000
    assert refusal(rle(80, 96, run)) == "film-unreadable"
    assert refusal(rle(80, 96, b"\xff" * 64)) == "film-unreadable"


def test_two_million_frames_are_refused_unread() -> None:
    assert refusal(dicom(NumberOfFrames="2000000")) == "film-many-frames"


@pytest.mark.parametrize("depth", [40, 300, 10_000])
def test_nested_sequences_are_refused(depth: int) -> None:
    open_, close = b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff", b""
    for _ in range(depth):
        close += b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    plain = file_bytes(dicom())
    at = plain.index(b"\xe0\x7f\x10\x00")
    assert refusal(plain[:at] + open_ * depth + close + plain[at:]) in {"film-too-complex", "film-unreadable"}


def test_a_million_elements_are_refused() -> None:
    plain = file_bytes(dicom())
    at = plain.index(b"\xe0\x7f\x10\x00")
    many = b"".join(struct.pack("<HH2sH", 0x6FFF, n & 0xFFFF, b"LO", 2) + b"ab" for n in range(0x1000, 0xFFFF))
    items = b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<I", len(many)) + many for _ in range(2))
    sequence = b"\x40\x00\x75\x02SQ\0\0" + struct.pack("<I", len(items)) + items
    assert refusal(plain[:at] + sequence + plain[at:]) == "film-too-complex"


def test_a_million_fragments_are_refused() -> None:
    dataset = compressed(RLELossless, 80, 96, b"\0" * 64)
    dataset.PixelData = b"\xfe\xff\x00\xe0\0\0\0\0" + b"\xfe\xff\x00\xe0\x02\0\0\0ab" * 1_000_000
    assert refusal(dataset) in {"film-unreadable", "film-too-complex"}


@pytest.mark.parametrize(
    "stream",
    [
        codestream(65535, 65535, (65535, 65535)),
        codestream(96, 80, (1, 1)),
        codestream(96, 80, (0, 0)),
        codestream(96, 80, (2**31, 2**31)),
        codestream(96, 80, (96, 80), components=16384),
        b"\xff\x4f\xff\x51",
        b"not a codestream",
    ],
)
def test_jpeg_2000_streams_that_lie_are_refused(stream: bytes) -> None:
    kind = refusal(compressed(JPEG2000Lossless, 80, 96, stream))
    assert kind in {"film-unreadable", "film-too-complex", "film-flat", "film-depth"}


def test_a_jpeg_2000_stream_that_breaks_off_is_refused_not_half_shown() -> None:
    dataset = pydicom.dcmread(PACKAGED / "RG1_J2KR.dcm")
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.PixelData = encapsulate([frame[: len(frame) // 2]])
    assert refusal(dataset) == "film-unreadable"


def test_a_huge_value_length_is_refused() -> None:
    plain = file_bytes(dicom())
    at = plain.index(b"\xe0\x7f\x10\x00")
    assert refusal(plain[: at + 8] + b"\xf0\xff\xff\xff" + plain[at + 12 :]) in {
        "film-unreadable",
        "film-too-complex",
    }


@pytest.mark.parametrize("keep", [0.2, 0.6, 0.99])
def test_a_file_that_breaks_off_is_refused(keep: float) -> None:
    content = RG1.read_bytes()
    assert refusal(content[: int(len(content) * keep)]) == "film-unreadable"


def test_a_jpeg_that_breaks_off_is_refused() -> None:
    content = png((ramp() // 16).astype(np.uint8), format="JPEG")
    assert refusal(content[: len(content) // 2]) == "film-unreadable"


def test_a_png_bomb_is_refused() -> None:
    rows = b"".join(b"\0" + b"\0" * 30_000 for _ in range(1))
    packed = zlib.compressobj(9)
    body = b"".join(packed.compress(rows) for _ in range(3_000)) + packed.flush()  # 90 MB of the 900 it promises

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    assert refusal(bomb) == "film-too-large"


def test_a_png_text_bomb_is_refused_or_ignored() -> None:
    content = png((ramp() // 16).astype(np.uint8))
    text = zlib.compress(b"\0" * (1 << 28), 9)
    data = b"note\0\0" + text
    extra = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    try:
        film, _ = examine(content[:33] + extra + content[33:])
        assert film.columns == 96
    except Problem as problem:
        assert problem.kind in {"film-unreadable", "film-too-complex"}


def test_archives_and_other_files_are_not_films() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("film.dcm", b"\0" * 10_000_000)
    for content in (archive.getvalue(), b"%PDF-1.7", b"GIF89a" + b"\0" * 50, b"II*\0" + b"\0" * 50, b"", b"\0" * 200):
        assert refusal(content) == "film-not-dicom-or-image"


def test_pictures_in_colour_or_with_holes_are_refused() -> None:
    grey = (ramp() // 16).astype(np.uint8)
    assert refusal(png(np.dstack([grey, grey // 2, 255 - grey]))) == "film-in-colour"
    assert refusal(png(np.dstack([grey, grey, grey, grey]))) == "film-unclear"
    for depth in (grey, ramp() * 16, grey > 128):
        assert refusal(png(depth, transparency=0)) == "film-unclear"
    assert refusal(png(grey[:20, :20])) == "film-too-small"


def test_what_is_not_a_frontal_chest_film_is_refused() -> None:
    assert refusal(TIBIA) == "film-not-chest"
    assert refusal(dicom(ViewPosition="LL")) == "film-not-frontal"
    assert refusal(dicom(SOPClassUID="1.2.840.10008.5.1.4.1.1.2")) == "film-class-not-taken"
    assert refusal(dicom(SOPClassUID="1.2.840.10008.5.1.4.1.1.1.1.1")) == "film-for-processing"
    assert refusal(dicom(PhotometricInterpretation="RGB", SamplesPerPixel=3)) == "film-in-colour"
    assert refusal(dicom(PixelData=None)) == "film-without-pixels"


def test_a_film_that_names_no_body_part_is_taken() -> None:
    assert examine(dicom(BodyPartExamined=None, ViewPosition=None))[0].view == ""


@pytest.mark.parametrize(
    "crash",
    ["memory", "signal", "hang", "chatter"],
)
def test_a_child_that_dies_hangs_or_babbles_is_one_refusal(crash: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox is started with a reader that misbehaves on purpose; the next film meets a sound one."""
    from gazeapp.core.sandbox.helper import HelperProcess

    hostile = HelperProcess("tests.cases.hostile_sandbox")
    monkeypatch.setenv("CRASH", crash)
    monkeypatch.setattr(sandbox_client, "sandbox", hostile)
    content = file_bytes(dicom(PatientID=crash))
    try:
        assert refusal(content) in {"film-too-complex", "film-unreadable"}
        assert refusal(content) in {"film-too-complex", "film-unreadable"}
    finally:
        hostile.stop()


def test_a_film_that_a_busy_machine_kept_waiting_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that got next to no CPU until the wall limit: the job is to come back."""
    from gazeapp.core.sandbox.helper import HelperProcess

    hostile = HelperProcess("tests.cases.hostile_sandbox")
    monkeypatch.setattr(sandbox_client, "sandbox", hostile)
    try:
        with pytest.raises(TimeoutError):
            refusal(file_bytes(dicom(PatientID="starve")))
    finally:
        hostile.stop()


def test_a_killed_sandbox_is_replaced() -> None:
    examine(dicom())
    process = sandbox_client.sandbox._process
    assert process is not None
    os.kill(process.pid, 9)
    process.wait()
    assert examine(dicom())[0].rows == 80


def test_the_sandbox_has_none_of_our_secrets_and_cannot_reach_the_network() -> None:
    examine(dicom())
    process = sandbox_client.sandbox._process
    assert process is not None
    environment = open(f"/proc/{process.pid}/environ").read()  # noqa: PTH123, SIM115
    assert "SECRET" not in environment and "REDIS" not in environment and "DATABASE" not in environment
    with open(f"/proc/{process.pid}/maps") as maps:  # noqa: PTH123
        loaded = maps.read()
    assert "psycopg" not in loaded and "torch" not in loaded


def test_the_good_files_of_the_packages_are_all_taken() -> None:
    for name in ("RG1_UNCR", "RG1_UNCI", "RG1_J2KR", "RG1_J2KI"):
        assert examine(PACKAGED / f"{name}.dcm")[0].hold is None


def test_a_helper_is_renewed_after_many_films() -> None:
    from gazeapp.core.sandbox.helper import HelperProcess

    helper = HelperProcess("tests.cases.hostile_sandbox", answers=2)
    try:
        pids = []
        for _ in range(3):
            helper.ask({"path": "/dev/null", "work": "/nonexistent"}, 20)
            assert helper._process is not None
            pids.append(helper._process.pid)
        assert pids[0] != pids[1] == pids[2]
    finally:
        helper.stop()


def test_a_full_disk_is_not_blamed_on_the_film(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_client.sandbox, "ask", lambda *_: {"exit": EXIT_DISK_FULL, "timed_out": False})
    with pytest.raises(OSError, match="No space left"):
        examine(dicom())


@pytest.mark.fuzz
def test_films_with_random_damage_are_taken_or_refused_and_never_more(request: pytest.FixtureRequest) -> None:
    """A slice in every run; `make fuzz` takes some hundred times as many."""
    import random

    dice = random.Random(20261123)
    sound = [file_bytes(dicom()), file_bytes(dicom(PhotometricInterpretation="MONOCHROME1", WindowCenter="9"))]
    sound += [png((ramp() // 16).astype(np.uint8)), png((ramp() // 16).astype(np.uint8), format="JPEG")]
    many = 20_000 if request.config.getoption("-m") == "fuzz" else 60
    for _ in range(many):
        content = bytearray(dice.choice(sound))
        for _ in range(dice.choice((1, 3, 20))):
            at = dice.randrange(min(len(content), 1200))
            content[at] = dice.randrange(256)
        if dice.random() < 0.2:
            del content[dice.randrange(len(content)) :]
        try:
            film, pixels = examine(bytes(content))
            assert pixels.shape == (film.rows, film.columns)
        except Problem as problem:
            assert 400 <= problem.code < 500
