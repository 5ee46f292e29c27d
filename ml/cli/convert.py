"""A saved model for use elsewhere.

--format hf     a complete Hugging Face folder: weights (byte for byte), configuration, processor, card, manifest.
                Frozen parts are named with their sha256, not included; `MedGazePredictor.load(DIR)` finds and checks
                them.
--format onnx   vision.onnx (film to tokens) and decoder.onnx (tokens and what the language model read to the
                parameters of the distribution over scanpaths), each run in ONNX Runtime and compared with torch, and
                export.json, which says what goes in and out, in which shapes and units. float32, any number of cases.

python -m ml convert --model ml/weights/demo --to demo-onnx --format onnx
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ml.cli import Refusal
from ml.cli.places import DEMO

HELP = "a saved model as a Hugging Face folder or as ONNX graphs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, default=DEMO, help="folder of the model (the bundled one)")
    parser.add_argument("--to", type=Path, required=True, help="folder to write; new or empty")
    parser.add_argument("--format", choices=("hf", "onnx"), required=True)
    parser.add_argument("--language", default=None, help="hf: name of the language model as others will find it")
    parser.add_argument("--backbone", default=None, help="hf: name of the frozen backbone as others will find it")
    parser.add_argument("--licence", default=None, help="hf: licence of the weights, for the card (apache-2.0)")


def run(arguments: argparse.Namespace) -> None:
    if arguments.to.exists() and (not arguments.to.is_dir() or any(arguments.to.iterdir())):
        raise Refusal(f"{arguments.to} is not empty: name a new folder")
    from ml.medgaze.assets import AssetError
    from ml.medgaze.convert import ConversionRefused
    from ml.medgaze.model_info import ModelFolderInvalid

    try:
        if arguments.format == "hf":
            _hf(arguments)
        else:
            _onnx(arguments)
    except (ConversionRefused, ModelFolderInvalid, AssetError) as error:
        raise Refusal(str(error)) from error


def _hf(arguments: argparse.Namespace) -> None:
    from ml.medgaze.convert.hf import to_hf

    names = {part: name for part in ("language", "backbone") if (name := getattr(arguments, part)) is not None}
    info = to_hf(arguments.model, arguments.to, names, arguments.licence)
    print(f"{arguments.to}: {info.name}, version {info.sha256}")


def _onnx(arguments: argparse.Namespace) -> None:
    try:
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise Refusal("ONNX graphs are written with onnxscript: pip install onnx onnxscript") from error
    from ml.medgaze.convert.graphs import to_onnx

    for graph in to_onnx(arguments.model, arguments.to)["graphs"].values():
        apart = graph["largest_difference_from_torch"]
        print(f"{arguments.to / graph['file']}: at most {apart:.1e} from torch")
