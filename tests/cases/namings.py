"""Made-up headers and reports that name the same person: eight character sets, declared rightly, wrongly or not at all,
and three spellings. `python -m tests.cases.namings 5000` counts the names that would stand unmarked."""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from gazeapp.cases import phi, reports
from gazeapp.cases.sandbox.identifying import identifiers

# Python's codec, the DICOM names that stand for it, made-up names (family^given).
CHARSETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "iso8859_1": (
        "ISO_IR 100",
        (
            "Müller^Jürgen",
            "Weiß^Änne",
            "O'Brien^Seán",
            "van der Bërg^Joost",
            "García-López^María José",
            "Sørensen^Åse",
            "Ærø^Bjørn",
            "D'Àmico^Niccolò",
            "Þórsson^Öðr",
            "Châtelain^Anne-Zoé",
            "Wü^Lé",
            "Strauß^Götz",
        ),
    ),
    "iso8859_2": ("ISO_IR 101", ("Żółkiewski^Łukasz", "Dvořák^Jiří", "Kovač-Šarić^Đurđa", "Őry^Ágnes", "Țepeş^Ioană")),
    "iso8859_5": ("ISO_IR 144", ("Иванов^Пётр", "Щербакова^Юлия", "Ли^Анна", "Петренко-Ким^Сергей", "Љубић^Ђорђе")),
    "koi8_r": ("ISO_IR 144", ("Соколов^Андрей", "Ёлкина^Вера", "Цой^Лев", "Мельник^Ольга")),
    "iso8859_7": ("ISO_IR 126", ("Παπαδόπουλος^Γιώργος", "Ιωάννου^Μαρία", "Ξένος^Άρης")),
    "gb18030": ("GB18030", ("张^志宏", "欧阳^小东", "李^娜", "王^伟", "司马^雨晴", "刘^国强")),
    "cp932": ("ISO_IR 13", ("山田^太郎", "佐々木^花子", "高橋^さくら", "ヤマダ^タロウ", "林^健")),
    "euc_kr": ("\\ISO 2022 IR 149", ("홍^길동", "김^민준", "남궁^서연", "이^하은")),
    "utf-8": (
        "ISO_IR 192",
        (
            "Nguyễn^Thị Hồng",
            "Li^Na",
            "Ng^Wei",
            "Smith^John",
            "יעקב^משה",
            "محمود^أحمد",
            "De la Cruz^Ana",
            "St. John^Amy",
        ),
    ),
}
DECLARED = ("ISO_IR 100", "ISO_IR 192", "GB18030", "ISO_IR 144", "ISO_IR 101", "ISO_IR 13", "ISO_IR 126", "nonsense")
BEFORE = ("", "Heart size normal. ", "Comparison film of ", "Old film, then as now ", "Known: ", "Clear lungs in ", "(")
AFTER = (".", "", " again. No effusion.", ", lungs clear.", " was rotated.", ")", "; no change", " 2 cm nodule.")


@dataclass(frozen=True)
class Naming:
    film: bytes
    report: bytes
    before: str
    after: str
    says: str  # for a message


def namings(seed: int, count: int) -> Iterator[Naming]:
    dice = random.Random(seed)
    for _ in range(count):
        codec = dice.choice(list(CHARSETS))
        right, people = CHARSETS[codec]
        person = dice.choice([person for person in people if _fits(person, codec)])
        declared = dice.choice((right, dice.choice(DECLARED), None))
        spelt = _spelt(person, dice)
        before, after = dice.choice(BEFORE), dice.choice(AFTER)
        encoding = dice.choice(("utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", codec))
        if not _fits(before + spelt + after, encoding):
            encoding = "utf-8"
        report = (before + spelt + after).encode(encoding)
        yield Naming(
            _film(person.encode(codec), declared),
            report,
            before,
            after,
            f"{person} {codec} {declared} {spelt} {encoding}",
        )


def _fits(text: str, codec: str) -> bool:
    try:
        return text.encode(codec) is not None
    except UnicodeEncodeError:
        return False


def _film(name: bytes, declared: str | None) -> bytes:
    """A file whose header has just these bytes as its patient's name."""
    place = b"Q" * (len(name) + len(name) % 2)
    dataset, meta, file = Dataset(), FileMetaDataset(), BytesIO()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, "1.2.840.10008.5.1.4.1.1.1"
    meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.file_meta, dataset.PatientName = meta, place.decode()
    if declared:
        dataset.SpecificCharacterSet = declared.split("\\")
    dataset.save_as(file, enforce_file_format=True)
    assert file.getvalue().count(place) == 1
    return file.getvalue().replace(place, name.ljust(len(place)))


def _spelt(person: str, dice: random.Random) -> str:
    """As the header has it; given name first, in other case or accents; with an initial, or the family alone."""
    family, given = person.split("^")
    if unicodedata.name(family[0]).split()[0] in {"CJK", "HANGUL", "KATAKANA", "HIRAGANA"}:
        return dice.choice((family + given, f"{family} {given}", f"{given}, {family}"))
    way = dice.randrange(3)
    if way == 0:
        return dice.choice((f"{family}, {given}", f"{family} {given}", f"{family.upper()}, {given}"))
    if way == 1:
        return _otherwise(f"{given} {family}", dice)
    return dice.choice(
        (f"{given[0]}. {family}", f"{given[0]} {family}", f"{family}, {given[0]}.", family, _otherwise(family, dice))
    )


def _otherwise(name: str, dice: random.Random) -> str:
    spelt_out = name.translate(
        str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "Ä": "Ae"})
    )
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return dice.choice(
        (
            name.upper(),
            name.lower(),
            spelt_out,
            bare,
            unicodedata.normalize("NFD", name),
            name.replace("'", "’"),
            name.replace("-", " "),
            name.replace("-", ""),
            name.replace("'", ""),
        )
    )


def unmarked(naming: Naming) -> str:
    """What of the name stands unmarked in the report; single letters are nobody's name."""
    text = reports.clean(reports.decode(naming.report))
    named = identifiers(pydicom.dcmread(BytesIO(naming.film)))
    shown = list(text)
    for mark in phi.find_phi(text, named):
        shown[mark.start : mark.end] = " " * (mark.end - mark.start)
    start = len(reports.clean(naming.before + "x")) - 1
    end = len(text) - len(reports.clean("x" + naming.after)) + 1
    rest = "".join(shown[start:end])
    return " ".join(word for word in rest.split() if len("".join(filter(str.isalnum, word))) > 1)


def main(count: int, seed: int = 20) -> None:
    missed = 0
    for naming in namings(seed, count):
        if left := unmarked(naming):
            missed += 1
            print(f"{left!r} stands unmarked: {naming.says}")
    print(f"{missed} of {count} names stand unmarked")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
