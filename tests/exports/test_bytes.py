"""What stands in the files of a release, and what never does."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image

from gazeapp.accounts.models import User
from gazeapp.cases.models import Case
from gazeapp.cases.storage import film_pixels
from gazeapp.exports.devices import kind_of
from gazeapp.exports.models import Release
from gazeapp.recordings.models import FixationSet, Reader, Recording
from gazeapp.scanpaths.models import Prediction
from ml.data.export import read_export, verify
from ml.data.pixels import load_film
from tests.exports import data
from tests.ratings import study

pytestmark = pytest.mark.django_db
MODEL = "ab" * 32


def whole(release: Release) -> dict[str, bytes]:
    """Every file, and the archive."""
    return {
        **data.contents(data.folder(release)),
        "archive": (data.folder(release).parent / "archive.zip").read_bytes(),
    }


def test_the_same_question_about_the_same_data_is_the_same_bytes(lab: SimpleNamespace) -> None:
    study.predicted(lab.cases[0], study.path(30))
    first = data.made(lab, predictions=True, films=True, reports=True)
    second = data.made(lab, predictions=True, films=True, reports=True)
    assert first.digest == second.digest and first.sha256 == second.sha256
    assert whole(first) == whole(second)


def test_another_question_and_other_data_have_other_pseudonyms(lab: SimpleNamespace) -> None:
    """The readings of `sources=tracker` are the same without simulated ones, and no name is."""

    def names(release: Release) -> set[str]:
        rows = data.rows(release, "readings.csv") + data.rows(release, "cases.csv")
        return {row[name] for row in rows for name in ("case", "reader", "patient") if name in row}

    first, second = data.made(lab, sources=["tracker"]), data.made(lab, sources=["tracker"], simulated="without")
    assert first.counts["readings"] == second.counts["readings"] == 6
    study.reading(lab.cases[0], lab.resident, study.path(90))
    third = data.made(lab, sources=["tracker"])
    assert len(names(first)) == 3 + 2 + 3
    assert not names(first) & names(second)
    assert not names(first) & names(third)


def test_the_names_are_of_this_site_alone(lab: SimpleNamespace, settings: Any) -> None:
    first = data.made(lab)
    request = data.act(lab.decides, data.ask(lab.asks), "approve")
    settings.SECRET_KEY = "of another stack"
    data.run_jobs()
    second = Release.objects.get(pk=request["release"]["id"])
    assert second.digest == first.digest
    assert data.rows(first, "readings.csv")[0]["reader"] != data.rows(second, "readings.csv")[0]["reader"]


def test_nothing_in_any_file_tells_of_people_places_or_moments(lab: SimpleNamespace, settings: Any) -> None:
    """Everything that could: names, addresses, ids, a device's serial number, notes, titles, folders, dates."""
    for person in User.objects.all():
        number = person.pk
        person.username, person.first_name, person.last_name = f"user{number}name", f"Roberta{number}", "Residentson"
        person.email = f"rr{number}@example.org"
        person.save()
    guest = Reader.objects.create(pseudonym="Guest Miller", basis="Ethics vote 12", for_research=True)
    study.reading(lab.cases[0], guest, study.path(50), source="import")
    Recording.objects.update(device="EyeLink 1000 Plus S/N CL1-75830, room 4", quality={"note": "sleepy"})
    Case.objects.update(note="From the archive of Smalltown", title="Mr Smith's film")
    study.predicted(lab.cases[0], study.path(30), model_name="Alexandra's model")
    release = data.made(lab, predictions=True, ratings=True, films=True, reports=True)
    words = ["Roberta", "Residentson", "example.org", "Guest Miller", "Ethics vote", "CL1-75830", "room 4", "sleepy"]
    words += ["Smalltown", "Smith", "Alexandra", str(settings.MEDIA_ROOT), f"{timezone.now():%Y-%m-}"]
    words += User.objects.values_list("username", flat=True)
    words += Reader.objects.values_list("pseudonym", flat=True)
    words += [release.name, str(release.pk), str(release.request_id), release.request_id.hex]
    for model in (Case, Recording, Reader, FixationSet, Prediction):
        for pk in model.objects.values_list("pk", flat=True):
            words += [str(pk), pk.hex]
    files = data.contents(data.folder(release))
    with zipfile.ZipFile(data.folder(release).parent / "archive.zip") as archive:
        for entry in archive.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            files[f"archive:{entry.filename}"] = archive.read(entry) + entry.filename.encode()
    for name, content in files.items():
        found = [word for word in words if word.encode() in content]
        assert found == [], name


def test_times_are_seconds_from_film_onset_and_places_fractions(lab: SimpleNamespace) -> None:
    only = data.made(lab, sources=["simulated"])
    case = next(row for row in data.rows(only, "cases.csv") if row["film_sha256"] == lab.cases[0].film_id)
    rows = [row for row in data.rows(only, "fixations.csv") if row["case"] == case["case"]]
    shown = [tuple(float(row[n]) for n in ("x_fraction", "y_fraction", "onset_s", "duration_s")) for row in rows]
    wanted = [(f["x"], f["y"], f["onset_s"], f["duration_s"]) for f in study.fixations(study.path(20))]
    assert np.allclose(shown, wanted, atol=1e-4)
    assert shown[0][2] == 0.0


def test_source_simulation_kind_of_device_and_rate_are_said_of_each_reading(lab: SimpleNamespace) -> None:
    Recording.objects.filter(reader=lab.resident.reader).update(device="Tobii Pro Fusion TPFC2-0102", rate_hz=249.7)
    rows = data.rows(data.made(lab), "readings.csv")
    said = {(row["source"], row["simulated"], row["device"], row["rate_hz"], row["model_sha256"]) for row in rows}
    assert said == {
        ("tracker", "0", "Tobii Pro Fusion", "250.00", ""),
        ("tracker", "0", "", "", ""),
        ("simulated", "1", "", "", ""),
    }


@pytest.mark.parametrize(
    ("device", "kind"),
    [
        ("EyeLink Portable Duo", "EyeLink Portable Duo"), ("EYELINK II 1 CLG-B0129", "EyeLink"),
        ("Gazepoint GP3 HD 4401", "Gazepoint GP3"), ("My own tracker, Dr Miller", ""), ("", ""),
    ],
)  # fmt: skip
def test_of_a_device_only_its_kind_is_told(device: str, kind: str) -> None:
    assert kind_of(device) == kind


def test_a_persons_reading_of_a_simulated_film_is_labelled_by_its_case(lab: SimpleNamespace) -> None:
    release = data.made(lab, sources=["tracker"])
    assert (release.simulated, data.shown(lab.asks, release)["simulated"]) == (False, False)
    Case.objects.filter(title="Case 1").update(simulated=True)
    release = data.made(lab, sources=["tracker"])
    assert release.simulated
    told = {row["simulated"]: row["site"] for row in data.rows(release, "cases.csv")}
    assert told == {"0": "reading-room", "1": "simulated"}
    assert "Some of it is simulated" in (data.folder(release) / "README.md").read_text()


def test_predictions_are_readings_of_source_model_the_finished_ones_of_its_cases_their_first_sample(
    lab: SimpleNamespace,
) -> None:
    first = study.predicted(lab.cases[0], study.path(30, 6), model_sha256=MODEL)
    first.reading["samples"].append({"fixations": study.fixations(study.path(31, 9))})
    first.save()
    study.predicted(lab.cases[0], study.path(32, 7), model_sha256=MODEL, seed=5)  # the same model once more
    study.predicted(lab.cases[1], None, model_sha256=MODEL)  # not finished
    study.predicted(
        study.film_case(lab.faculty, 9, published=True), study.path(33), model_sha256=MODEL
    )  # read by nobody
    release = data.made(lab, predictions=True)
    (row,) = (row for row in data.rows(release, "readings.csv") if row["source"] == "model")
    assert (row["model_sha256"], row["reader"], row["simulated"]) == (MODEL, f"model-{MODEL[:12]}", "0")
    fixations = [one for one in data.rows(release, "fixations.csv") if one["reader"] == row["reader"]]
    assert [float(one["x_fraction"]) for one in fixations] == [f["x"] for f in study.fixations(study.path(30, 6))]
    assert release.counts["predictions"] == 1
    assert not [one for one in data.rows(data.made(lab), "readings.csv") if one["source"] == "model"]


def test_films_are_16_bit_png_of_the_very_pixels_and_reports_the_very_text(lab: SimpleNamespace) -> None:
    release = data.made(lab, films=True, reports=True)
    for case in read_export(data.folder(release)):
        with Image.open(case.film.path) as picture:
            assert picture.mode == "I;16" and picture.info == {}
        assert np.array_equal(load_film(case.film), film_pixels(case.film.key))
        assert case.film.key == case.film.pixels_sha256
        assert case.report.text == "Clear lungs."
    said = json.loads((data.folder(release) / "dataset.json").read_text())
    assert (said["films"], said["reports"], release.films, release.reports) == (True, True, True, True)


def test_without_the_second_approval_there_are_neither_films_nor_reports(lab: SimpleNamespace) -> None:
    request = data.act(lab.decides, data.ask(lab.asks, films=True, reports=True), "approve")
    data.act(lab.decides, request, "decline-films", reason="Gaze is enough.")
    data.run_jobs()
    release = Release.objects.get()
    assert (release.films, release.reports, release.query["films"]) == (False, False, False)
    assert not [name for name in data.contents(data.folder(release)) if "films/" in name or "reports/" in name]
    assert b"Clear lungs" not in b"".join(data.contents(data.folder(release)).values())


def test_a_film_that_two_cases_share_is_in_it_once_and_of_one_patient(lab: SimpleNamespace) -> None:
    twin = study.film_case(lab.admin, 1, published=True)
    assert twin.film_id == lab.cases[0].film_id
    study.reading(twin, lab.resident, study.path(60))
    release = data.made(lab, films=True)
    rows = [row for row in data.rows(release, "cases.csv") if row["film_sha256"] == twin.film_id]
    assert len(rows) == 2 and len({row["patient"] for row in rows}) == 1
    assert len(list((data.folder(release) / "films").iterdir())) == 3


def test_the_order_says_nothing_of_when_or_by_whom_a_reading_was_made(lab: SimpleNamespace) -> None:
    """Twelve readings of one case by one person: were they in the order of their making in each of two releases, both
    would hold the same order."""
    case = study.film_case(lab.faculty, 5, published=True)
    for number in range(12):
        study.reading(case, lab.resident, study.path(number, 3))

    def order(release: Release) -> list[str]:
        key = next(row["case"] for row in data.rows(release, "cases.csv") if row["film_sha256"] == case.film_id)
        rows = [row for row in data.rows(release, "fixations.csv") if row["case"] == key and row["fixation"] == "1"]
        return [row["x_fraction"] for row in rows]

    made = [f"{study.path(number, 3)[0][0]:.6f}" for number in range(12)]
    first, second = order(data.made(lab)), order(data.made(lab, sources=["tracker"]))
    assert sorted(first) == sorted(second) == sorted(made)
    assert first != second and made not in (first, second)


def test_the_files_say_what_they_are_and_are_what_ml_reads(lab: SimpleNamespace, tmp_path: Path) -> None:
    release = data.made(lab)
    index = verify(data.folder(release))
    assert index["dataset_version"] == release.digest[:12]
    assert "version 1: research only" in index["licence"]
    assert release.digest[:12] in index["citation"]
    assert set(index["sha256"]) == {
        "README.md", "TERMS.txt", "CITATION.cff", "cases.csv", "readings.csv", "fixations.csv", "dictionary.json",
    }  # fmt: skip
    assert "9 readings by 2 people" in (data.folder(release) / "README.md").read_text()
    told = data.shown(lab.asks, release)
    assert {file["path"]: file["sha256"] for file in told["files"]} == {
        **index["sha256"],
        "dataset.json": told["sha256"],
    }
    assert told["size_bytes"] == sum(len(content) for content in data.contents(data.folder(release)).values())
    assert told["dictionary"]["tables"]["fixations.csv"]["columns"][4]["unit"] == "s"
    assert (release.digest[:12] in told["citation"], "release 1," in told["citation"]) == (True, True)
    assert told["bibtex"].startswith("@misc{medgaze_release_1,") and "date-released" in told["cff"]
