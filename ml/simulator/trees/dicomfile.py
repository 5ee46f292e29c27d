"""A simulated film as a DICOM file: computed radiography, either polarity, said to be simulated in its tags."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

from ml.simulator.films import Slot

BITS = 12


def write_dicom(path: Path, pixels: NDArray[np.uint8], slot: Slot) -> None:
    """``pixels`` (H, W) uint8, bright is bright; every third film is stored as MONOCHROME1. No clock and no chance goes
    in: the same film makes the same bytes."""
    inverted = slot.index % 3 == 2
    values = pixels.astype(np.uint16) * 16 + 8
    values = (2**BITS - 1 - values if inverted else values).astype("<u2")
    dataset = Dataset()
    dataset.SOPClassUID = ComputedRadiographyImageStorage
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=["film", slot.key])
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=["study", slot.key])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["series", slot.key])
    dataset.PatientID, dataset.PatientName = slot.subject, "SIMULATED"
    dataset.StudyID, dataset.Modality, dataset.BodyPartExamined = slot.study, "CR", "CHEST"
    dataset.ViewPosition = "PA" if slot.index % 2 else "AP"
    dataset.Manufacturer, dataset.SeriesDescription = "MedGaze simulator", "SIMULATED FILM, NO PATIENT"
    dataset.ImageComments = "Simulated. Not a radiograph of any person."
    dataset.ImageType = ["DERIVED", "SECONDARY", "SIMULATED"]
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, BITS, BITS - 1
    dataset.PhotometricInterpretation = "MONOCHROME1" if inverted else "MONOCHROME2"
    dataset.PresentationLUTShape = "INVERSE" if inverted else "IDENTITY"
    dataset.WindowCenter, dataset.WindowWidth = 2 ** (BITS - 1), 2**BITS
    dataset.PixelData = values.tobytes()
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
