"""Preparing a data set: what comes out is what the processor says, whatever stops the work on the way."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ml.data.prepare import ReadFilm, cases_sha256, prepare, prepare_splits
from ml.data.prepared import PreparedMismatch, load_prepared
from ml.data.types import DataError, FilmFile, GazeCase, GazeReading, Provenance, Report
from ml.gaze.scanpath import Fixation, Scanpath
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.processing import MedGazeProcessor
from ml.medgaze.vr2 import VR2Model
from ml.metrics.cases import as_path
from tests.ml.datakit import digests
from tests.ml.gaze import gaze_case, gaze_cases, read_png
from tests.ml.kit import likelihood_config, tiny_config


def make(tmp_path: Path, count: int = 5, **fields: object) -> tuple[list[GazeCase], Path]:
    cases = gaze_cases(tmp_path / "films", count)
    prepare(cases, tmp_path / "out", tiny_config(**fields), read_film=read_png, shard_cases=2, show=False)
    return cases, tmp_path / "out"


def test_a_batch_is_what_the_processor_makes_of_the_same_cases(tmp_path: Path) -> None:
    cases, folder = make(tmp_path)
    prepared, processor = load_prepared(folder, tiny_config()), MedGazeProcessor.from_config(tiny_config())
    batch = prepared.batch([3, 0])
    wanted = processor([read_png(cases[i].film) for i in (3, 0)], [cases[i].report.text for i in (3, 0)])
    torch.testing.assert_close(batch["pixel_values"], wanted["pixel_values"], atol=4 / 255, rtol=0)  # 8 bits
    assert torch.equal(batch["input_ids"], wanted["input_ids"])
    assert torch.equal(batch["attention_mask"], wanted["attention_mask"])
    readings = [r.scanpath for r in cases[3].readings]
    fixations, mask = processor.fixations(readings, processor.transform(60, 40))
    torch.testing.assert_close(batch["fixations"][0], fixations)
    assert torch.equal(batch["fixation_mask"][0], mask)
    MedGazeModel.build(tiny_config())(**batch).loss.backward()


def test_frozen_parts_are_asked_once_and_say_the_same_as_in_the_model(tmp_path: Path) -> None:
    config = likelihood_config(
        backbone="resnet50", backbone_reference="random:tiny-resnet", backbone_width=16, backbone_stride=32,
        image_size=64, image_channels=3, image_mean=[0.5] * 3, image_std=[0.25] * 3,
    )  # fmt: skip
    cases = gaze_cases(tmp_path / "films", 3)
    prepare(cases, tmp_path / "out", config, read_film=read_png, show=False)
    batch = load_prepared(tmp_path / "out", config).batch([0, 1, 2])
    model, processor = MedGazeModel.build(config).eval(), MedGazeProcessor.from_config(config)
    live = processor([read_png(c.film) for c in cases], [c.report.text for c in cases])
    features = model.film_features(live["pixel_values"])
    # the kept film has 8 bits and the kept map 16, so they agree to about a hundredth of the map's spread
    assert float((batch["image_features"] - features).abs().max()) < 0.05 * float(features.std())
    states = model.report_features(live["input_ids"], live["attention_mask"])
    real = live["attention_mask"].bool()
    torch.testing.assert_close(batch["text_features"][real], states[real], atol=5e-3, rtol=5e-3)
    model(**batch).loss.backward()


def test_readings_come_back_in_film_fractions(tmp_path: Path) -> None:
    cases, folder = make(tmp_path, letterbox=True)
    case = load_prepared(folder).evaluation(1)
    assert case.key == "case-001" and case.report == cases[1].report.text
    assert case.film.shape == (21, 32)  # 60 x 40 px letterboxed into 32: 32 x round(21.33), without the bars
    assert [who for who, _ in case.readings] == ["a", "b"]
    for (_, path), reading in zip(case.readings, cases[1].readings, strict=True):
        np.testing.assert_allclose(path, as_path(reading.scanpath), atol=1e-6)


def test_stage_1_gets_films_and_medformers_words(tmp_path: Path) -> None:
    _, folder = make(tmp_path)
    pairs = load_prepared(folder).pairs([0, 4])
    text = b"Opacity in the left lung, number 0."
    assert pairs["input_ids"][0].tolist() == [2, *(5 + b for b in text)]  # bytes after a start mark
    VR2Model.build(tiny_config())(**pairs).loss.backward()


def test_two_preparations_write_the_same_bytes_and_processes_change_nothing(tmp_path: Path) -> None:
    cases, folder = make(tmp_path)
    again = tmp_path / "again"
    prepare(cases[::-1], again, tiny_config(), read_film=read_png, shard_cases=2, workers=2, show=False)
    assert digests(again) == digests(folder)


def counting(opened: list[str]) -> ReadFilm:
    """Reads films and writes down which."""

    def read(file: FilmFile) -> np.ndarray:
        opened.append(file.key)
        return read_png(file)

    return read


def test_a_killed_preparation_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """SIGKILL while the third shard is being made; the fourth film of the second run must not be opened again."""
    cases, folder = make(tmp_path, count=8)
    script = textwrap.dedent(f"""
        import time
        from pathlib import Path
        from ml.data.prepare import prepare
        from tests.ml.gaze import gaze_cases, read_png
        from tests.ml.kit import tiny_config
        def slowly(file):
            time.sleep(0.05)
            return read_png(file)
        films = Path({str(tmp_path / "films")!r})
        prepare(gaze_cases(films, 8), Path({str(tmp_path / "killed")!r}), tiny_config(), read_film=slowly,
                shard_cases=2, show=False)
    """)
    work = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "OMP_NUM_THREADS": "1"})
    killed = tmp_path / "killed"
    end = time.monotonic() + 60
    while not (killed / "shard-00001").exists():
        assert work.poll() is None and time.monotonic() < end
        time.sleep(0.005)
    work.send_signal(signal.SIGKILL)
    work.wait()
    with pytest.raises(PreparedMismatch, match="goes on where it stopped"):
        load_prepared(killed)
    opened: list[str] = []
    prepare(cases, killed, tiny_config(), read_film=counting(opened), shard_cases=2, show=False)
    assert digests(killed) == digests(folder)
    assert len(opened) < 8 and "film-000" not in opened


def test_a_folder_prepared_for_another_model_is_refused_and_says_why(tmp_path: Path) -> None:
    cases, folder = make(tmp_path)
    with pytest.raises(PreparedMismatch, match="image_size is 32, wanted 64"):
        load_prepared(folder, tiny_config(image_size=64))
    with pytest.raises(PreparedMismatch, match="another preparation: max_fixations is 6, wanted 5"):
        prepare(cases, folder, tiny_config(max_fixations=5), read_film=read_png, shard_cases=2, show=False)
    with pytest.raises(PreparedMismatch, match="cases_sha256"):
        prepare(cases[1:], folder, tiny_config(), read_film=read_png, shard_cases=2, show=False)


def test_a_film_that_cannot_be_read_is_left_out_and_named(tmp_path: Path) -> None:
    cases = gaze_cases(tmp_path / "films", 3)
    cases[1].film.path.write_bytes(b"no picture")
    skipped = prepare(cases, tmp_path / "out", tiny_config(), read_film=read_png, show=False)
    assert list(skipped) == ["case-001"] and "film-001" in skipped["case-001"]
    assert [c.key for c in load_prepared(tmp_path / "out").cases] == ["case-000", "case-002"]
    with pytest.raises(PreparedMismatch, match="none of 1 cases"):
        prepare(cases[1:2], tmp_path / "bad", tiny_config(), read_film=read_png, show=False)


def test_splits_go_into_folders_of_their_own(tmp_path: Path) -> None:
    cases = gaze_cases(tmp_path / "films", 4)
    splits = {"train": ["case-003", "case-000"], "validate": ["case-001"], "test": []}
    prepare_splits(cases, splits, tmp_path / "out", tiny_config(), read_film=read_png, show=False)
    assert [c.key for c in load_prepared(tmp_path / "out" / "train").cases] == ["case-000", "case-003"]
    assert not (tmp_path / "out" / "test").exists()
    with pytest.raises(DataError, match="case-9"):
        prepare_splits(cases, {"train": ["case-9"]}, tmp_path / "x", tiny_config(), read_film=read_png, show=False)


def test_one_reader_can_be_taken_alone_and_a_case_may_have_no_reading(tmp_path: Path) -> None:
    cases = [gaze_case(tmp_path / "f", 0, readers=("a", "b", "c")), gaze_case(tmp_path / "f", 1, readers=())]
    prepare(cases, tmp_path / "out", tiny_config(), read_film=read_png, show=False)
    prepared = load_prepared(tmp_path / "out")
    both = prepared.batch([0, 1])
    assert both["fixation_mask"].sum((1, 2)).tolist() == [15, 0]
    alone = prepared.batch([0], readers="b")
    assert torch.equal(alone["fixations"][0, 0], both["fixations"][0, 1])
    only = dataclasses.replace(prepared.only([0]), reader="c")
    assert torch.equal(only.batch([0])["fixations"][0, 0], both["fixations"][0, 2])
    assert [who for who, _ in only.evaluation(0).readings] == ["c"]


def test_readers_who_dictated_their_own_reports_each_go_with_their_own_words(tmp_path: Path) -> None:
    """Readings a, b, c; b spoke its own report: two prepared cases of one film, which is opened once."""
    case = gaze_case(tmp_path / "f", 0, readers=("a", "b", "c"))
    own = dataclasses.replace(case.readings[1], report=Report("Heart enlarged."))
    case = dataclasses.replace(case, readings=(case.readings[0], own, case.readings[2]))
    opened: list[str] = []
    prepare([case], tmp_path / "out", tiny_config(), read_film=counting(opened), show=False)
    content = [(c.key, c.report, c.readers) for c in load_prepared(tmp_path / "out").cases]
    assert content == [("case-000", case.report.text, ("a", "c")), ("case-000#2", "Heart enlarged.", ("b",))]
    assert opened == ["film-000"]


def digest_of(tmp_path: Path, film: str = "", **content: Any) -> str:
    """The digest of one case with one reading, of which ``content`` is said."""
    provenance = Provenance("medgaze-export", "f.csv", True, "none", {"off film": 1}, **content)
    reading = GazeReading("r", Scanpath((Fixation(0.25, 0.5, 0.1, 0.2),), "human"), provenance)
    file = FilmFile(tmp_path / "film.png", 2, 1, "film", film)
    return cases_sha256(
        [
            GazeCase(
                "case-1", file, Report("Clear."), "p-1", "site", "medgaze-export", (reading,), {"mass": 1.0}, "test",
                {}, True,
            )
        ]
    )  # fmt: skip


def test_cases_that_say_nothing_new_keep_the_digest_of_earlier_preparations(tmp_path: Path) -> None:
    """The number is what the program said before sources and addresses of films could be said."""
    assert digest_of(tmp_path) == "017a2d66a742fb1f37393c5caafa7f7330dea6cb7caaf01c70997d4fb0ef5845"


def test_whatever_is_said_of_a_film_or_reading_is_in_the_digest(tmp_path: Path) -> None:
    said: list[dict[str, Any]] = [
        {}, {"film": "ab"}, {"film": "cd"}, {"gaze": "simulated"}, {"gaze": "tracker"}, {"device": "x"},
        {"rate_hz": 60.0}, {"model_sha256": "ab"},
    ]  # fmt: skip
    assert len({digest_of(tmp_path, **one) for one in said}) == len(said)
