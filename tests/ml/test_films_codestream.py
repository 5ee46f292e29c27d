"""JPEG 2000 streams of films are taken, and what else may stand in such a stream is refused before it is decoded."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pydicom
import pytest
from openjpeg.utils import encode_array
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless

from ml.films import codestream, decoding
from ml.films.faults import FilmFault

ROWS, COLUMNS = 80, 96
COD, COC, SOD = b"\xff\x52", b"\xff\x53", b"\xff\x93"
REAL = [
    "RG1_J2KR.dcm", "RG1_J2KI.dcm", "RG3_J2KR.dcm", "693_J2KR.dcm", "693_J2KI.dcm", "JPEG2000.dcm",
    "MR_small_jp2klossless.dcm", "explicit_VR-UN.dcm",
]  # fmt: skip


def grey() -> np.ndarray:
    dice = np.random.default_rng(3)
    return (np.linspace(0, 3000, ROWS * COLUMNS).reshape(ROWS, COLUMNS) + dice.normal(0, 20, (ROWS, COLUMNS))).clip(
        0, 4095
    ).astype(np.uint16)  # fmt: skip


def stream(**options: bool) -> bytes:
    return encode_array(grey(), bits_stored=12, photometric_interpretation=2, use_mct=False, **options)


def film(frame: bytes) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = ROWS, COLUMNS, 1
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    return dataset


@pytest.fixture
def no_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoder(syntax: object) -> None:
        raise AssertionError("the decoder was asked")

    monkeypatch.setattr(decoding, "get_decoder", decoder)


def refusal(frame: bytes) -> FilmFault:
    with pytest.raises(FilmFault) as caught:
        decoding.decode(film(frame), JPEG2000Lossless, ROWS, COLUMNS)
    return caught.value


def segment(marker: int, held: bytes) -> bytes:
    return struct.pack(">HH", marker, len(held) + 2) + held


def in_main_header(more: bytes, frame: bytes | None = None) -> bytes:
    """With this behind the size."""
    frame = frame or stream()
    return frame[:45] + more + frame[45:]


def in_tile_part(more: bytes, frame: bytes | None = None) -> bytes:
    """With this in front of the data, and the tile part as much longer."""
    frame = frame or stream()
    at = frame.index(b"\xff\x90\x00\x0a")
    length = struct.unpack(">I", frame[at + 6 : at + 10])[0] + len(more)
    return frame[: at + 6] + struct.pack(">I", length) + frame[at + 10 : at + 12] + more + frame[at + 12 :]


@pytest.mark.parametrize("name", REAL)
def test_real_films_are_taken(name: str) -> None:
    dataset = pydicom.dcmread(Path(str(get_testdata_file(name, download=False))))
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    codestream.check(frame, dataset.Rows, dataset.Columns)
    values = decoding.decode(dataset, dataset.file_meta.TransferSyntaxUID, dataset.Rows, dataset.Columns)
    assert values.shape == (dataset.Rows, dataset.Columns)


@pytest.mark.parametrize(
    "frame",
    [
        stream(),
        stream(add_plt=True),
        in_main_header(segment(0xFF64, b"\0\1A comment") * 3),
        in_tile_part(segment(0xFF64, b"\0\1A comment")),
    ],
    ids=["plain", "lengths of packets", "comments", "a comment in a tile part"],
)
def test_what_encoders_write_is_taken_and_gives_the_same_film(frame: bytes) -> None:
    assert np.array_equal(decoding.decode(film(frame), JPEG2000Lossless, ROWS, COLUMNS), grey())


def test_a_jp2_file_is_refused_by_name(no_decoder: None) -> None:
    fault = refusal(stream(codec_format=1))
    assert fault.kind == "film-jpeg-2000" and "the boxes of a JP2 file" in str(fault)


@pytest.mark.parametrize("before", [b"\0", b"\xff", b"\0" * 85, b"\xff\x4f"])
def test_a_stream_that_begins_later_is_refused(before: bytes, no_decoder: None) -> None:
    assert refusal(before + stream()).kind == "film-unreadable"


def test_lengths_of_tile_parts_are_refused_by_name_as_encoders_write_them(no_decoder: None) -> None:
    fault = refusal(stream(add_tlm=True))
    assert fault.kind == "film-jpeg-2000" and "lengths of tile parts (TLM)" in str(fault)


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        (0xFF50, "extended capabilities (CAP)"),
        (0xFF51, "a second size (SIZ)"),
        (0xFF55, "lengths of tile parts (TLM)"),
        (0xFF57, "lengths of packets in the main header (PLM)"),
        (0xFF60, "packed packet headers (PPM)"),
        (0xFF61, "packed packet headers (PPT)"),
        (0xFF30, "an unknown part (FF30)"),
        (0xFF74, "an unknown part (FF74)"),
        (0xFF4F, "an unknown part (FF4F)"),
    ],
)
@pytest.mark.parametrize("put", [in_main_header, in_tile_part], ids=["main header", "tile part"])
def test_any_other_marker_is_refused_by_name(put: object, marker: int, words: str, no_decoder: None) -> None:
    fault = refusal(put(segment(marker, b"\0" * 8)))  # type: ignore[operator]
    assert fault.kind == "film-jpeg-2000" and words in str(fault)


@pytest.mark.parametrize(("put", "marker"), [(in_main_header, 0xFF58), (in_tile_part, 0xFF63)])
def test_what_belongs_in_the_other_header_is_refused(put: object, marker: int, no_decoder: None) -> None:
    assert refusal(put(segment(marker, b"\0" * 4))).kind == "film-jpeg-2000"  # type: ignore[operator]


@pytest.mark.parametrize("put", [in_main_header, in_tile_part], ids=["main header", "tile part"])
@pytest.mark.parametrize(
    "more",
    [
        struct.pack(">HH", 0xFF64, 0),
        struct.pack(">HH", 0xFF64, 2),
        struct.pack(">HH", 0xFF64, 65_535) + b"\0\1x",
        segment(0xFF52, b"\0" * 44),
        segment(0xFF5C, b"\0" * 300),
        segment(0xFF5F, b"\0" * 2000),
        b"\0\0\0\0",
    ],
    ids=["none", "too short", "longer than the stream", "COD", "QCD", "POC", "no marker"],
)
def test_a_segment_is_no_longer_and_no_shorter_than_it_may_be(put: object, more: bytes, no_decoder: None) -> None:
    assert refusal(put(more)).kind == "film-unreadable"  # type: ignore[operator]


@pytest.mark.parametrize("put", [in_main_header, in_tile_part], ids=["main header", "tile part"])
def test_a_header_of_very_many_segments_is_refused(put: object, no_decoder: None) -> None:
    assert refusal(put(segment(0xFF64, b"\0\1x") * 300)).kind == "film-too-complex"  # type: ignore[operator]


@pytest.mark.parametrize("put", [in_main_header, in_tile_part], ids=["main header", "tile part"])
@pytest.mark.parametrize("style", [0x40, 0x80, 0xC0])
def test_high_throughput_coding_is_refused_also_where_nothing_announces_it(
    put: object, style: int, no_decoder: None
) -> None:
    coding = bytes([0, 0, 0, 1, 0, 5, 4, 4, style, 1])
    for more in (segment(0xFF52, coding), segment(0xFF53, bytes([0, *coding[:1], *coding[5:]]))):
        assert "HTJ2K" in str(refusal(put(more)))  # type: ignore[operator]


@pytest.mark.parametrize("marker", [b"\xff\x52\x00\x0c", b"\xff\x5c"])
def test_a_stream_that_does_not_say_how_it_is_coded_is_refused(marker: bytes, no_decoder: None) -> None:
    frame = stream()
    at = frame.index(marker)
    length = struct.unpack(">H", frame[at + 2 : at + 4])[0] + 2
    assert refusal(frame[:at] + frame[at + length :]).kind == "film-unreadable"


@pytest.mark.parametrize(
    ("at", "value"),
    [(2, 0), (2, 12), (5, 1), (10, 1), (10, 255)],
    ids=["no segment", "a longer one", "a tile that is not there", "the second part first", "the last part first"],
)
def test_a_tile_part_that_does_not_come_in_its_turn_is_refused(at: int, value: int, no_decoder: None) -> None:
    frame = bytearray(stream())
    frame[frame.index(b"\xff\x90\x00\x0a") + at + (at == 2)] = value
    assert refusal(bytes(frame)).kind == "film-unreadable"


def test_a_tile_part_that_comes_twice_is_refused(no_decoder: None) -> None:
    frame = stream()
    at = frame.index(b"\xff\x90\x00\x0a")
    assert refusal(frame[:-2] + frame[at:]).kind == "film-unreadable"
