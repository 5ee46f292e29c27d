"""The grey meaning of a DICOM film, settled once (PS3.3 C.7.6.3, C.11.1, C.11.2): afterwards bright is bright and one
linear window shows it. A linear rescale keeps the stored numbers and moves the windows; a table or a sigmoid is
applied to the pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from gazeapp.cases.sandbox.values import Film, check_size, choose_window
from gazeapp.core.sandbox.refusal import Refused

WINDOW_NAMES = frozenset(
    {"NORMAL", "HARDER", "HARD", "SOFTER", "SOFT", "BONE", "LUNG", "WINDOW1", "WINDOW2", "WINDOW3"}
)
MAX_STRETCH = 4.0  # of non-square pixels
MAX_NUMBER = 1e9  # no element that says what a film's greys mean needs a greater one
SLOPES = (1e-6, 1e6)  # beyond them a rescale says nothing about a film, and floats lose the greys
WIDEST_WINDOW = float(1 << 20)  # in stored values, which have at most 16 bits
TOP = 65535


def settle(dataset: Dataset, raw: np.ndarray) -> Film:
    """`raw` is int32 stored values, sign extended."""
    stored = int(dataset.BitsStored)
    least = -(1 << (stored - 1)) if int(dataset.get("PixelRepresentation", 0) or 0) else 0
    span = (1 << stored) - 1
    if raw.min() < least or raw.max() > least + span:
        raise Refused("film-unclear", about="BitsStored")
    padding = _padding(dataset, raw)
    said: dict[str, Any] = {"photometric": str(dataset.PhotometricInterpretation), "bits_stored": stored}
    slope, intercept = 1.0, 0.0
    values, low, high = raw, least, least + span  # the values in hand and the range they may take
    if "ModalityLUTSequence" in dataset:
        values, low, high = _table(dataset.ModalityLUTSequence, raw, said, "modality_lut")
    else:
        slope, intercept = _rescale(dataset)
        said["rescale"] = [slope, intercept]
    windows: list[tuple[float, float, str]] = []
    if "VOILUTSequence" in dataset:
        if (slope, intercept) != (1.0, 0.0):
            raise Refused("film-unclear", about="VOILUTSequence")
        values, low, high = _table(dataset.VOILUTSequence, values, said, "voi_lut")
        windows = [((low + high) / 2, float(high - low), "")]
    else:
        windows = _windows(dataset)
        function = str(dataset.get("VOILUTFunction", "") or "LINEAR").strip()
        if function == "SIGMOID" and windows:
            values, low, high = _sigmoid(values * slope + intercept, *windows[0][:2]), 0, TOP
            windows, slope, intercept = [(TOP / 2, float(TOP), "")], 1.0, 0.0
            said["voi_function"] = "SIGMOID"
        elif function not in {"LINEAR", "LINEAR_EXACT", "SIGMOID"}:
            raise Refused("film-unclear", about="VOILUTFunction")
        elif function == "LINEAR":  # PS3.3 C.11.2.1.2.1 shifts by half a value; ours are exact
            windows = [(center - 0.5, max(width - 1, 1.0), name) for center, width, name in windows]
        # Windows are in rescaled units; the pixels keep their stored numbers.
        windows = [((center - intercept) / slope, width / abs(slope), name) for center, width, name in windows]
    inverted = _inverted(dataset) != (slope < 0)
    if high - low > TOP:
        raise Refused("film-unclear", about="values")
    pixels = (high - values if inverted else values - low).astype(np.uint16)
    windows = [(high - center if inverted else center - low, width, name) for center, width, name in windows]
    if padding is not None and padding.any():
        if padding.all():
            raise Refused("film-unclear", about="PixelPaddingValue")
        pixels[padding] = 0
        said["padded"] = True
    said["inverted"] = inverted
    spacing, kind = _spacing(dataset)
    said["spacing"] = kind
    aspect = _aspect(dataset, spacing)  # height of a pixel over its width
    usable = None if padding is None else ~padding
    windows = [entry for entry in windows if _shows(pixels, entry)]
    window, further = choose_window(pixels, windows, usable)
    if abs(aspect - 1) > 0.01:
        pixels = _squared(pixels, aspect)
        said["resampled"] = round(aspect, 6)
        if spacing:
            spacing = (min(spacing), min(spacing))
    return Film(
        pixels=pixels,
        bits=max(1, min(16, int(high - low).bit_length())),
        window=window,
        windows=further,
        spacing=spacing,
        source=said,
    )


def _numbers(dataset: Dataset, keyword: str) -> list[float]:
    """A multi-valued number as floats; nothing at all where it is missing, a refusal where it is nonsense."""
    value = dataset.get(keyword)
    if value is None or value == "":
        return []
    try:
        numbers = [float(item) for item in (value if isinstance(value, (MultiValue, list, tuple)) else [value])]
    except (TypeError, ValueError):
        raise Refused("film-unclear", about=keyword) from None
    if not all(abs(number) <= MAX_NUMBER for number in numbers):  # nor is a NaN
        raise Refused("film-unclear", about=keyword)
    return numbers


def _rescale(dataset: Dataset) -> tuple[float, float]:
    slope, intercept = _numbers(dataset, "RescaleSlope") or [1.0], _numbers(dataset, "RescaleIntercept") or [0.0]
    if len(slope) != 1 or len(intercept) != 1 or not SLOPES[0] <= abs(slope[0]) <= SLOPES[1]:
        raise Refused("film-unclear", about="RescaleSlope")
    return slope[0], intercept[0]


def _windows(dataset: Dataset) -> list[tuple[float, float, str]]:
    centers, widths = _numbers(dataset, "WindowCenter"), _numbers(dataset, "WindowWidth")
    if len(centers) != len(widths):
        raise Refused("film-unclear", about="WindowCenter")
    told = dataset.get("WindowCenterWidthExplanation") or []
    names = [str(name).strip().upper() for name in ([told] if isinstance(told, str) else told)]
    return [
        (center, width, names[index].title() if index < len(names) and names[index] in WINDOW_NAMES else "")
        for index, (center, width) in enumerate(zip(centers, widths, strict=True))
        if width > 0
    ]


def _shows(pixels: np.ndarray, window: tuple[float, float, str]) -> bool:
    """Whether a window shows anything but plain black, plain white or one grey."""
    low, high = window[0] - window[1] / 2, window[0] + window[1] / 2
    return bool(high > float(pixels.min()) and low < float(pixels.max()) and 1 <= window[1] <= WIDEST_WINDOW)


def _table(sequence: Any, values: np.ndarray, said: dict[str, Any], name: str) -> tuple[np.ndarray, int, int]:
    """Applies the first item of a modality or VOI LUT sequence (PS3.3 C.11.1.1): its values and the range they may
    take."""
    if len(sequence) == 0:
        raise Refused("film-unclear", about=name)
    item = sequence[0]
    descriptor = _numbers(item, "LUTDescriptor")
    if len(descriptor) != 3 or descriptor[2] not in (8, 9, 10, 11, 12, 13, 14, 15, 16):
        raise Refused("film-unclear", about=name)
    entries, first, bits = int(descriptor[0]) or 65536, int(descriptor[1]), int(descriptor[2])
    if first > 32767 and values.min() < 0:
        first -= 65536  # the descriptor's sign follows the pixels', whatever VR it was written with
    data = item.get("LUTData")
    if isinstance(data, bytes):
        table = np.frombuffer(data, dtype="<u2" if len(data) >= 2 * entries else "u1").astype(np.int32)
    else:
        table = np.asarray(list(data) if data is not None else [], dtype=np.int64).astype(np.int32)
    if entries < 0:
        entries += 65536
    if table.size < entries or entries < 2:
        raise Refused("film-unclear", about=name)
    table = table[:entries] & ((1 << bits) - 1)
    said[name] = [entries, first, bits]
    return table[np.clip(values - first, 0, entries - 1)], 0, (1 << bits) - 1


def _sigmoid(values: np.ndarray, center: float, width: float) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.rint(TOP / (1 + np.exp(-4 * (values - center) / width))).astype(np.int32)


def _inverted(dataset: Dataset) -> bool:
    """Whether low values mean bright. The photometric interpretation and the presentation LUT shape must agree."""
    low_is_bright = str(dataset.PhotometricInterpretation) == "MONOCHROME1"
    shape = str(dataset.get("PresentationLUTShape", "") or "").strip().upper()
    if shape and shape != ("INVERSE" if low_is_bright else "IDENTITY"):
        raise Refused("film-unclear", about="PresentationLUTShape")
    return low_is_bright


def _padding(dataset: Dataset, raw: np.ndarray) -> np.ndarray | None:
    """Where the film has no picture: those pixels turn black and do not count for the window."""
    values = _numbers(dataset, "PixelPaddingValue")
    if not values:
        return None
    stored = int(dataset.BitsStored)
    ends = [int(values[0]), int((_numbers(dataset, "PixelPaddingRangeLimit") or values)[0])]
    if int(dataset.get("PixelRepresentation", 0) or 0):
        ends = [end - 65536 if end > 32767 else end for end in ends]
    else:
        ends = [end & ((1 << stored) - 1) if end < 0 else end for end in ends]
    return np.asarray((raw >= min(ends)) & (raw <= max(ends)))


def _spacing(dataset: Dataset) -> tuple[tuple[float, float] | None, str]:
    """Millimetres between rows and columns, and from which attribute; zero and nonsense are unknown."""
    for keyword, kind in (("PixelSpacing", "pixel"), ("ImagerPixelSpacing", "detector")):
        try:
            numbers = _numbers(dataset, keyword)
        except Refused:
            continue
        if len(numbers) == 2 and all(0.01 <= number <= 10 for number in numbers):
            return (numbers[0], numbers[1]), kind
    return None, "unknown"


def _aspect(dataset: Dataset, spacing: tuple[float, float] | None) -> float:
    aspect = 1.0
    if spacing:
        aspect = spacing[0] / spacing[1]
    elif ratio := _numbers(dataset, "PixelAspectRatio"):
        if len(ratio) != 2 or min(ratio) <= 0:
            raise Refused("film-unclear", about="PixelAspectRatio")
        aspect = ratio[0] / ratio[1]
    if not 1 / MAX_STRETCH <= aspect <= MAX_STRETCH:
        raise Refused("film-unclear", about="PixelAspectRatio")
    return aspect


def _squared(pixels: np.ndarray, aspect: float) -> np.ndarray:
    """Stretches the coarser side by linear interpolation, so that one stored pixel is as high as it is wide."""
    axis = 0 if aspect > 1 else 1
    factor = max(aspect, 1 / aspect)
    length = pixels.shape[axis]
    stretched = max(2, round(length * factor))
    shape = (stretched, pixels.shape[1]) if axis == 0 else (pixels.shape[0], stretched)
    check_size(*shape)
    at = np.clip((np.arange(stretched) + 0.5) * length / stretched - 0.5, 0, length - 1)
    first = np.minimum(at.astype(np.int64), length - 2)
    share = (at - first).astype(np.float32)
    share = share[:, None] if axis == 0 else share[None, :]
    near = np.take(pixels, first, axis).astype(np.float32)
    far = np.take(pixels, first + 1, axis).astype(np.float32)
    return np.rint(near + (far - near) * share).astype(np.uint16)
