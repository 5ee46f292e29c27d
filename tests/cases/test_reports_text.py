"""From the bytes of a report file to the text that is stored."""

from __future__ import annotations

import pytest

from gazeapp.cases import phi, reports
from gazeapp.cases.reports.text import windows_1252

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
    whole = bytes(range(1, 256))
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


SCRIPTS = (
    "Петров Сергей: лёгкие чистые",
    "患者张志宏，双肺纹理清晰。",
    "患者张志宏双肺纹理清晰心影不大",
    "患者張志宏，雙肺紋理清晰，心影正常。",
    "山田太郎様の胸部写真、異常なし。",
    "홍길동 환자의 사진은 정상",
    "Παπαδόπουλος: καθαροί πνεύμονες",
    "Nguyễn Thị Hồng: phổi sáng",
    "משה כהן: ריאות נקיות",
    "สมชาย ปอดปกติ",
)


@pytest.mark.parametrize("text", SCRIPTS)
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_of_every_script_is_known_without_its_mark(text: str, codec: str) -> None:
    assert reports.decode(text.encode(codec)) == text


@pytest.mark.parametrize("text", SCRIPTS)
@pytest.mark.parametrize(
    "codec",
    [
        *(
            "cp1252",
            "cp1251",
            "koi8_r",
            "cp866",
            "cp855",
            "mac_cyrillic",
            "gb18030",
            "big5",
            "cp932",
            "euc_jp",
            "cp949",
        ),
        *("johab", "cp1253", "cp737", "cp1255", "cp874", "iso2022_jp", "iso2022_kr"),
    ],
)
def test_text_of_an_older_encoding_is_not_taken_for_utf16(text: str, codec: str) -> None:
    for spelt in (text, text.upper(), text + " x"):
        raw = spelt.encode(codec, "ignore")
        assert reports.decode(raw) in {windows_1252(raw), raw.decode("utf-8", "ignore")}


@pytest.mark.parametrize(
    "raw",
    [b"a\0b", "Нет".encode("utf-16-le")[:-1], b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\0", "Нет".encode("utf-32-le")],
)
def test_zero_bytes_that_no_utf16_explains_are_no_text(raw: bytes) -> None:
    with pytest.raises(reports.NoText):
        reports.decode(raw)


def test_utf8_that_breaks_off_within_its_last_letter_loses_that_letter_alone() -> None:
    assert reports.decode("Müller, Zoë: kein Erguß".encode()[:-1]) == "Müller, Zoë: kein Ergu"
    assert [reports.decode("Müller ’".encode()[:-cut]) for cut in (1, 2)] == ["Müller "] * 2
    assert reports.decode("Zoë".encode("cp1252")) == "Zoë"


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
    assert len(phi.find_phi(text)) == 2
