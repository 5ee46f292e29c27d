"""Words on a film send it to a person; side marks and bare films do not."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from gazeapp.cases import services, words
from gazeapp.cases.companion import Companion
from tests.cases.films import REPORT, RG1, dicom, examine, file_bytes

pytestmark = pytest.mark.xdist_group("words")


def written(text: str, height: int, shade: int = 32767) -> bytes:
    """The real film with words burned in, as an unflagged ORIGINAL/PRIMARY file."""
    _, pixels = examine(RG1)
    picture = Image.fromarray(np.zeros(pixels.shape, dtype=np.uint8))
    font = ImageFont.load_default(size=height)
    ImageDraw.Draw(picture).text((90, 120), text, fill=255, font=font)
    burned = np.where(np.asarray(picture) > 127, shade, pixels).astype(np.uint16)
    return file_bytes(dicom(burned, BitsStored=15, WindowCenter="16000", WindowWidth="30000"))


def seen(content: bytes | Path) -> bool | None:
    import tempfile

    from gazeapp.cases import warden

    with tempfile.TemporaryDirectory() as folder:
        path, work = Path(folder, "film"), Path(folder, "work")
        path.write_bytes(content.read_bytes() if isinstance(content, Path) else content)
        work.mkdir()
        return words.on_film(warden.examine(path, work).looks)


def test_the_real_film_has_no_words() -> None:
    assert seen(RG1) is False


@pytest.mark.parametrize("height", [24, 40, 80])
def test_burned_in_names_are_seen(height: int) -> None:
    assert seen(written("DOE^JANE 04.03.1961", height)) is True


def test_dark_words_are_seen() -> None:
    assert seen(written("MEIER, ANNA 4711", 60, shade=0)) is True


@pytest.mark.parametrize("text", ["L", "R", "PA", "AP ERECT"])
def test_side_marks_alone_are_no_words(text: str) -> None:
    assert seen(written(text, 90)) is False


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("L", False),
        ("R.", False),
        ("PA ERECT", False),
        ("Bettaufnahme", False),
        ("liegend", False),
        ("liegsnd", False),
        ("Riehl", True),
        ("国", False),
        ("5", False),
        ("L 12:30", True),
        ("DOE", True),
        ("1961", True),
        ("Auf Station", True),
        ("R SMITH", True),
    ],
)
def test_what_counts_as_a_word(text: str, word: bool) -> None:
    assert words.is_word(text) is word


@pytest.mark.django_db
def test_a_film_with_words_waits_for_a_person_and_the_words_are_kept_nowhere(
    cast: SimpleNamespace, tmp_path: Path
) -> None:
    path = tmp_path / "film.dcm"
    path.write_bytes(written("DOE^JANE 04.03.1961", 60))
    case = services.take_in(owner=cast.resident, path=path, report=REPORT, now=True)
    assert (case.state, case.held, case.problem["type"]) == ("quarantined", True, "/problems/film-words")
    assert "DOE" not in str(case.problem) and "JANE" not in str(case.received.source)


@pytest.mark.django_db
def test_a_film_that_could_not_be_checked_waits_too(
    cast: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "detector", Companion("gazeapp.cases.no_such_process"))
    path = tmp_path / "film.dcm"
    path.write_bytes(file_bytes(dicom()))
    case = services.take_in(owner=cast.resident, path=path, report=REPORT, now=True)
    assert (case.state, case.problem["type"]) == ("quarantined", "/problems/film-unchecked")


def test_a_picture_file_goes_to_the_same_detector() -> None:
    grey = np.zeros((700, 600), dtype=np.uint8)
    picture = Image.fromarray(grey)
    ImageDraw.Draw(picture).text((40, 40), "PATIENT 778 211", fill=200, font=ImageFont.load_default(size=30))
    file = io.BytesIO()
    picture.save(file, "PNG")
    assert seen(file.getvalue()) is True


OPEN_FILMS = Path(__file__).resolve().parents[3] / "shared" / "data" / "films"


@pytest.mark.skipif(not OPEN_FILMS.is_dir(), reason="the open films lie beside the project, not in it")
@pytest.mark.parametrize(
    ("film", "held"),
    [
        ("0957ce54", False),  # nothing written
        ("00870a9c", False),  # R
        ("61bc50d1", False),  # liegend
        ("87d50e40", False),  # R, Bettaufnahme
        ("bd3ceeb6", True),  # Auf Station
    ],
)
def test_of_the_open_films_only_those_with_words_wait(film: str, held: bool) -> None:
    assert seen(OPEN_FILMS / f"{film}.png") is held
