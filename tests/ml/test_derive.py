"""A prepared set made from another is, byte for byte, the one that would have been made from the data set."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.data.derive import derive, underivable
from ml.data.prepare import prepare
from ml.data.prepared import INDEX, PreparedMismatch, load_prepared
from ml.medgaze.config import MedGazeConfig
from tests.ml.gaze import gaze_cases, read_png
from tests.ml.kit import likelihood_config, tiny_config

FEWER = tiny_config(max_text_tokens=12, memory_positions="learned")
OTHERS: dict[str, MedGazeConfig] = {
    "fewer tokens": FEWER,
    "findings and impression": tiny_config(report_parts="spoken"),
    "no report": tiny_config(fusion="vision", memory_positions="learned"),
    "states of another language model": likelihood_config(letterbox=False),
    "another backbone": tiny_config(
        backbone="resnet50", backbone_reference="random:tiny-resnet", image_channels=3, image_mean=[0.5] * 3,
        image_std=[0.25] * 3, backbone_stride=32, backbone_width=16, memory_positions="learned",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def made(films: Path, folder: Path, config: MedGazeConfig) -> Path:
    prepare(gaze_cases(films, 5), folder, config, read_film=read_png, shard_cases=3, show=False)
    return folder


@pytest.mark.parametrize("name", list(OTHERS))
def test_a_derived_set_holds_the_arrays_of_one_made_from_the_data(name: str, films: Path, tmp_path: Path) -> None:
    config = OTHERS[name]
    source, wanted = made(films, tmp_path / "a", tiny_config()), made(films, tmp_path / "b", config)
    got = derive(source, tmp_path / "c", config)
    files = sorted(path.relative_to(wanted) for path in wanted.glob("shard-*/*"))
    assert files == sorted(path.relative_to(got) for path in got.glob("shard-*/*")) and len(files) > 8
    for file in files:
        assert (got / file).read_bytes() == (wanted / file).read_bytes(), file
    assert load_prepared(got, config).sha256 != load_prepared(source).sha256


def test_a_set_that_fits_is_used_as_it_is_and_one_made_before_is_not_made_again(films: Path, tmp_path: Path) -> None:
    source = made(films, tmp_path / "a", tiny_config())
    assert derive(source, tmp_path / "b", tiny_config(encoder_positions=True)) == source
    first = derive(source, tmp_path / "b", FEWER)
    when = (first / INDEX).stat().st_mtime_ns
    assert derive(source, tmp_path / "b", FEWER) == first and (first / INDEX).stat().st_mtime_ns == when


def test_what_is_read_of_a_report_is_prepared_for_it_alone(films: Path, tmp_path: Path) -> None:
    spoken = tiny_config(report_parts="spoken")
    whole, parts = made(films, tmp_path / "a", tiny_config()), made(films, tmp_path / "b", spoken)
    assert "report_parts" not in load_prepared(whole).index["requirements"]  # as before there was any
    for folder, config in ((whole, spoken), (parts, tiny_config())):
        with pytest.raises(PreparedMismatch, match="report_parts"):
            load_prepared(folder, config)
        assert underivable(folder, config) == ""
    assert load_prepared(parts, spoken).settings.report_parts == "spoken"


def test_films_prepared_otherwise_are_refused(films: Path, tmp_path: Path) -> None:
    source = made(films, tmp_path / "a", tiny_config())
    assert underivable(source, FEWER) == ""
    with pytest.raises(PreparedMismatch, match="letterbox is false, wanted true"):
        derive(source, tmp_path / "b", tiny_config(letterbox=True))
