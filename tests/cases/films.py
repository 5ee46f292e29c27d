"""Films made for tests, and where the packaged ones lie."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import data_store
import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from gazeapp.cases import reports, sandbox_client, storage
from gazeapp.cases.models import Case, Film, Received
from gazeapp.core.problems import Problem

PACKAGED = Path(data_store.__file__).parent / "data"
RG1 = PACKAGED / "RG1_UNCR.dcm"
TIBIA = PACKAGED / "RG3_UNCR.dcm"
CR, DX = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1"
REPORT = "The heart is of normal size. No pleural effusion. Clear lungs."


def ramp(rows: int = 80, columns: int = 96, top: int = 4095) -> np.ndarray:
    """Values that grow from left to right and differ from row to row."""
    return (np.linspace(0, top - rows, columns)[None, :] + np.arange(rows)[:, None]).astype(np.uint16)


def dicom(pixels: np.ndarray | None = None, *, syntax: str = ExplicitVRLittleEndian, **changes: Any) -> Dataset:
    """A small chest film, ORIGINAL/PRIMARY, 12 bits, MONOCHROME2; `changes` by keyword, None removes."""
    pixels = ramp() if pixels is None else pixels
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = changes.get("SOPClassUID", CR)
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "CR", "CHEST", "PA"
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.PatientName, dataset.PatientID = "Test^Film", "T-1"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = 8 * pixels.dtype.itemsize
    dataset.BitsStored = min(12, dataset.BitsAllocated)
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = 1 if pixels.dtype.kind == "i" else 0
    dataset.add_new(0x7FE00010, "OW", pixels.tobytes())
    for keyword, value in changes.items():
        if value is None:
            if keyword in dataset:
                delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    if "BitsStored" in changes and "HighBit" not in changes:
        dataset.HighBit = changes["BitsStored"] - 1
    return dataset


def stored_case(owner: Any, pixels: np.ndarray, **changes: Any) -> Case:
    """A ready case whose film is stored, for tests about something else than the way in; `changes` are the case's."""
    rows, columns = pixels.shape
    thumbnail = png(pixels.astype(np.uint8))
    sha256 = storage.store_film(pixels.astype("<u2").tobytes(), rows, columns, thumbnail)
    film, _ = Film.objects.get_or_create(sha256=sha256, defaults={"rows": rows, "columns": columns})
    changes = {"title": "A film", "state": Case.State.READY, "report": "Clear lungs.", **changes}
    changes.setdefault("report_sha256", reports.sha256(changes["report"]))
    case = Case.objects.create(owner=owner, film=film, **changes)
    top = int(pixels.max())
    Received.objects.create(
        case=case,
        bits=top.bit_length(),
        window_center=top / 2,
        window_width=top,
        modality="CR",
        thumbnail=storage.thumbnail_sha256(thumbnail),
    )
    return case


def file_bytes(dataset: Dataset) -> bytes:
    file = BytesIO()
    pydicom.dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def png(pixels: np.ndarray, **options: Any) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, options.pop("format", "PNG"), **options)
    return file.getvalue()


def examine(content: bytes | Dataset | Path) -> tuple[sandbox_client.Examined, np.ndarray]:
    """Through the real sandbox: what it says of the film, and its pixels."""
    if isinstance(content, Dataset):
        content = file_bytes(content)
    elif isinstance(content, Path):
        content = content.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        path, work = Path(folder, "film"), Path(folder, "work")
        path.write_bytes(content)
        work.mkdir()
        film = sandbox_client.examine(path, work)
        pixels = np.frombuffer(film.pixels.read_bytes(), dtype="<u2").reshape(film.rows, film.columns)
    return film, pixels


def problem_of(content: bytes | Dataset | Path) -> Problem:
    """What the sandbox answers with where it does not take a film."""
    import pytest

    with pytest.raises(Problem) as caught:
        examine(content)
    assert 400 <= caught.value.code < 500
    assert caught.value.title and caught.value.detail
    assert "{" not in caught.value.title + caught.value.detail
    return caught.value


def refusal(content: bytes | Dataset | Path) -> str:
    """Its kind."""
    return problem_of(content).kind
