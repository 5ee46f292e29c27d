"""The object an application holds: a loaded model that answers with readings in image fractions and seconds.

Deterministic: the same film, report, number of samples and seed give the same reading. A fixation's onset is the sum of
the durations before it: the model says nothing of the time its saccades take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers.utils import logging as transformers_logging

from ml.gaze.scanpath import Fixation, Reading
from ml.medgaze.cache import TensorCache, film_sha256, report_sha256
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.decoders import Paths
from ml.medgaze.decoders.distribution import Drawn, PathDistribution
from ml.medgaze.fusion import Memory
from ml.medgaze.geometry import FilmTransform
from ml.medgaze.guard import guard
from ml.medgaze.inference import optimize_for_inference
from ml.medgaze.language import PrefilledReport
from ml.medgaze.machine import inference_dtype
from ml.medgaze.medoid import medoid
from ml.medgaze.model_info import ModelInfo, read_model_info
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.processing import MedGazeProcessor, ReportTokens, in_film
from ml.medgaze.quantise import weights
from ml.medgaze.seeded import generator_of
from ml.medgaze.stages import Stage
from ml.medgaze.threads import side_by_side, small_steps

Film = NDArray[Any]
ASSERTED = 0.5  # probability above which a report counts as asserting something about a region
CACHE_BYTES = 256 << 20  # of films and reports together; a 128-token report in OPT-2.7b takes 42 MB in bfloat16


@dataclass(frozen=True, slots=True)
class PredictorInfo:
    """What runs, where, and how much memory its weights take."""

    model: ModelInfo
    device: str
    dtype: str
    language_dtype: str | None
    trained_parameters: int
    frozen_parameters: int
    weights_bytes: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class MedGazePredictor:
    """Made by :meth:`load`. Not safe for two threads at once; keep one a process.

    What film and report come to on their own is kept in ``cache`` for the next prediction that has one of them in
    common, up to its ``max_bytes``; whoever changes the weights calls ``cache.clear()``.
    """

    def __init__(self, model: MedGazeModel, processor: MedGazeProcessor, info: ModelInfo) -> None:
        self.model = model
        self.cache = TensorCache(CACHE_BYTES)
        self.model.train(False)
        self.processor = processor
        self.model_info = info

    @classmethod
    def load(
        cls,
        folder: str | Path,
        device: str = "auto",
        dtype: torch.dtype | None = None,
        *,
        language_dtype: str | None = None,
        optimize: bool = False,
    ) -> MedGazePredictor:
        """Read a saved model. ``device`` auto: the GPU where there is one. ``dtype``: of the trained part (float32).
        ``language_dtype``: of the frozen language model, in place of what the configuration names. ``optimize``:
        for inference on this machine's CPU, as the model is served (:mod:`ml.medgaze.inference`).
        """
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        info = read_model_info(folder)
        if optimize and language_dtype is None:
            language_dtype = inference_dtype(MedGazeConfig.from_pretrained(folder).language.dtype, device)
        other: dict[str, Any] = {} if language_dtype is None else {"language_dtype": language_dtype}
        model = MedGazeModel.from_pretrained(folder, dtype=dtype or torch.float32, **other)
        torch.nn.Module.to(model, torch.device(device))
        if optimize:
            optimize_for_inference(model)
        return cls(model, MedGazeProcessor.from_pretrained(folder), info)

    # --- predicting

    def predict(self, film: Film, report: str, *, samples: int = 1, seed: int = 0) -> Reading:
        """One reading of one film. film: 2-D array, bright is bright; ``samples[0]`` of the answer is the one to
        show.
        """
        for event in self.stream(film, report, samples=samples, seed=seed):
            if isinstance(event, Reading):
                return event
        raise AssertionError("a stream ends with a reading")

    def stream(
        self, film: Film, report: str, *, samples: int = 1, seed: int = 0
    ) -> Iterator[Stage | Fixation | Reading]:
        """The same, as it happens: each stage as it is entered, the fixations of ``samples[0]`` in order, the
        reading.
        """
        _check_samples(samples)
        model = self.model
        tokens = self.processor.report(report)
        ids, mask = self._reports([tokens])
        encode_film = partial(self.encode_film, film)
        read = partial(
            self.cache.get, lambda: f"report {report_sha256(report)}", partial(self._text, ids, mask, first=True)
        )
        yield Stage("film")
        if self._small:
            encoded, text = side_by_side(encode_film, read)
            yield Stage("report")
        else:
            with torch.inference_mode():
                encoded = encode_film()
            yield Stage("report")
            with torch.inference_mode():
                text = read()
        yield Stage("gaze")
        with torch.inference_mode():
            memory = model.fuse(encoded.grid, text, mask, encoded.visual)
            paths = model.decode(memory)
        yield Stage("decode")
        with small_steps(model.device):
            reading = self._reading(paths, encoded.transform, tokens, _names_place(memory), samples, seed)
        yield from reading.samples[0].fixations
        yield reading

    def predict_batch(
        self, films: Sequence[Film], reports: Sequence[str], *, samples: int = 1, seed: int | Sequence[int] = 0
    ) -> list[Reading]:
        """Many cases at once; each answer is what :meth:`predict` gives for that case with the same seed. ``seed``:
        one for all, whose noise they then share, or one a case.
        """
        _check_samples(samples)
        seeds = [seed] * len(films) if isinstance(seed, int) else list(seed)
        if not len(films) == len(reports) == len(seeds):
            raise ValueError(f"{len(films)} films, {len(reports)} reports and {len(seeds)} seeds")
        if not films:
            return []
        seen = [self.processor.film(film) for film in films]
        tokens = [self.processor.report(report) for report in reports]
        with torch.inference_mode():
            pixels = self._on_device(torch.stack([pixels for pixels, _ in seen]))
            ids, mask = self._reports(tokens)
            grid = self.model.film_tokens(self.model.film_features(pixels))
            memory = self.model.fuse(grid, self._text(ids, mask), mask)
            paths = self.model.decode(memory)
        with small_steps(self.model.device):
            return [
                self._reading(paths.case(i), transform, tokens[i], _names_place(memory, i), samples, seeds[i])
                for i, (_, transform) in enumerate(seen)
            ]

    @torch.inference_mode()
    def encode_film(self, film: Film) -> EncodedFilm:
        """A film alone, kept for whatever is asked about it next."""
        return self.cache.get(lambda: f"film {film_sha256(film)}", partial(self._encode, film))

    def info(self) -> PredictorInfo:
        """Device, dtypes and memory of what is loaded."""
        model, frozen = self.model, self.model.frozen
        held = [model, *frozen.models()]
        return PredictorInfo(
            model=self.model_info,
            device=str(model.device),
            dtype=str(model.dtype).removeprefix("torch."),
            language_dtype=None if frozen.language is None else str(frozen.language.dtype).removeprefix("torch."),
            trained_parameters=sum(p.numel() for p in model.parameters()),
            frozen_parameters=sum(p.numel() for part in frozen.models() for p in weights(part)),
            weights_bytes=sum(p.nbytes for part in held for p in weights(part)),
        )

    # --- the parts

    @property
    def _small(self) -> bool:
        """Whether film and report are read by nets of their own, small enough for a share of the CPU's threads."""
        return self.model.config.language.fusion == "joint" and self.model.device.type == "cpu"

    def _on_device(self, pixels: Tensor) -> Tensor:
        return pixels.to(self.model.device, self.model.dtype)

    def _reports(self, tokens: Sequence[ReportTokens]) -> tuple[Tensor, Tensor]:
        ids, mask = self.processor.collate_reports(tokens)
        return ids.to(self.model.device), mask.to(self.model.device)

    def _encode(self, film: Film) -> EncodedFilm:
        pixels, transform = self.processor.film(film)
        grid = self.model.film_tokens(self.model.film_features(self._on_device(pixels[None])))
        return EncodedFilm(grid, self.model.visual_tokens(grid), transform)

    def _text(self, ids: Tensor, mask: Tensor, *, first: bool = False) -> Tensor | PrefilledReport | None:
        """What :meth:`MedGazeModel.fuse` wants of the report: nothing, its ids, or what the language model read.
        ``first``: read it before the film and apart, to keep it, where the model can and something is kept.
        """
        fusion = self.model.config.language.fusion
        if fusion == "vision":
            return None
        if fusion == "joint":
            return self.model.report_features(ids, mask)
        read = self.model.prefill_report(ids, mask) if first and self.cache.max_bytes else None
        return ids if read is None else read

    def _reading(
        self,
        paths: Paths,
        film: FilmTransform,
        tokens: ReportTokens,
        names_place: bool | None,
        samples: int,
        seed: int,
    ) -> Reading:
        """``paths`` of one case -> the reading, by the one decoding rule the configuration fixes."""
        config = self.model.config
        with torch.inference_mode():
            parts = _draw(
                paths, config.decoding.rule, config.decoding.samples, config.decoding.temperature, samples, seed
            )
        square = np.concatenate([part.paths[0].double().cpu().numpy() for part in parts])
        lengths = np.concatenate([part.lengths[0].cpu().numpy() for part in parts]).astype(np.int_)
        order = list(range(len(square)))
        if config.decoding.rule == "medoid":
            pool = config.decoding.samples
            drawn = in_film(square[:pool], film)
            inside = guard(drawn.reshape(-1, 3), film, config.decoding.minimum_duration_s, Counter())
            order.insert(
                0, order.pop(medoid(inside.reshape(drawn.shape), lengths[:pool], config.decoding.medoid_order_weight))
            )
        served = order[:samples]
        with torch.inference_mode():
            spread = _spread(paths, parts, served)
        scanpaths, corrected = self.processor.post_process_scanpaths(
            [square[k, : lengths[k]] for k in served],
            [spread[k] for k in served],
            film,
            minimum_duration_s=config.decoding.minimum_duration_s,
            fixed_start=config.decoder.force_centre,
        )
        return Reading(
            samples=tuple(scanpaths),
            seed=seed,
            model_sha256=self.model_info.sha256,
            report_read=tokens.read,
            report_dropped_tokens=tokens.dropped_tokens,
            report_skipped=tokens.skipped,
            report_names_place=names_place,
            corrected=corrected,
        )


@dataclass(frozen=True)
class EncodedFilm:
    """A film alone, as far as the report has no part in it."""

    grid: Tensor  # (1, G, D)
    visual: Tensor | None  # (1, K, Wv)
    transform: FilmTransform


def _draw(paths: Paths, rule: str, pool: int, temperature: float, samples: int, seed: int) -> list[Drawn]:
    """Scanpaths of one case. The medoid's pool is drawn first and alone, so asking for more samples never moves it."""
    generator = generator_of(seed)
    parts: list[Drawn] = []
    if rule == "mean":
        assert isinstance(paths, PathDistribution)  # the configuration refuses it for the autoregressive decoder
        likeliest = paths.gate.argmax(-1, keepdim=True)
        parts.append(Drawn(*paths.take(likeliest).mean(), likeliest))
    wanted = [pool, samples - pool] if rule == "medoid" else [samples - len(parts)]
    return parts + [paths.sample(count, generator, temperature) for count in wanted if count > 0]


def _spread(paths: Paths, parts: list[Drawn], served: list[int]) -> dict[int, NDArray[np.float64]]:
    """How sure each fixation of the served scanpaths was, by the number of the scanpath among all drawn."""
    spread: dict[int, NDArray[np.float64]] = {}
    first = 0
    for part in parts:
        numbers = range(first, first := first + part.paths.shape[1])
        # The shown one alone: sums over a larger batch differ in the last digit, and it shall not depend on them.
        for group in (served[:1], served[1:]):
            here = [k for k in group if k in numbers]
            if here:
                sure = paths.spread(part.only([numbers.index(k) for k in here]))[0].double().cpu().numpy()
                spread.update(zip(here, sure, strict=True))
    return spread


def _names_place(memory: Memory, case: int = 0) -> bool | None:
    """Whether the report asserts something about a region that the model knows; None where it knows none."""
    if memory.regions is None or memory.regions.asserted is None:
        return None
    return bool((memory.regions.asserted[case] > ASSERTED).any())


def _check_samples(samples: int) -> None:
    if samples < 1:
        raise ValueError(f"samples is {samples}; at least 1 scanpath is predicted")
