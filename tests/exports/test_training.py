"""Readings for a training: of whoever agrees to training today, whatever they say of research."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from gazeapp.core.problems import Problem
from gazeapp.exports.services import write_for_training
from gazeapp.recordings.selectors import Reader
from ml.data.export import read_export, verify
from tests.exports import data
from tests.practice.conftest import consent
from tests.ratings import study

pytestmark = pytest.mark.django_db
EVERYTHING = {"predictions": True, "ratings": True, "films": True, "reports": True}


def test_it_asks_for_training_and_not_for_research(lab: SimpleNamespace, tmp_path: Path) -> None:
    """The resident agrees to research alone, with three readings; the second one to training alone, with four."""
    study.reading(lab.cases[0], lab.second_resident, study.path(70))
    consent(lab.resident, research=True)
    consent(lab.second_resident, training=True)
    index = write_for_training(tmp_path, release=None, query={})
    assert index["counts"]["readings_by_source"] == {"simulated": 3, "tracker": 4}


def test_of_a_release_those_that_agree_to_training_today(lab: SimpleNamespace, tmp_path: Path) -> None:
    """Readings that came after the release are not in it, and who refuses training is not either."""
    release = data.made(lab)
    study.reading(lab.cases[0], lab.second_resident, study.path(70))
    consent(lab.resident, research=True)
    index = write_for_training(tmp_path / "of release", release=release, query=None)
    assert index["counts"]["readings_by_source"] == {"simulated": 3, "tracker": 3}
    assert write_for_training(tmp_path / "of all", release=None, query={})["counts"]["readings"] == 7


def test_who_withdrew_from_research_alone_still_trains_from_a_release(lab: SimpleNamespace, tmp_path: Path) -> None:
    release = data.made(lab)
    consent(lab.resident, training=True)
    assert write_for_training(tmp_path, release=release, query=None)["counts"]["readings"] == 9


def test_the_sources_are_those_of_the_question(lab: SimpleNamespace, tmp_path: Path) -> None:
    index = write_for_training(tmp_path, release=None, query={"sources": ["simulated"]})
    assert index["counts"]["readings_by_source"] == {"simulated": 3}


def test_films_reports_predictions_and_ratings_never_come_along(lab: SimpleNamespace, tmp_path: Path) -> None:
    study.predicted(lab.cases[0], study.path(30))
    folder = tmp_path / "data"
    index = write_for_training(folder, release=None, query=EVERYTHING)
    assert (index["films"], index["reports"]) == (False, False)
    assert "model" not in index["counts"]["readings_by_source"] and "ratings.csv" not in index["sha256"]
    assert verify(folder) == json.loads((folder / "dataset.json").read_text())


def test_ml_reads_it_with_the_films_and_reports_of_this_stack(
    lab: SimpleNamespace, tmp_path: Path, settings: object
) -> None:
    folder, reports = tmp_path / "data", tmp_path / "reports"
    write_for_training(folder, release=None, query={}, reports=reports)
    cases = read_export(folder, films=Path(settings.MEDIA_ROOT) / "films", reports=reports)
    assert {case.report.text for case in cases} == {"Clear lungs."}
    assert all(case.film.path.is_file() for case in cases) and len(cases) == 3


def test_the_same_data_is_the_same_bytes(lab: SimpleNamespace, tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    write_for_training(first, release=None, query={})
    write_for_training(second, release=None, query={})
    assert data.contents(first) == data.contents(second)


def test_it_says_how_far_it_is(lab: SimpleNamespace, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    write_for_training(tmp_path, release=None, query={}, progress=lambda done, of: told.append((done, of)))
    assert told[0] == (0, 3) and told[-1] == (3, 3)


def test_where_there_is_nothing_it_says_so(lab: SimpleNamespace, tmp_path: Path) -> None:
    Reader.objects.filter(simulated=True).update(simulated=False)
    consent(lab.resident)
    consent(lab.second_resident)
    with pytest.raises(Problem) as caught:
        write_for_training(tmp_path, release=None, query={})
    assert caught.value.kind == "nothing-to-train-from"
