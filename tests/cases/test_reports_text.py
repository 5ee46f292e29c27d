"""From the bytes of a report file to the text that is stored."""

from __future__ import annotations

import pytest

from gazeapp.cases import reports

TEXT = "Müller’s heart: 2½ cm – “normal”. No effusion."


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("cp1252"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        b"\xff\xfe\0\0" + TEXT.encode("utf-32-le"),
        b"\0\0\xfe\xff" + TEXT.encode("utf-32-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
    ],
    ids=[
        "utf-8",
        "utf-8 bom",
        "windows",
        "utf-16",
        "utf-16 be",
        "utf-32",
        "utf-32 be",
        "utf-16 no bom",
        "utf-16 be no bom",
    ],
)
def test_a_report_is_read_whatever_it_was_saved_as(raw: bytes) -> None:
    assert reports.decode(raw) == TEXT


def test_other_scripts_are_read_by_their_mark() -> None:
    for text in ("患者张志宏，双肺纹理清晰。", "Иванов: лёгкие чистые", "𝔐üller"):
        assert [reports.decode(text.encode(code)) for code in ("utf-8", "utf-16", "utf-32")] == [text] * 3


def test_every_byte_is_read_as_something_and_never_as_damage() -> None:
    whole = bytes(range(256))
    for raw in (
        whole,
        b"\xef\xbb\xbf" + whole,
        b"\xff\xfe" + whole + b"x",
        b"\xff\xfe\0\0" + whole,
        b"\xff\xfe\0\xd8a\0",
        b"",
    ):
        assert "\ufffd" not in reports.decode(raw)
    assert reports.clean(reports.decode(b"a\x81\x8d\x8f\x90\x9db\x80")) == "ab€"


def test_an_odd_number_of_bytes_is_not_taken_for_utf16_and_loses_none() -> None:
    assert reports.decode(b"a\0b") == "a\0b"


def test_utf8_that_only_begins_well_is_windows_1252() -> None:
    assert reports.decode("Müller, Zoë".encode() + b" \xfc") == "MÃ¼ller, ZoÃ« ü"


def test_control_characters_and_odd_line_ends_are_cleaned() -> None:
    assert reports.clean("\ufeffLungs\x00 clear.  \r\nHeart\rnormal.\n\n") == "Lungs clear.\nHeart\nnormal."
    assert reports.clean("one\x0ctwo\u2028three\x85four") == "one\ntwo\nthree\nfour"


def test_signs_of_damage_are_not_stored() -> None:
    assert reports.clean("M\ufffdller\ud800 normal") == "Mller normal"


def test_blanks_of_every_width_stay_blanks() -> None:
    """A blank that is dropped would join a title and a name to one word that no pattern knows."""
    text = reports.clean("Dr.\u00a0Smith, 12\u202fmars\u00a02024, 5\u2009cm")
    assert text == "Dr. Smith, 12 mars 2024, 5 cm"
    assert len(reports.find_marks(text)) == 2
