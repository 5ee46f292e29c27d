"""De-identification in the shape of PS3.15 Annex E, as an allow-list: what we say we did, and a film written as DICOM
again.

The sandbox built the allow-listed header; nothing else of the original exists here. UIDs are keyed HMACs: the same
parts get the same UID, and nobody without the key can go back.
"""

from __future__ import annotations

import hashlib
import hmac
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    import numpy as np

    from gazeapp.cases.models import Case

METHOD = "MedGaze Reading Room allow-list for CR and DX, 1"
# CID 7050: Basic Application Confidentiality Profile; Clean Pixel Data, Clean Graphics and Clean Structured Content
# hold because text detection or a person decides about pixels, and overlays and sequences are never kept.
CODES = {
    "113100": "Basic Application Confidentiality Profile",
    "113101": "Clean Pixel Data Option",
    "113103": "Clean Graphics Option",
    "113104": "Clean Structured Content Option",
}
CR, DX = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"


def record(*, kept: int, removed: int) -> dict[str, Any]:
    """What `Received.deidentified` says: (0012,0062), (0012,0063), (0012,0064) and counts."""
    return {
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": METHOD,
        "DeidentificationMethodCodeSequence": list(CODES),
        "elements_kept": kept,
        "elements_removed": removed,
    }


def uid(*parts: str) -> str:
    """A UID under 2.25 that stands for the parts: HMAC-SHA256 with the site's key, 128 bits of it."""
    digest = hmac.new(settings.DEIDENTIFY_KEY.encode(), "\0".join(parts).encode(), hashlib.sha256).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def as_dicom(case: Case, pixels: np.ndarray) -> bytes:
    """A case's stored film as a DICOM file: Explicit VR Little Endian, zero preamble, nothing but what the rows hold.

    Patient, study and series are the film's; the instance is the case's, since another case with the same pixels may
    have received another header.
    """
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
    from pydicom.uid import UID

    film, received = case.film, case.received
    assert film is not None
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(DX if received.modality == "DX" else CR)
    meta.MediaStorageSOPInstanceUID = UID(uid("film", film.sha256, str(case.pk)))
    meta.TransferSyntaxUID = UID(EXPLICIT_LITTLE_ENDIAN)
    meta.ImplementationClassUID = UID(uid("implementation"))
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    for keyword, value in received.header.items():
        setattr(dataset, keyword, value)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = uid("study", film.sha256), uid("series", film.sha256)
    dataset.Modality = "DX" if received.modality == "DX" else "CR"
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.PatientName, dataset.PatientID = "Anonymous", uid("patient", film.sha256)[-16:]
    for keyword in (
        "PatientBirthDate",
        "StudyDate",
        "StudyTime",
        "AccessionNumber",
        "ReferringPhysicianName",
        "StudyID",
    ):
        setattr(dataset, keyword, "")
    dataset.PatientIdentityRemoved = received.deidentified["PatientIdentityRemoved"]
    dataset.DeidentificationMethod = received.deidentified["DeidentificationMethod"]
    dataset.DeidentificationMethodCodeSequence = []
    for code in received.deidentified["DeidentificationMethodCodeSequence"]:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", CODES[code]
        dataset.DeidentificationMethodCodeSequence.append(item)
    dataset.BurnedInAnnotation = "NO"
    dataset.LongitudinalTemporalInformationModified = "REMOVED"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = film.rows, film.columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, received.bits, received.bits - 1
    dataset.PixelRepresentation = 0
    dataset.WindowCenter, dataset.WindowWidth, dataset.VOILUTFunction = (
        received.window_center,
        received.window_width,
        "LINEAR_EXACT",
    )
    if received.row_spacing_mm and received.column_spacing_mm:
        dataset.PixelSpacing = [received.row_spacing_mm, received.column_spacing_mm]
    dataset.add_new(0x7FE00010, "OW", pixels.astype("<u2").tobytes())
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()
