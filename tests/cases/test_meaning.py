"""The grey meaning of a film is settled once: bright is bright, one linear window, and doubt is refused."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels import compress
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from tests.cases.films import PACKAGED, RG1, dicom, examine, png, problem_of, ramp, refusal


def lut(first: int, values: list[int], bits: int = 16) -> Dataset:
    item = Dataset()
    item.add_new(0x00283002, "US", [len(values), first, bits])
    item.add_new(0x00283006, "OW", np.array(values, dtype="<u2").tobytes())
    return item


def test_monochrome2_pixels_are_stored_as_they_are() -> None:
    film, pixels = examine(dicom())
    assert np.array_equal(pixels, ramp())
    assert (film.bits, film.modality, film.view, film.source["inverted"]) == (12, "CR", "PA", False)


def test_monochrome1_is_turned_so_that_bright_is_bright_and_its_window_with_it() -> None:
    film, pixels = examine(dicom(PhotometricInterpretation="MONOCHROME1", WindowCenter="1500.5", WindowWidth="3001"))
    assert np.array_equal(pixels, 4095 - ramp())
    assert film.window == (4095 - 1500, 3000)


def test_the_real_film_comes_out_with_dark_lungs_and_bright_mediastinum() -> None:
    film, pixels = examine(RG1)
    rows, columns = pixels.shape
    mediastinum = pixels[rows // 2 : rows * 3 // 5, columns * 47 // 100 : columns * 53 // 100].mean()
    lung = pixels[rows * 35 // 100 : rows * 45 // 100, columns * 22 // 100 : columns * 30 // 100].mean()
    assert mediastinum > lung
    assert film.spacing is None, "a spacing of 0 is unknown"
    assert (film.rows, film.columns, film.bits) == (1955, 1841, 15)


def test_the_real_films_own_window_shows_it_nearly_white_so_another_is_made_and_that_one_kept() -> None:
    film, pixels = examine(RG1)
    assert film.windows[0] == {"name": "As stored", "center": 17767.5, "width": 29999.0}
    lung = pixels[700:860, 420:540].mean()
    stored, made = ((lung - center) / width + 0.5 for center, width in ((17767.5, 29999.0), film.window))
    assert stored > 0.5 and made < 0.3


def test_lossless_jpeg_2000_gives_the_same_film_as_uncompressed() -> None:
    assert np.array_equal(examine(RG1)[1], examine(PACKAGED / "RG1_J2KR.dcm")[1])


def test_lossy_jpeg_2000_gives_nearly_the_same_film() -> None:
    difference = examine(RG1)[1].astype(int) - examine(PACKAGED / "RG1_J2KI.dcm")[1]
    assert np.abs(difference).mean() < 100


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_other_uncompressed_syntaxes_give_the_same_film(syntax: str) -> None:
    pixels = ramp().astype(">u2" if syntax == ExplicitVRBigEndian else "<u2")
    assert np.array_equal(examine(dicom(pixels, syntax=syntax))[1], ramp())


def test_rle_gives_the_same_film() -> None:
    dataset = dicom()
    compress(dataset, RLELossless)
    assert np.array_equal(examine(dataset)[1], ramp())


def test_signed_pixels_are_shifted_and_keep_their_order() -> None:
    signed = (ramp().astype(np.int32) - 2048).astype(np.int16)
    film, pixels = examine(dicom(signed, WindowCenter="0.5", WindowWidth="101"))
    assert np.array_equal(pixels, ramp())
    assert film.window == (2048, 100)


def test_a_rescale_moves_the_window_and_keeps_the_stored_numbers() -> None:
    film, pixels = examine(dicom(RescaleSlope="2", RescaleIntercept="-100", WindowCenter="3900.5", WindowWidth="4001"))
    assert np.array_equal(pixels, ramp())
    assert film.window == (2000, 2000)


def test_a_negative_slope_turns_the_film() -> None:
    _, pixels = examine(dicom(RescaleSlope="-1", RescaleIntercept="4095"))
    assert np.array_equal(pixels, 4095 - ramp())


def test_a_modality_table_is_applied() -> None:
    table = [min(value * 3, 65535) for value in range(4096)]
    film, pixels = examine(dicom(ModalityLUTSequence=[lut(0, table)]))
    assert np.array_equal(pixels, ramp() * 3)
    assert film.bits == 16


def test_a_voi_table_is_applied_and_shown_in_full() -> None:
    table = [value // 16 for value in range(4096)]
    film, pixels = examine(dicom(VOILUTSequence=[lut(0, table, 8)], WindowCenter="5", WindowWidth="5"))
    assert np.array_equal(pixels, ramp() // 16)
    assert film.window == (127.5, 255)


def test_a_voi_table_that_starts_later_holds_its_ends() -> None:
    _, pixels = examine(dicom(VOILUTSequence=[lut(1000, list(range(1000)))]))
    assert pixels.min() == 0 and pixels.max() == 999
    assert np.array_equal(pixels, np.clip(ramp().astype(int) - 1000, 0, 999))


def test_a_sigmoid_is_drawn_into_the_pixels() -> None:
    film, pixels = examine(dicom(VOILUTFunction="SIGMOID", WindowCenter="2048", WindowWidth="1024"))
    expected = 65535 / (1 + np.exp(-4 * (ramp().astype(float) - 2048) / 1024))
    assert np.abs(pixels - expected).max() <= 1
    assert film.window == (32767.5, 65535)


def test_linear_exact_windows_are_not_shifted() -> None:
    film, _ = examine(dicom(VOILUTFunction="LINEAR_EXACT", WindowCenter="2000", WindowWidth="800"))
    assert film.window == (2000, 800)


def test_several_windows_are_kept_but_not_their_free_names() -> None:
    film, _ = examine(
        dicom(
            WindowCenter=["2000.5", "1000.5", "500.5"],
            WindowWidth=["801", "401", "201"],
            WindowCenterWidthExplanation=["NORMAL", "HARDER", "for Mrs Smith"],
        )
    )
    assert film.window == (2000, 800)
    assert film.windows == [
        {"name": "Harder", "center": 1000, "width": 400},
        {"name": "Window 3", "center": 500, "width": 200},
    ]


@pytest.mark.parametrize("window", [("9000", "10"), ("2000", "0"), ("2000", "-5")])
def test_a_window_that_shows_nothing_is_replaced(window: tuple[str, str]) -> None:
    film, pixels = examine(dicom(WindowCenter=window[0], WindowWidth=window[1]))
    low, high = film.window[0] - film.window[1] / 2, film.window[0] + film.window[1] / 2
    assert pixels.min() <= low < high <= pixels.max()


def grey_share(film: object, pixels: np.ndarray) -> np.ndarray:
    """Where the 10th, 50th and 90th percentile of the pixels lie in the film's window, black 0, white 1."""
    center, width = film.window  # type: ignore[attr-defined]
    return np.clip((np.percentile(pixels, (10, 50, 90)) - center) / width + 0.5, 0, 1)


@pytest.mark.parametrize(
    ("center", "width"),
    [
        ("100.5", "201"),  # all but white
        ("500.5", "1501"),  # three quarters white
        ("900.5", "1001"),  # spread, but more than half white
        ("3200.5", "801"),  # spread, but more than half black
        ("4000.5", "201"),  # all but black
        ("2000.5", "20001"),  # flat grey
    ],
)
def test_a_window_that_does_not_show_the_film_is_kept_but_not_opened_with(center: str, width: str) -> None:
    film, pixels = examine(dicom(WindowCenter=[center, "1500.5"], WindowWidth=[width, "901"]))
    low, middle, high = grey_share(film, pixels)
    assert low < 0.2 < middle < 0.8 < high
    assert film.windows == [
        {"name": "As stored", "center": float(center) - 0.5, "width": float(width) - 1},
        {"name": "Window 3", "center": 1500, "width": 900},
    ]


def test_a_flat_grey_picture_file_opens_with_its_contrast_spread_and_keeps_how_it_was_saved() -> None:
    grey = (100 + ramp() // 128).astype(np.uint8)  # 100 to 131
    film, pixels = examine(png(grey))
    assert np.array_equal(pixels, grey)
    assert 95 < film.window[0] - film.window[1] / 2 < 105 and 127 < film.window[0] + film.window[1] / 2 < 133
    assert film.windows == [{"name": "As stored", "center": 127.5, "width": 255.0}]


def test_borders_and_shutters_do_not_count_for_the_window() -> None:
    """A black shutter and white marks round the film, eight pixels wide, as on many a film."""
    pixels = (1800 + ramp() // 10).astype(np.uint16)
    framed = pixels.copy()
    framed[:8], framed[-8:], framed[:, :9], framed[:, -9:] = 0, 4095, 0, 4095
    plain, shut = (examine(dicom(values))[0].window for values in (pixels, framed))
    assert plain == shut


def test_padding_does_not_count_for_the_window() -> None:
    pixels = (1800 + ramp() // 10).astype(np.uint16)
    padded = pixels.copy()
    padded[:, 20:40] = 4000
    film, stored = examine(dicom(padded, PixelPaddingValue=4000))
    assert (stored[:, 20:40] == 0).all() and film.window[0] - film.window[1] / 2 > 1800


def test_the_thumbnail_is_shown_through_the_window_that_the_film_opens_with(tmp_path: Path) -> None:
    from gazeapp.cases import sandbox_client

    path, work = tmp_path / "film", tmp_path / "work"
    path.write_bytes(png((100 + ramp() // 128).astype(np.uint8)))
    work.mkdir()
    thumbnail = np.asarray(Image.open(sandbox_client.examine(path, work).thumbnail))
    assert thumbnail.min() < 20 and thumbnail.max() > 235


def test_padding_turns_black_whatever_the_polarity() -> None:
    pixels = ramp()
    pixels[:, :10] = 4095
    film, stored = examine(dicom(pixels, PhotometricInterpretation="MONOCHROME2", PixelPaddingValue=4095))
    assert (stored[:, :10] == 0).all() and film.source["padded"]
    pixels[:, :10] = 0
    _, stored = examine(dicom(pixels, PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=0))
    assert (stored[:, :10] == 0).all()


def test_a_padding_range_is_understood() -> None:
    pixels = ramp()
    pixels[:5] = 4090
    _, stored = examine(dicom(pixels, PixelPaddingValue=4080, PixelPaddingRangeLimit=4095))
    assert (stored[:5] == 0).all()


def test_overlays_in_unused_bits_are_cleared() -> None:
    assert np.array_equal(examine(dicom(ramp() | 0x8000))[1], ramp())


def test_an_overlay_of_some_pixels_in_unused_bits_is_cleared() -> None:
    pixels = ramp()
    pixels[20:40, 30:60] |= 0x1000
    assert np.array_equal(examine(dicom(pixels))[1], ramp())


def test_greys_that_go_on_above_the_bits_that_are_said_to_be_stored_are_kept() -> None:
    film, pixels = examine(dicom(ramp(), BitsStored=10))
    assert np.array_equal(pixels, ramp()) and film.bits == 12
    assert film.source["remarks"] == ["BitsStored is 10, but the greys go on smoothly up to 12 bits"]


def test_a_sign_that_is_carried_on_above_the_stored_bits_is_no_grey() -> None:
    film, pixels = examine(dicom((ramp().astype(np.int16) - 2048), BitsStored=12))
    assert np.array_equal(pixels, ramp()) and "remarks" not in film.source


def test_greys_that_go_on_where_the_header_puts_an_overlay_are_refused() -> None:
    dataset = dicom(ramp(), BitsStored=10)
    dataset.add_new(0x60000102, "US", 11)
    problem = problem_of(dataset)
    assert problem.kind == "film-depth" and "BitsStored is 10" in problem.title and "need 12 bits" in problem.title


def test_bytes_in_the_other_order_than_said_are_turned() -> None:
    film, pixels = examine(dicom(ramp().byteswap()))
    assert np.array_equal(pixels, ramp())
    assert film.source["remarks"] == ["The bytes of the pixels stood in the other order than said"]


def test_greys_of_eight_bits_shifted_up_stay_where_they_are() -> None:
    """In either order of their bytes they make a film."""
    shifted = ((ramp() // 16) << 8).astype(np.uint16)
    assert np.array_equal(examine(dicom(shifted, BitsStored=16))[1], shifted)


@pytest.mark.parametrize(("sign", "other"), [(0, "signed"), (1, "unsigned")])
def test_a_sign_that_makes_bright_dark_is_refused(sign: int, other: str) -> None:
    """Read with the wrong sign, the middle of the ramp jumps from one end of the range to the other."""
    pixels = 16 * (ramp() if sign else ramp() + 2048 & 4095)
    problem = problem_of(dicom(pixels, PixelRepresentation=sign, BitsStored=16))
    assert problem.kind == "film-sign" and f"only as {other} numbers" in problem.title


def test_white_marks_on_black_do_not_raise_doubts_about_the_sign() -> None:
    pixels = ramp() // 2
    pixels[::2, ::4] = 0
    pixels[::2, 1::4] = 4095
    assert np.array_equal(examine(dicom(pixels))[1], pixels)


@pytest.mark.parametrize("first", [60000, -5536])
def test_a_table_that_does_not_fit_the_pixels_is_refused(first: int) -> None:
    """Every pixel lies below its first value, so that it would show one grey."""
    problem = problem_of(dicom(VOILUTSequence=[lut(first % 65536, list(range(4096)), 12)]))
    assert problem.kind == "film-flat" and "VOI LUT maps all pixels to 0" in problem.title


def test_a_voi_table_takes_rescaled_values() -> None:
    table = [min(value, 4095) for value in range(9000)]
    rescaled = dicom(RescaleSlope="2", RescaleIntercept="-100", VOILUTSequence=[lut(0, table, 12)])
    assert np.array_equal(examine(rescaled)[1], np.clip(2 * ramp().astype(int) - 100, 0, 4095))


def test_a_window_of_an_unknown_function_is_replaced() -> None:
    film, pixels = examine(dicom(VOILUTFunction="MAGIC", WindowCenter="2000", WindowWidth="800"))
    assert np.array_equal(pixels, ramp()) and film.windows == []
    assert film.source["remarks"] == ["Windows: left out, their VOILUTFunction is unknown"]


def test_a_sigmoid_that_shows_one_grey_is_replaced() -> None:
    film, pixels = examine(dicom(VOILUTFunction="SIGMOID", WindowCenter="60000", WindowWidth="10"))
    assert np.array_equal(pixels, ramp())
    assert film.source["remarks"] == ["Window: left out, it shows one grey throughout"]


def test_a_png_of_several_channels_of_16_bits_is_refused_by_name() -> None:
    """Pillow gives their upper halves and says nothing."""
    for colour, channels in ((2, 3), (4, 2), (6, 4)):
        assert refusal(deep_png(colour, channels)) == "film-deep-colour"
    assert examine(deep_png(0, 1))[0].bits == 16


def deep_png(colour: int, channels: int) -> bytes:
    row = ramp().astype(">u2")[:, :, None].repeat(channels, axis=2)
    if colour > 3:
        row[:, :, -1] = 65535
    rows = b"".join(b"\0" + line.tobytes() for line in row)
    header = struct.pack(">IIBBBBB", 96, 80, 16, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )


def test_of_a_phones_two_pictures_the_first_is_the_film() -> None:
    grey = (ramp() // 16).astype(np.uint8)
    first, second = Image.fromarray(grey), Image.fromarray(grey[::-1].copy())
    file = BytesIO()
    first.save(file, "MPO", save_all=True, append_images=[second], quality=95)
    film, pixels = examine(file.getvalue())
    assert np.abs(pixels.astype(int) - grey).mean() < 2 and film.bits == 8


@pytest.mark.parametrize("spacing", [["0.000", "0.000"], ["0", "0.1"], ["-1", "-1"], ["nan", "nan"], ["0.1"]])
def test_an_impossible_spacing_is_unknown(spacing: list[str]) -> None:
    dataset = dicom()
    dataset.add_new(0x00280030, "UN", "\\".join(spacing).encode().ljust(20))
    assert examine(dataset)[0].spacing is None


def test_detector_spacing_stands_in_for_a_missing_one() -> None:
    film, _ = examine(dicom(ImagerPixelSpacing=["0.143", "0.143"]))
    assert film.spacing == (0.143, 0.143) and film.source["spacing"] == "detector"


def test_non_square_pixels_are_stretched_to_square_ones() -> None:
    film, pixels = examine(dicom(PixelSpacing=["0.4", "0.2"]))
    assert pixels.shape == (160, 96) and film.spacing == (0.2, 0.2)
    assert abs(int(pixels[80, 40]) - int(ramp()[40, 40])) <= 1
    film, pixels = examine(dicom(PixelAspectRatio=["1", "2"]))
    assert pixels.shape == (80, 192) and film.source["resampled"] == 0.5


def test_eight_bit_pictures_are_shown_as_they_were_saved() -> None:
    grey = (ramp() // 16).astype(np.uint8)
    film, pixels = examine(png(grey))
    assert np.array_equal(pixels, grey) and film.window == (127.5, 255) and film.bits == 8


def test_sixteen_bit_pngs_keep_their_values() -> None:
    film, pixels = examine(png(ramp()))
    assert np.array_equal(pixels, ramp()) and film.bits == 16


def test_jpegs_and_grey_pictures_saved_in_colour_are_taken() -> None:
    grey = (ramp() // 16).astype(np.uint8)
    assert np.abs(examine(png(grey, format="JPEG", quality=95))[1].astype(int) - grey).mean() < 2
    assert np.array_equal(examine(png(np.dstack([grey] * 3)))[1], grey)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"PresentationLUTShape": "INVERSE"}, "film-polarity"),
        ({"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "IDENTITY"}, "film-polarity"),
        ({"RescaleSlope": "0"}, "film-unclear"),
        ({"BitsStored": 12, "HighBit": 15}, "film-unclear"),
        ({"BitsAllocated": 32}, "film-unclear"),
        ({"BitsStored": 1}, "film-unclear"),
        ({"ModalityLUTSequence": [Dataset()]}, "film-table"),
        ({"ModalityLUTSequence": [lut(0, list(range(100)), 12)[:0x00283006]]}, "film-table"),
        ({"PixelAspectRatio": ["1", "9"]}, "film-unclear"),
        ({"PixelRepresentation": 7}, "film-unclear"),
        ({"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 4095}, "film-flat"),
    ],
)
def test_what_is_not_understood_is_refused(changes: dict[str, object], kind: str) -> None:
    assert refusal(dicom(**changes)) == kind
