"""What the sandbox hands on of a header to be looked for in the report: names in every reading of their bytes, numbers,
days and places, at every depth, and bounded."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset

from gazeapp.cases import phi, reports
from gazeapp.cases.reports.text import windows_1252
from gazeapp.cases.sandbox import identifying
from gazeapp.cases.sandbox.readings import ENCODINGS, MOST, readings
from tests.cases.films import dicom, examine, file_bytes


def identifiers(content: bytes | Dataset) -> list[tuple[str, str]]:
    """Of a header as it is read from a file: its elements undecoded."""
    content = content if isinstance(content, bytes) else file_bytes(content)
    return identifying.identifiers(pydicom.dcmread(BytesIO(content)))


def names(**elements: Any) -> set[str]:
    return {text for kind, text in identifiers(dicom(**elements)) if kind == "name"}


def with_bytes(keyword: str, raw: bytes, characters: str | None = "ISO_IR 100") -> bytes:
    """A film whose element has just these bytes, whatever its character set says."""
    place = b"Q" * (len(raw) + len(raw) % 2)
    content = file_bytes(dicom(**{keyword: place.decode()}, SpecificCharacterSet=characters))
    assert content.count(place) == 1
    return content.replace(place, raw.ljust(len(place)))


@pytest.mark.parametrize(
    ("raw", "declared", "text"),
    [
        ("Müller^Jürgen".encode(), "ISO_IR 100", "Jürgen Müller. Heart size normal."),
        ("张志宏".encode("gb18030"), "ISO_IR 100", "患者张志宏，双肺纹理清晰。"),
        ("Müller^Jürgen".encode("cp1252"), "ISO_IR 192", "Müller, Jürgen"),
        ("Müller^Jürgen".encode("cp1252"), None, "Jürgen Müller"),
        ("Müller^Jürgen".encode("cp850"), "ISO_IR 100", "Jürgen Müller"),
        ("Müller^Jürgen".encode().decode("latin-1").encode(), "ISO_IR 192", "Jürgen Müller"),
        ("Иванов^Иван".encode("cp1251"), "ISO_IR 144", "Иванов Иван"),
        ("Иванов^Иван".encode("koi8_r"), None, "Иванов Иван"),
        ("山田^太郎".encode("cp932"), "ISO_IR 100", "山田太郎"),
        ("藤本^誠".encode("cp932"), "ISO_IR 192", "藤本 誠"),
        ("홍^길동".encode("euc_kr"), "ISO_IR 100", "홍길동"),
        ("Παπάς^Άρης".encode("iso8859_7"), "ISO_IR 101", "Άρης Παπάς"),
        ("Dvořák^Jiří".encode("cp852"), "ISO_IR 100", "Jiří Dvořák"),
        ("Yıldız^Gülşen".encode("cp857"), "ISO_IR 100", "Gülşen Yıldız"),
        ("Παπάς^Άρης".encode("cp737"), "ISO_IR 100", "Άρης Παπάς"),
        ("כהן^משה".encode("cp862"), "ISO_IR 100", "משה כהן"),
        ("Петров^Сергей".encode("mac_cyrillic"), "ISO_IR 100", "Сергей Петров"),
        ("Петров^Сергей".encode("cp855"), "ISO_IR 144", "Сергей Петров"),
        ("김^민준".encode("johab"), "ISO_IR 100", "김민준"),
        ("Ħażżopardi^Ġorġ".encode("iso8859_3"), "ISO_IR 100", "Ġorġ Ħażżopardi"),
        ("Bērziņš^Jānis".encode("iso8859_10"), "ISO_IR 100", "Jānis Bērziņš"),
        ("Nguyễn^Thị Hồng".encode("utf-16-le"), "ISO_IR 100", "Thị Hồng Nguyễn"),
        ("Nguyễn^Thị Hồng".encode("utf-16"), "ISO_IR 192", "Thị Hồng Nguyễn"),
        ("张^志宏".encode("utf-16-be"), "ISO_IR 100", "张志宏"),
        (b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "ISO_IR 100", "山田 太郎"),
        (b"\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf", None, "홍 길동"),
    ],
)
def test_a_name_is_found_whatever_its_character_set_was_said_to_be(raw: bytes, declared: str | None, text: str) -> None:
    named = identifiers(with_bytes("PatientName", raw, declared))
    marks = phi.find_phi(text, named)
    left = phi.with_surrogates(text, marks)
    spelt = text.split(".")[0].removeprefix("患者").split("，")[0].replace(",", " ")
    assert marks and not any(part in left for part in spelt.split())


# Made-up names, and every encoding of theirs that is read: a header in it, or a report.
FOREIGN = (
    *("Dvořák^Jiří", "Żółkiewski^Łukasz", "Őry^Ágnes", "Yıldız^Gülşen", "Ħażżopardi^Ġorġ", "Bērziņš^Jānis"),
    *("Conceição^João", "Þórsson^Öðr", "Παπαδόπουλος^Γιώργος", "כהן^משה", "محمود^أحمد", "Петров^Сергей"),
    *("Љубић^Ђорђе", "Шевченко^Іван", "สมชาย^ใจดี", "Nguyễn^Thị Hồng", "홍^길동", "张^志宏", "山田^太郎"),
)
PAIRS = [(name, codec) for name in FOREIGN for codec in ENCODINGS if name.encode(codec, "ignore").decode(codec) == name]
ALSO_UTF_8 = {("Dvořák^Jiří", "mac-latin2")}  # bytes that are letters of Thaana too
NOT_OF_REPORTS = ("utf-16", "iso2022", "hz", "mac-arabic", "mac-farsi")  # or with signs of their own for every comma


def rest(text: str, named: list[tuple[str, str]]) -> str:
    shown = list(text)
    for mark in phi.find_phi(text, named):
        shown[mark.start : mark.end] = " " * (mark.end - mark.start)
    return "".join(shown).strip()


@pytest.mark.parametrize("name", FOREIGN)
def test_a_name_is_found_in_every_encoding_of_its_header(name: str) -> None:
    family, given = name.split("^")
    for codec in [codec for one, codec in PAIRS if one == name]:
        named = identifiers(with_bytes("PatientName", name.encode(codec)))
        assert rest(f"{given} {family}, clear lungs.", named) == ", clear lungs.", codec


@pytest.mark.parametrize("name", FOREIGN)
def test_a_name_is_found_in_every_encoding_of_its_report(name: str) -> None:
    family, given = name.split("^")
    named = identifiers(with_bytes("PatientName", name.encode(), "ISO_IR 192"))
    for codec in [codec for one, codec in PAIRS if one == name and (one, codec) not in ALSO_UTF_8]:
        if not codec.startswith(NOT_OF_REPORTS):
            text = reports.clean(reports.decode(f"{given} {family}, clear lungs.".encode(codec)))
            assert rest(text, named) == ", clear lungs.", codec


def test_a_name_is_found_where_header_and_report_are_wrong_in_two_ways() -> None:
    named = identifiers(with_bytes("PatientName", "Dvořák^Jiří".encode("cp852")))
    for codec in ("iso8859_2", "cp1250", "utf-8"):
        text = reports.clean(windows_1252("Jiří Dvořák, clear.".encode(codec)))
        assert rest(text, named) == ", clear.", codec


def test_the_likeliest_readings_of_every_name_come_before_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(identifying.MOST, "name", 12)
    content = with_bytes("ReferringPhysicianName", "Dvořák^Jiří".encode("cp852"))
    dataset = pydicom.dcmread(BytesIO(content))
    dataset.PatientName = "Zimmer^Ute"
    assert ("name", "Zimmer") in identifying.identifiers(dataset)


def test_a_second_byte_that_looks_like_a_delimiter_splits_no_letter() -> None:
    """In Shift-JIS and GBK the second byte of a letter may be a backslash or a caret."""
    for name, codec in (("表^裕子", "cp932"), ("乗^十", "cp932"), ("郳^朸", "gb18030")):
        raw = name.encode(codec)
        assert set(name.split("^")) <= {text for _, text in identifiers(with_bytes("PatientName", raw))}


def test_bytes_of_one_language_are_not_read_as_words_that_mix_scripts() -> None:
    found = readings("Müller^Jürgen".encode("cp1252"))
    assert found[0] == "Müller^Jürgen" and not any("黮" in text or "ь" in text for text in found)
    assert readings(b"Smith^John") == ["Smith^John"]


@pytest.mark.parametrize("name", ["Ñandú^Zoë", "Щербаков^Юрий", "佐々木^花子", "Ελένη^Άρης"])
@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "cp1251", "cp932", "gb18030", "iso8859_7"])
def test_readings_are_few_and_hold_no_signs_of_damage(name: str, codec: str) -> None:
    raw = name.encode(codec, "ignore")
    assert raw.isascii() or name.encode(codec, "ignore").decode(codec) in readings(raw)
    assert len(readings(raw)) <= MOST
    assert not any(sign == "\ufffd" or not (sign.isprintable()) for text in readings(raw) for sign in text)


@pytest.mark.parametrize(
    "name",
    [
        *("M?ller^J?rgen", "M\ufffdller^J\ufffdrgen", "M_ller^J_rgen", "M ller^J rgen", "M&uuml;ller^J&uuml;rgen"),
        *("M&#252;ller^J&#xFC;rgen", "M&amp;uuml;ller, J&uuml;rgen", "M??ller^J??rgen"),
    ],
)
def test_a_name_whose_letters_the_header_lost_or_wrote_as_a_web_page_is_found(name: str) -> None:
    named = identifiers(with_bytes("PatientName", name.encode(), "ISO_IR 192"))
    assert rest("Müller, Jürgen. Heart size normal.", named) == ". Heart size normal."


@pytest.mark.parametrize("name", ["Li^Na", "Wu^Xi", "Ng^Bo"])
def test_parts_of_two_letters_are_names(name: str) -> None:
    assert set(name.split("^")) <= names(PatientName=name)


def test_particles_and_titles_are_no_names_by_themselves() -> None:
    found = names(PatientName="van der Berg^Joost^^Dr.^Jr", ReferringPhysicianName="Le^Van")
    assert {"Berg", "Joost", "van der Berg", "Le"} <= found
    assert not found & {"van", "der", "Dr", "Dr.", "Jr"}


def test_given_and_family_name_are_also_looked_for_together() -> None:
    assert {"Muster Erika", "Erika Muster"} <= names(PatientName="Muster^Erika")
    assert {"Muster Erika", "Erika Muster"} <= names(PatientName="Muster, Erika")


@pytest.mark.parametrize("between", [*".&+|_/;, "])
def test_whatever_stands_between_them_each_word_is_a_name(between: str) -> None:
    assert {"MUSTER", "ERIKA"} <= names(PatientName=f"MUSTER{between}ERIKA")


def test_initials_are_no_words_of_a_name() -> None:
    assert set(identifying._names("Müller^Ä.Ö.")) == {"Müller", "Müller Ä.Ö.", "Ä.Ö. Müller"}


def test_every_group_of_a_name_counts() -> None:
    found = names(PatientName="Yamada^Tarou=山田^太郎=やまだ^たろう", SpecificCharacterSet="ISO_IR 192")
    assert {"Yamada", "Tarou", "山田", "太郎", "やまだ", "たろう"} <= found


@pytest.mark.parametrize(
    "keyword",
    [
        *("ReferringPhysicianName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName", "OperatorsName"),
        *("PerformingPhysicianName", "NameOfPhysiciansReadingStudy", "ResponsiblePerson", "RequestingPhysician"),
    ],
)
def test_everybody_in_the_header_counts(keyword: str) -> None:
    assert "Zimmer" in names(**{keyword: "Zimmer^Ute"})


@pytest.mark.parametrize(
    "keyword", ["PatientComments", "AdditionalPatientHistory", "ImageComments", "StudyDescription"]
)
def test_names_and_numbers_in_free_text_count(keyword: str) -> None:
    found = identifiers(dicom(**{keyword: "Sent by Dr. Ute Zimmer, MRN 4711-22"}))
    assert {("name", "Ute Zimmer"), ("number", "4711-22")} <= set(found)


def test_the_parts_of_a_name_in_free_text_count_in_any_order() -> None:
    assert {"Zbigniew", "Brzostek"} <= names(PatientComments="wife of Zbigniew Brzostek, tel 33")


def test_a_name_as_the_whole_comment_on_a_patient_counts() -> None:
    assert "Juergen Mueller" in names(PatientComments="Juergen Mueller")
    assert not names(PatientComments="Pain since Monday, cough", PatientName="") - {"Test"}


def test_private_elements_count_in_any_type() -> None:
    dataset = dicom()
    block = dataset.private_block(0x0011, "MAKER", create=True)
    block.add_new(1, "LO", "ZIMMER^UTE")
    block.add_new(2, "LO", "4711-X22")
    block.add_new(3, "UN", b"VOGEL^KAI ")
    block.add_new(4, "UN", b"4711-X33")
    found = set(identifiers(dataset))
    assert {("name", "ZIMMER"), ("name", "VOGEL"), ("number", "4711-X22"), ("number", "4711-X33")} <= found


def test_nested_elements_count() -> None:
    item = Dataset()
    item.PatientName, item.PatientBirthDate, item.PatientID = "Müller^Ute", "19401224", "4711-22"
    found = set(identifiers(dicom(OtherPatientIDsSequence=[item], SpecificCharacterSet="ISO_IR 192")))
    assert {("name", "Müller"), ("date", "19401224"), ("number", "4711-22")} <= found


@pytest.mark.parametrize("value", ["19401224", "1940.12.24"])
def test_days_count_however_old_the_header_is(value: str) -> None:
    content = file_bytes(dicom(PatientBirthDate="19401224"))
    assert content.count(b"19401224") == 1
    dataset = pydicom.dcmread(BytesIO(content))
    dataset.PatientBirthDate = value
    assert ("date", "19401224") in identifying.identifiers(dataset)


def test_one_kind_in_plenty_crowds_out_no_other() -> None:
    """Private blocks below group 0010 come before the patient's name."""
    dataset = dicom(PatientName="Zimmer^Ute", PatientBirthDate="19401224", InstitutionName="Klinikum Nord")
    block = dataset.private_block(0x0009, "MAKER", create=True)
    for number in range(200):
        block.add_new(number, "LO", f"NUMBER-{number}")
    found = identifiers(dataset)
    assert {("name", "Zimmer"), ("date", "19401224"), ("place", "Klinikum Nord")} <= set(found)
    assert sum(kind == "number" for kind, _ in found) == identifying.MOST["number"]


def test_the_longest_number_that_a_header_may_hold_counts() -> None:
    number = "4711-X22" * 8  # 64 characters
    assert ("number", number) in identifiers(dicom(PatientID=number))


def test_what_describes_the_film_names_nobody() -> None:
    assert identifiers(dicom(PatientName="", PatientID="")) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("no_words")
def test_a_report_that_spells_the_patient_otherwise_waits_for_its_uploader(take: Any) -> None:
    case = take(PatientName="MUELLER^JUERGEN", report="Müller, Jürgen. Heart size normal.")
    assert (case.state, case.report) == ("confirming", "")
    assert take(PatientName="MUELLER^JUERGEN", report="Heart size normal.").state == "ready"


def test_the_sandbox_hands_every_reading_on() -> None:
    film, _ = examine(with_bytes("PatientName", "张志宏".encode("gb18030")))
    assert ("name", "张志宏") in film.identifiers
