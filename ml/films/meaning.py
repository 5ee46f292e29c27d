"""The grey meaning of a DICOM film (PS3.3 C.7.6.3, C.11.1, C.11.2): afterwards bright is bright and one linear window
shows it. A linear rescale keeps the stored numbers and moves the windows; a table or a sigmoid is applied to the
pixels.

A window or VOI table that is of no use costs nobody a film: it is left out, and `source["remarks"]` says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from ml.films import geometry
from ml.films.depth import Depth, Mask, Words
from ml.films.faults import FilmFault
from ml.films.numbers import MAX_NUMBER, numbers, text
from ml.films.stored import Bounds, StoredFilm, Window, choose_window
from ml.films.tables import NoTable, apply_table

WINDOW_NAMES = frozenset(
    {"NORMAL", "HARDER", "HARD", "SOFTER", "SOFT", "BONE", "LUNG", "WINDOW1", "WINDOW2", "WINDOW3"}
)
SLOPES = (1e-6, 1e6)  # beyond them a rescale says nothing about a film, and floats lose the greys
WIDEST_WINDOW = float(1 << 20)  # in stored values, which have at most 16 bits
SHAPES = {"MONOCHROME1": "INVERSE", "MONOCHROME2": "IDENTITY"}
TOP = 65535


def interpret(
    dataset: Dataset,
    values: Words,
    depth: Depth,
    padding: Mask | None,
    *,
    big_endian: bool,
    bounds: Bounds,
    remarks: list[str],
) -> StoredFilm:
    """`values` are the stored ones, sign extended; `padding` is where the film has no picture."""
    said: dict[str, Any] = {
        "photometric": str(dataset.PhotometricInterpretation),
        "bits_stored": int(dataset.BitsStored),
    }
    low, high = depth.least, depth.most  # the range that the values in hand may take
    slope, intercept = 1.0, 0.0
    if dataset.get("ModalityLUTSequence"):
        try:
            values, bits, said["modality_lut"] = apply_table(
                dataset.ModalityLUTSequence, values, "Modality LUT", big_endian, remarks
            )
        except NoTable as fault:
            raise FilmFault("film-table", table="Modality LUT", promised=fault.promised, held=fault.held) from None
        promised = said["modality_lut"][2]
        if bits > promised:
            remarks.append(f"Modality LUT: the descriptor says {promised} bits, the entries use {bits}")
        low, high = 0, (1 << max(bits, min(promised, 16))) - 1
    else:
        slope, intercept = _rescale(dataset)
        said["rescale"] = [slope, intercept]
    windows: list[Window] | None = None
    if "VOILUTSequence" in dataset:
        put = values if (slope, intercept) == (1.0, 0.0) else np.rint(values * slope + intercept).astype(np.int32)
        try:
            values, bits, said["voi_lut"] = apply_table(dataset.VOILUTSequence, put, "VOI LUT", big_endian, remarks)
        except NoTable:
            remarks.append("VOI LUT: left out, it holds no table that can be read")
        else:
            if bits != said["voi_lut"][2]:
                remarks.append(f"VOI LUT: the descriptor says {said['voi_lut'][2]} bits, the entries use {bits}")
            low, high, slope, intercept = 0, (1 << bits) - 1, 1.0, 0.0
            windows = [((low + high) / 2, float(high - low), "")]
    if windows is None:
        windows, function = _windows(dataset, remarks)
        if function == "SIGMOID" and windows and _shows(values * slope + intercept, windows[0]):
            values, low, high = _sigmoid(values * slope + intercept, *windows[0][:2]), 0, TOP
            windows, slope, intercept = [(TOP / 2, float(TOP), "")], 1.0, 0.0
            said["voi_function"] = "SIGMOID"
        # Windows are in rescaled units; the pixels keep their stored numbers.
        windows = [((center - intercept) / slope, width / abs(slope), name) for center, width, name in windows]
    inverted = _low_is_bright(dataset, remarks) != (slope < 0)
    pixels = (high - values if inverted else values - low).astype(np.uint16)
    windows = [(high - center if inverted else center - low, width, name) for center, width, name in windows]
    if padding is not None:
        pixels[padding] = 0
        said["padded"] = True
    said["inverted"] = inverted
    usable = None if padding is None else ~padding
    shown = [window for window in windows if _shows(pixels, window)]
    if len(shown) < len(windows):
        remarks.append("Window: left out, it shows one grey throughout")
    window, further = choose_window(pixels, shown, usable)
    spacing, said["spacing"] = geometry.spacing(dataset)
    aspect = geometry.aspect(dataset)
    if aspect != 1:
        bounds.check(*geometry.squared_shape(pixels.shape[0], pixels.shape[1], aspect))
        pixels = geometry.squared(pixels, aspect)
        said["resampled"] = round(aspect, 6)
        if spacing:
            spacing = (min(spacing), min(spacing))
    if remarks:
        said["remarks"] = remarks
    return StoredFilm(
        pixels=pixels,
        bits=max(1, min(16, int(high - low).bit_length())),
        window=window,
        windows=further,
        spacing=spacing,
        source=said,
    )


def _rescale(dataset: Dataset) -> tuple[float, float]:
    slope, intercept = numbers(dataset, "RescaleSlope") or [1.0], numbers(dataset, "RescaleIntercept") or [0.0]
    if len(slope) != 1 or not SLOPES[0] <= abs(slope[0]) <= SLOPES[1]:
        raise FilmFault("film-unclear", about="RescaleSlope")
    if len(intercept) != 1:
        raise FilmFault("film-unclear", about="RescaleIntercept")
    return slope[0], intercept[0]


def _windows(dataset: Dataset, remarks: list[str]) -> tuple[list[Window], str]:
    """The windows in rescaled units, exact ones, and their function: LINEAR or SIGMOID."""
    centers, widths = _lenient(dataset, "WindowCenter"), _lenient(dataset, "WindowWidth")
    function = text(dataset, "VOILUTFunction") or "LINEAR"
    if function not in {"LINEAR", "LINEAR_EXACT", "SIGMOID"}:
        remarks.append("Windows: left out, their VOILUTFunction is unknown")
        return [], "LINEAR"
    if len(centers) != len(widths):
        remarks.append(f"Windows: {len(centers)} centres and {len(widths)} widths; what has no partner is left out")
    words = dataset.get("WindowCenterWidthExplanation") or []
    names = [str(name).strip().upper() for name in ([words] if isinstance(words, str) else words)]
    found = []
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        if center is None or width is None or width <= 0:
            remarks.append(f"Window {index + 1}: left out, its centre or width is none")
            continue
        name = names[index].title() if index < len(names) and names[index] in WINDOW_NAMES else ""
        # PS3.3 C.11.2.1.2.1 shifts LINEAR by half a value; ours are exact.
        found.append((center - 0.5, max(width - 1, 1.0), name) if function == "LINEAR" else (center, width, name))
    return found, "SIGMOID" if function == "SIGMOID" else "LINEAR"


def _lenient(dataset: Dataset, keyword: str) -> list[float | None]:
    """The numbers of an element, None for each that no film has."""
    value = dataset.get(keyword)
    if value is None or value == "":
        return []
    found: list[float | None] = []
    for item in value if isinstance(value, (MultiValue, list, tuple)) else [value]:
        try:
            number = float(item)
        except (TypeError, ValueError):
            number = float("nan")
        found.append(number if abs(number) <= MAX_NUMBER else None)  # a NaN is not
    return found


def _shows(values: np.ndarray, window: Window) -> bool:
    """Whether a window shows anything but plain black, plain white or one grey."""
    low, high = window[0] - window[1] / 2, window[0] + window[1] / 2
    return bool(high > float(values.min()) and low < float(values.max()) and 1 <= window[1] <= WIDEST_WINDOW)


def _sigmoid(values: np.ndarray, center: float, width: float) -> Words:
    with np.errstate(over="ignore"):
        return np.rint(TOP / (1 + np.exp(-4 * (values - center) / width))).astype(np.int32)


def _low_is_bright(dataset: Dataset, remarks: list[str]) -> bool:
    """The photometric interpretation and the presentation LUT shape must agree."""
    photometric, shape = str(dataset.PhotometricInterpretation), text(dataset, "PresentationLUTShape").upper()
    if shape and shape not in SHAPES.values():
        remarks.append("PresentationLUTShape: neither IDENTITY nor INVERSE, so not heeded")
    elif shape and shape != SHAPES[photometric]:
        raise FilmFault("film-polarity", photometric=photometric, shape=shape)
    return photometric == "MONOCHROME1"
