"""From attenuation to a picture: what detector, workstation, technician and intensive care add to a film."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from ml.simulator.anatomy import smooth_open
from ml.simulator.drawing import LEFT, RIGHT
from ml.simulator.framing import Frame

Float = NDArray[np.float32]


def expose(frame: Frame, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The film as 8-bit grey (H, W), bright where the beam was stopped."""
    height, width = frame.shape
    picture = frame.attenuation + _haze(frame, rng)
    picture = _windowed(picture, rng)
    if rng.random() < 0.6:
        picture = picture + rng.uniform(0.15, 1.0) * _metal(height, width, rng)
    blur = abs(rng.normal(0.0, 0.45))
    if blur > 0.15:
        picture = ndimage.gaussian_filter(picture, blur)
    if rng.random() < 0.3:
        picture = picture + rng.uniform(0.2, 1.0) * (picture - ndimage.gaussian_filter(picture, 1.2))
    picture = picture + rng.uniform(0.0, 0.035) * rng.standard_normal(picture.shape, dtype=np.float32)
    low, high = rng.uniform(-0.12, 0.06), rng.uniform(0.94, 1.25)
    picture = np.clip((picture - low) / (high - low), 0.0, 1.0)
    picture = picture ** np.exp(rng.normal(0.0, 0.22))
    picture = _collimated(picture, frame.outside, rng)
    picture = _marked(picture, rng)
    dim, bright = rng.uniform(0.0, 0.15), rng.uniform(0.6, 1.0)
    return np.asarray(np.clip(255 * (dim + (bright - dim) * picture), 0, 255), np.uint8)


def _haze(frame: Frame, rng: np.random.Generator) -> Float:
    """Uneven greyness over both lungs, as on films of supine and sick patients, and a slope over the whole film."""
    lungs = ((frame.masks & (RIGHT | LEFT)) > 0).astype(np.float32)
    lungs = np.asarray(ndimage.gaussian_filter(ndimage.binary_erosion(lungs > 0, iterations=2).astype(np.float32), 2.5))
    height, width = frame.shape
    out = np.zeros_like(frame.attenuation)
    if rng.random() < 0.5:
        coarse = rng.uniform(0.0, 1.0, (4, 4)).astype(np.float32)
        smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
        out += smooth * lungs * rng.uniform(0.0, 7.0)
    if rng.random() < 0.35:
        grain = ndimage.gaussian_filter(rng.standard_normal(frame.shape, dtype=np.float32), rng.uniform(1.2, 3.5))
        out += grain / (float(grain.std()) + 1e-6) * lungs * rng.uniform(0.1, 0.9)
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    out += rng.normal(0, 1.2) * (xx / width - 0.5) + rng.normal(0, 1.5) * (yy / height - 0.5)
    return out


def _windowed(picture: Float, rng: np.random.Generator) -> Float:
    """Grey values of roughly 0..1: wide or narrow window, and some of the local equalisation that vendors apply."""
    low, high = np.percentile(picture, [rng.uniform(0.5, 8.0), rng.uniform(93.0, 99.5)])
    if rng.random() < 0.4:  # a detector that keeps the whole range: pale films with little contrast
        low = min(low, 0.0)
    picture = (picture - low) / max(high - low, 1e-3)
    picture = np.clip(picture, -0.3, 1.4)
    if rng.random() < 0.65:
        ground = _broad_blur(picture, rng.uniform(0.06, 0.25) * max(picture.shape))
        picture = picture - rng.uniform(0.1, 0.8) * (ground - float(ground.mean()))
        low, high = np.percentile(picture, [1.0, 99.0])
        picture = (picture - low) / max(high - low, 1e-3)
    return np.asarray(picture, np.float32)


def _broad_blur(picture: Float, sigma: float) -> Float:
    """A Gaussian blur of many pixels, made on an eighth of the raster: the result is as smooth and far cheaper."""
    height, width = picture.shape
    coarse = Image.fromarray(np.asarray(picture, np.float32)).resize(
        (max(2, width // 8), max(2, height // 8)), Image.Resampling.BOX
    )
    small = ndimage.gaussian_filter(np.asarray(coarse, np.float32), sigma / 8, truncate=3.0)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC), np.float32)


def _metal(height: int, width: int, rng: np.random.Generator) -> Float:
    """Wires, tubes, electrodes, now and then a pacemaker, as added brightness 0..1."""
    scale = 2
    canvas = Image.new("L", (scale * width, scale * height))
    pen = ImageDraw.Draw(canvas)
    for _ in range(int(rng.integers(0, 7))):
        start = rng.uniform(-0.1, 1.1, 2)
        steps = rng.normal(0.0, 0.22, (4, 2)) + rng.normal(0.0, 0.25, 2)
        curve = smooth_open(start + np.cumsum(np.concatenate([np.zeros((1, 2)), steps]), axis=0), 10)
        pen.line(
            [(float(x) * scale * width, float(y) * scale * height) for x, y in curve],
            fill=int(rng.integers(60, 256)), width=int(rng.integers(1, 4)), joint="curve",
        )  # fmt: skip
    if rng.random() < 0.5:  # a tube or line down the middle
        x = rng.uniform(0.42, 0.58)
        curve = smooth_open(
            np.array([[x, -0.05], [x + rng.normal(0, 0.02), 0.2], [x + rng.normal(0, 0.05), rng.uniform(0.3, 1.0)]])
        )
        pen.line([(float(a) * scale * width, float(b) * scale * height) for a, b in curve], fill=160, width=2)
    for _ in range(int(rng.integers(0, 5))):
        x, y, r = rng.random() * scale * width, rng.random() * scale * height, rng.uniform(2, 6)
        pen.ellipse([x - r, y - r, x + r, y + r], outline=int(rng.integers(100, 256)), width=int(rng.integers(1, 3)))
    if rng.random() < 0.08:
        x, y = rng.uniform(0.6, 0.9) * scale * width, rng.uniform(0.2, 0.5) * scale * height
        rx, ry = rng.uniform(8, 16, 2)
        pen.ellipse([x - rx, y - ry, x + rx, y + ry], fill=255)
    return np.asarray(canvas.resize((width, height), Image.Resampling.BOX), np.float32) / 255.0


def _collimated(picture: Float, outside: NDArray[np.bool_], rng: np.random.Generator) -> Float:
    """Borders where no beam fell: black or dark grey, straight or a little turned, on any of the four sides."""
    out = np.where(outside, 0.0, picture).astype(np.float32)
    if rng.random() > 0.4:
        return out
    height, width = picture.shape
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    xx, yy = xx / width, yy / height
    tilt = rng.normal(0.0, 0.04) if rng.random() < 0.6 else 0.0
    margins = np.where(rng.random(4) < 0.5, np.abs(rng.normal(0.0, 0.05, 4)), 0.0)
    a, b = xx + tilt * (yy - 0.5), yy - tilt * (xx - 0.5)
    shut = (a < margins[0]) | (a > 1 - margins[1]) | (b < margins[2]) | (b > 1 - margins[3])
    grey = 0.0 if rng.random() < 0.7 else rng.uniform(0.0, 0.45)
    return np.where(shut, grey, out).astype(np.float32)


def _marked(picture: Float, rng: np.random.Generator) -> Float:
    """Side markers and burned-in words. A marker, where there is one, tells the truth about the side."""
    if rng.random() < 0.25:
        return picture
    height, width = picture.shape
    canvas = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8))
    pen = ImageDraw.Draw(canvas)
    size = float(rng.uniform(6, 13))
    font = ImageFont.load_default(size)
    letter, x = ("L", rng.uniform(0.75, 0.96)) if rng.random() < 0.65 else ("R", rng.uniform(0.02, 0.2))
    place = (x * width, rng.uniform(0.01, 0.9) * height)
    if rng.random() < 0.5:
        grey = int(rng.integers(60, 200))
        pen.rectangle([place[0] - 2, place[1] - 1, place[0] + 0.8 * size, place[1] + 1.2 * size], fill=grey)
    pen.text(place, letter, fill=int(rng.integers(150, 256)), font=font)
    if rng.random() < 0.12:
        words = str(rng.choice(["PORTABLE", "supine", "AP", "Station 3", "erect"]))
        pen.text((rng.uniform(0.0, 0.7) * width, rng.uniform(0.0, 0.95) * height), words, fill=230, font=font)
    return np.asarray(canvas, np.float32) / 255.0
