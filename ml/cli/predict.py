"""Predict how a film is read: a film file and a report's text file in, a scanpath as JSON out.

  python -m ml predict film.png report.txt                       to the screen, by the bundled model
  python -m ml predict film.dcm report.txt --json out.json --picture out.png

Places are fractions of the film (x right, y down), times seconds from film onset. The same film, report, samples and
seed give the same answer. Not for diagnosis.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ml.cli import Refusal
from ml.cli.places import DEMO, write_figures

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ml.gaze.scanpath import Scanpath

PICTURE_SIDE = 1200  # longer side of the picture, px
HELP = "predict the scanpath of a film and its report"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("film", type=Path, help="PNG, JPEG or DICOM, as the app takes it")
    parser.add_argument("report", type=Path, help="text file with the report")
    parser.add_argument("--model", type=Path, default=DEMO, help="folder of the model")
    parser.add_argument("--adapter", type=Path, default=None, help="folder of a reader's adapter of that model")
    parser.add_argument("--samples", type=int, default=1, help="scanpaths; the first is the one to show (default 1)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, default=None, help="write the answer to this file")
    parser.add_argument("--picture", type=Path, default=None, help="draw the scanpath over the film, as a PNG")


def run(arguments: argparse.Namespace) -> None:
    from ml.data.types import DataError
    from ml.medgaze.assets import AssetError
    from ml.medgaze.model_info import ModelFolderInvalid
    from ml.medgaze.predictor import MedGazePredictor
    from ml.medgaze.processing import FilmRefused
    from ml.training.adapt import AdapterRefused, load_adapted

    if arguments.samples < 1:
        raise Refusal("--samples must be 1 or more")
    try:
        report = arguments.report.read_text(encoding="utf-8").strip()
        film = read_film(arguments.film)
        if arguments.adapter is None:
            predictor = MedGazePredictor.load(arguments.model)
        else:
            predictor = load_adapted(arguments.model, arguments.adapter)
        reading = predictor.predict(film, report, samples=arguments.samples, seed=arguments.seed)
    except (AssetError, DataError, ModelFolderInvalid, FilmRefused, AdapterRefused) as error:
        raise Refusal(str(error)) from error
    except OSError as error:
        raise Refusal(f"{error.filename}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Refusal(f"{arguments.report} is no UTF-8 text") from error
    info = predictor.model_info
    answer = {"model": info.name, "simulated": info.simulated, **reading.to_dict()}
    write_figures(answer, arguments.json)
    if arguments.picture is not None:
        draw(film, reading.samples[0], arguments.picture)


def read_film(path: Path) -> NDArray[np.uint16]:
    """The pixels of a film file, by the readers of the data sets."""
    from ml.data.pixels import read_film

    if not path.is_file():
        raise FileNotFoundError(2, "there is no such file", str(path))
    return read_film(path)


def draw(film: NDArray[Any], scanpath: Scanpath, path: Path) -> None:
    """A PNG: fixations as numbered circles, area growing with duration, joined in order."""
    import numpy as np
    from PIL import Image, ImageDraw

    low, high = (float(v) for v in np.percentile(film.astype(np.float32), [0.5, 99.5]))
    grey: NDArray[np.uint8] = (
        ((film.astype(np.float32) - low) / max(high - low, 1e-6) * 255).clip(0, 255).astype(np.uint8)
    )
    scale = PICTURE_SIDE / max(grey.shape)
    picture = Image.fromarray(grey).convert("RGB").resize((round(grey.shape[1] * scale), round(grey.shape[0] * scale)))
    pen = ImageDraw.Draw(picture)
    width, height = picture.size
    unit = max(width, height) / 60  # radius of half a second, px
    places = [(f.x * width, f.y * height) for f in scanpath.fixations]
    if len(places) > 1:
        pen.line(places, fill=(255, 190, 60), width=max(1, round(unit / 8)))
    for number, ((x, y), fixation) in enumerate(zip(places, scanpath.fixations, strict=True), start=1):
        radius = unit * (fixation.duration_s / 0.5) ** 0.5
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=(255, 190, 60), width=2)
        pen.text((x, y), str(number), fill=(255, 255, 255), anchor="mm", font_size=max(8, unit))
    picture.save(path, "PNG")
