"""No identity leaves the sandbox but to be looked for in the report: tokens seeded everywhere are found nowhere."""

from __future__ import annotations

import base64
import gzip
import logging
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pydicom
import pytest
from django.core.management import call_command
from django.db import connection
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from gazeapp.cases import dicom_copy, services, storage
from tests.cases.films import REPORT, RG1, dicom, examine, file_bytes, ramp

# One per VR; each is unlike anything else in the system, and is looked for in several spellings.
TOKENS = {
    "PN": "Zzxqname^Vvkfirst",
    "LO": "QWXLONGID7731",
    "SH": "QWXSHRT5512",
    "LT": "Qwxlongtext lives here 9081",
    "ST": "Qwxshorttext 4471",
    "UT": "Qwxunlimited text 3306",
    "UC": "QWXUNLIMCHARS 88",
    "UR": "https://qwxurl.example/9917",
    "AE": "QWXAETITLE",
    "CS": "QWXCODE77",
    "AS": "097Y",
    "DA": "19371113",
    "DT": "19371113071923",
    "TM": "071923.437",
    "UI": "1.2.826.0.1.993377.55",
    "IS": "739184625",
    "DS": "7391.84625",
}
_NEEDED = (
    "SpecificCharacterSet SOPClassUID SOPInstanceUID ImageType Modality BodyPartExamined ViewPosition "
    "SamplesPerPixel PhotometricInterpretation PixelPaddingValue WindowCenter WindowWidth RescaleSlope "
    "RescaleIntercept PixelAspectRatio NumberOfFrames VOILUTFunction PresentationLUTShape PixelSpacing "
    "BurnedInAnnotation ImagerPixelSpacing DerivationDescription AnatomicRegionSequence "
    "WindowCenterWidthExplanation DerivationCodeSequence ModalityLUTSequence VOILUTSequence "
    "SourceImageSequence PixelData"
)
ALLOWED_OR_NEEDED = frozenset(_NEEDED.split())


def seeded(characters: str = "ISO_IR 192") -> Dataset:
    """A film with a token in every element of the dictionary that takes text, in nested sequences, private tags,
    overlays, the preamble, and past the end of the pixels."""
    dataset = dicom(SpecificCharacterSet=characters)
    for tag, (vr, vm, _, _, keyword) in DicomDictionary.items():
        if vr in TOKENS and keyword and keyword not in ALLOWED_OR_NEEDED and 0x0008 <= tag >> 16 < 0x5000:
            if (tag >> 16) in {0x0028} and vr in {"IS", "DS"}:
                continue
            dataset.add_new(tag, vr, TOKENS[vr] if vm.startswith("1") else [TOKENS[vr]] * 2)
    inner = dataset
    for depth in range(5):
        item = Dataset()
        item.PatientName, item.PatientID, item.TextValue = TOKENS["PN"], TOKENS["LO"], TOKENS["UT"]
        item.PatientComments = f"{TOKENS['LT']} {depth}"
        inner.RequestAttributesSequence = Sequence([item])
        inner = item
    for group in (0x0009, 0x0029, 0x7053):
        block = dataset.private_block(group, "QWXPRIVATE MAKER", create=True)
        block.add_new(0x01, "LO", TOKENS["LO"])
        block.add_new(0x02, "PN", TOKENS["PN"])
        block.add_new(0x03, "OB", TOKENS["PN"].encode())
        block.add_new(0x04, "UN", TOKENS["LT"].encode())
    dataset.add_new(0x60000010, "US", 80)
    dataset.add_new(0x60000011, "US", 96)
    dataset.add_new(0x60000022, "LO", TOKENS["LO"])
    dataset.add_new(0x60003000, "OW", TOKENS["PN"].encode().ljust(960, b"\0"))
    dataset.add_new(0x50000010, "OW", TOKENS["PN"].encode() + b"\0")
    dataset.add_new(0xFFFCFFFC, "OB", TOKENS["PN"].encode() + b"\0")
    dataset.preamble = TOKENS["PN"].encode().ljust(128, b"\0")
    return dataset


def spellings(token: str) -> list[bytes]:
    """Six encodings, and the parts of a name."""
    parts = {token, *token.split("^")}
    found: list[bytes] = []
    for part in parts:
        for text in {part, part.lower(), part.upper()}:
            found += [text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"), text.encode().hex().encode()]
            found.append(base64.b64encode(text.encode())[:-3])
            found.append(text.encode("utf-32-le"))
    return [spelling for spelling in found if len(spelling) >= 6]


def leaks(content: bytes) -> list[str]:
    searched = [name for name in TOKENS if name not in {"AS"}]
    return [name for name in searched if any(spelling in content for spelling in spellings(TOKENS[name]))]


def everything_stored(folder: Path) -> bytes:
    """Every byte of the database and of both folders, compressed films opened."""
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        rows = b"\n".join(line.encode() for line in connection.connection.iterdump())
    else:
        out = StringIO()
        call_command("dumpdata", stdout=out)
        rows = out.getvalue().encode()
    files = []
    for path in folder.rglob("*"):
        files.append(str(path).encode())
        if path.is_file():
            content = path.read_bytes()
            files.append(gzip.decompress(content) if path.suffix == ".gz" else content)
    return rows + b"\n".join(files)


@pytest.mark.django_db
@pytest.mark.parametrize("report", [REPORT, "Zzxqname, Vvkfirst: clear. QWXLONGID7731, born 13.11.1937."])
def test_seeded_tokens_are_found_nowhere_afterwards(
    report: str,
    cast: SimpleNamespace,
    no_words: None,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    source = tmp_path / "elsewhere" / "Zzxqname^Vvkfirst.dcm"
    source.parent.mkdir()
    source.write_bytes(file_bytes(seeded()))
    assert len(leaks(source.read_bytes())) == len(TOKENS) - 1, "the tokens are really in the file"
    with django_capture_on_commit_callbacks(execute=True):
        case = services.take_in(owner=cast.resident, path=source, report=report, title="Of Zzxqname", now=True)
    source.unlink()
    source.parent.rmdir()
    if report == REPORT:
        assert case.state == "ready"
    else:
        assert case.state == "confirming"
        assert leaks(everything_stored(tmp_path / "media")) == []
        with django_capture_on_commit_callbacks(execute=True):
            services.confirm_report(case=case, by=cast.resident, text="[name]: clear.")
    assert leaks(everything_stored(tmp_path)) == []
    assert leaks(caplog.text.encode()) == []
    assert case.received.deidentified["elements_removed"] > 500


@pytest.mark.parametrize(
    ("characters", "name"),
    [("ISO_IR 100", "Müller^Zoë"), ("ISO_IR 144", "Люкceмбypг"), ("ISO_IR 192", "山田^太郎"), ("GB18030", "王^小东")],
)
def test_names_in_other_alphabets_are_found_in_the_report(characters: str, name: str) -> None:
    from gazeapp.cases import phi

    film, _ = examine(dicom(SpecificCharacterSet=characters, PatientName=name))
    family = name.split("^")[0]
    assert ("name", family) in film.identifiers
    assert [m.kind for m in phi.find_phi(f"Patient {family} again", film.identifiers)] == ["name"]


def test_codes_outside_their_list_and_numbers_that_are_none_are_left_behind() -> None:
    film, _ = examine(
        dicom(
            PatientSex="QWXM",
            PixelIntensityRelationship="QWX",
            DetectorType="SCINTILLATOR",
            Exposure="5.00012345",
            KVP="739184625",
        )
    )
    assert film.kept == {
        "Modality": "CR",
        "BodyPartExamined": "CHEST",
        "ViewPosition": "PA",
        "DetectorType": "SCINTILLATOR",
        "Exposure": 5.0,
    }


def test_uids_are_keyed_and_stable(settings: Any) -> None:
    one = dicom_copy.uid("film", "a" * 64)
    assert one == dicom_copy.uid("film", "a" * 64) != dicom_copy.uid("study", "a" * 64)
    assert one.startswith("2.25.") and len(one) <= 64
    settings.DEIDENTIFY_KEY = "another key"
    assert one != dicom_copy.uid("film", "a" * 64)


@pytest.mark.django_db
def test_a_film_can_be_written_as_dicom_again_without_its_past(
    cast: SimpleNamespace, no_words: None, tmp_path: Path
) -> None:
    source = tmp_path / "film.dcm"
    source.write_bytes(file_bytes(seeded()))
    case = services.take_in(owner=cast.resident, path=source, report="", now=True)
    assert case.film_id is not None
    content = dicom_copy.as_dicom(case, storage.film_pixels(case.film_id))
    assert leaks(content) == [] and content[:128] == b"\0" * 128
    again = pydicom.dcmread(BytesIO(content))
    assert np.array_equal(again.pixel_array, ramp())
    assert again.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert again.PatientIdentityRemoved == "YES" and again.DeidentificationMethod
    assert [item.CodeValue for item in again.DeidentificationMethodCodeSequence] == [
        "113100",
        "113101",
        "113103",
        "113104",
    ]
    assert again.BurnedInAnnotation == "NO"
    groups = {element.tag.group for element in again.iterall()}
    assert groups == {0x0008, 0x0010, 0x0012, 0x0018, 0x0020, 0x0028, 0x7FE0}
    taken, pixels = examine(content)
    assert np.array_equal(pixels, ramp()) and taken.hold is None


def test_the_real_film_leaves_its_names_behind() -> None:
    film, _ = examine(RG1)
    text = str({**film.kept, **film.source})
    for element in pydicom.dcmread(RG1, stop_before_pixels=True):
        if element.VR in {"PN", "LO", "SH", "DA", "TM", "UI"} and element.keyword not in {"SOPClassUID"}:
            assert len(str(element.value)) < 4 or str(element.value) not in text


def test_many_seeded_films_leak_nothing() -> None:
    """What leaves the sandbox, apart from the strings to look for, holds no seeded number."""
    for number in range(40):
        token = f"SEED{number * 977:05d}X"
        dataset = dicom(PatientName=f"{token}^A", PatientID=token, AccessionNumber=token, InstitutionName=token)
        dataset.private_block(0x0011, token, create=True).add_new(1, "LT", token)
        film, pixels = examine(dataset)
        assert token not in str((film.kept, film.source, film.windows, film.view, film.modality))
        assert token.encode() not in pixels.tobytes()
        assert any(token in text for _, text in film.identifiers)
