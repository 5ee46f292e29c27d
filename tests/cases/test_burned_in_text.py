"""Words on a film send it to a person; side marks and bare films do not."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from gazeapp.cases import burned_in_text, services
from gazeapp.core.sandbox.helper import HelperProcess
from tests.cases.films import REPORT, RG1, dicom, examine, file_bytes

pytestmark = pytest.mark.xdist_group("text_detector")


@cache
def film() -> np.ndarray:
    """The real film with 1500 rows and 12 bits."""
    _, pixels = examine(RG1)
    smaller = Image.fromarray(pixels.astype(np.float32)).resize((1413, 1500), Image.Resampling.BILINEAR)
    return np.rint(np.asarray(smaller) / 8).astype(np.int64)


def letters(script: str, height: int, turned: bool = False) -> np.ndarray:
    """How much of each pixel a name covers, 0 to 1. Latin is drawn with the font that Pillow carries, the others are
    pictures of invented names beside this file, since a bare machine has no fonts for them."""
    if script == "latin":
        font = ImageFont.load_default(size=height)
        picture = Image.new("L", (int(font.getlength("DOE^JANE 1961")) + 4, 2 * height))
        ImageDraw.Draw(picture).text((2, height // 4), "DOE^JANE 1961", fill=255, font=font)
    else:
        picture = Image.open(Path(__file__).parent / "scripts" / f"{script}.png").convert("L")
        picture = picture.resize((round(picture.width * height / picture.height), height), Image.Resampling.LANCZOS)
    if turned:
        picture = picture.rotate(90, expand=True)
    return np.asarray(picture) / 255


def burned(where: tuple[float, float], cover: np.ndarray, *, add: int = 0, put: int | None = None) -> bytes:
    """The film with a name burned in at (row, column) fractions: so much brighter, or one grey throughout."""
    pixels = film().astype(float)
    row, column = (round(share * side) for share, side in zip(where, pixels.shape, strict=True))
    under = pixels[row : row + cover.shape[0], column : column + cover.shape[1]]
    cover = cover[: under.shape[0], : under.shape[1]]
    under[:] += cover * (add if put is None else put - under)
    return file_bytes(dicom(np.rint(pixels).clip(0, 4095).astype(np.uint16)))


def with_a_dark_bar(cover: np.ndarray) -> bytes:
    """250 on 200 of 4095, in a shuttered bar below the film, with a little noise."""
    pixels = film().copy()
    pixels[1350:] = 200 + np.random.default_rng(1).normal(0, 4, pixels[1350:].shape)
    under = pixels[1380 : 1380 + cover.shape[0], 140 : 140 + cover.shape[1]]
    under[:] = np.where(cover > 0.5, 250, under)
    return file_bytes(dicom(pixels.clip(0, 4095).astype(np.uint16)))


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

    from gazeapp.cases import sandbox_client

    with tempfile.TemporaryDirectory() as folder:
        path, work = Path(folder, "film"), Path(folder, "work")
        path.write_bytes(content.read_bytes() if isinstance(content, Path) else content)
        work.mkdir()
        return burned_in_text.found_in(sandbox_client.examine(path, work).looks)


def test_the_real_film_has_no_words() -> None:
    assert seen(RG1) is False


@pytest.mark.parametrize("height", [24, 80])
def test_burned_in_names_are_seen(height: int) -> None:
    assert seen(written("DOE^JANE 04.03.1961", height)) is True


def test_dark_words_are_seen() -> None:
    assert seen(written("MEIER, ANNA 4711", 60, shade=0)) is True


SCRIPTS = ("latin", "cyrillic", "arabic", "chinese", "hebrew", "devanagari")
CORNER, LUNG, HEART = (0.03, 0.06), (0.38, 0.12), (0.5, 0.4)


def test_the_film_on_which_names_are_burned_has_none_itself() -> None:
    assert seen(burned(CORNER, letters("latin", 40), add=0)) is False


@pytest.mark.parametrize(
    ("script", "height"), [*((script, 40) for script in SCRIPTS), ("cyrillic", 24), ("hebrew", 80)]
)
def test_a_name_in_any_script_is_seen(script: str, height: int) -> None:
    assert seen(burned(CORNER, letters(script, height), put=4095)) is True


@pytest.mark.parametrize("script", ["arabic", "chinese", "devanagari"])
def test_a_name_in_any_script_is_seen_dark_on_dark(script: str) -> None:
    assert seen(with_a_dark_bar(letters(script, 40))) is True


@pytest.mark.parametrize("script", ["latin", "cyrillic", "hebrew"])
def test_a_faint_name_over_a_lung_is_seen(script: str) -> None:
    assert seen(burned(LUNG, letters(script, 40), add=200)) is True


@pytest.mark.parametrize("script", ["latin", "devanagari"])
def test_a_bright_name_over_the_bright_heart_is_seen(script: str) -> None:
    assert seen(burned(HEART, letters(script, 40), put=4095)) is True


@pytest.mark.parametrize("script", ["latin", "hebrew"])
def test_a_name_that_stands_on_its_side_is_seen(script: str) -> None:
    assert seen(burned(CORNER, letters(script, 40, turned=True), put=4095)) is True


@pytest.mark.parametrize("text", ["L", "AP ERECT"])
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
        ("APERECT", False),
        ("PALI", True),
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
    assert burned_in_text.is_word(text) is word


@pytest.mark.parametrize(
    ("box", "writing"),
    [
        (("", 0.0, 0.20, 0.04), True),  # a line of what cannot be read
        ((" ", 0.99, 0.20, 0.04), True),  # the reader is sure of nothing: letters that it does not know
        (("", 0.0, 0.085, 0.04), True),  # two letters of a Chinese name
        (("", 0.0, 0.08, 0.04), False),  # stout, as bones are
        (("", 0.0, 0.15, 0.07), False),
        (("", 0.0, 0.20, 0.011), False),  # thin, as wires are
        (("", 0.0, 0.50, 0.14), False),  # tall, as ribs are
        (("liegend", 0.9, 0.10, 0.03), False),  # a mark
        (("APERECT L", 0.6, 0.20, 0.03), False),
        (("liegend", 0.4, 0.10, 0.03), True),  # perhaps a mark
        (("DOE", 0.6, 0.05, 0.03), True),  # read, however stout
        (("DOE", 0.4, 0.05, 0.03), False),
    ],
)
def test_what_counts_as_writing(box: tuple[str, float, float, float], writing: bool) -> None:
    assert burned_in_text.is_writing(burned_in_text.Box(*box), burned_in_text.SURE) is writing


def test_a_reading_in_the_look_at_details_must_be_surer() -> None:
    assert burned_in_text.is_writing(burned_in_text.Box("50", 0.79, 0.05, 0.03), burned_in_text.SURE_OF_DETAIL) is False
    assert burned_in_text.is_writing(burned_in_text.Box("DOE", 0.8, 0.05, 0.03), burned_in_text.SURE_OF_DETAIL) is True


@pytest.mark.parametrize("found", [[], [[]], [[], [], []], [[{"text": "x"}], []], [["x"], []], None])
def test_an_answer_that_is_none_is_not_taken_for_a_clean_film(found: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(burned_in_text.detector, "ask", lambda *_: {"found": found})
    assert burned_in_text.found_in([]) is None


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
    monkeypatch.setattr(burned_in_text, "detector", HelperProcess("gazeapp.cases.no_such_process"))
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
        ("87d50e40", False),  # R, Bettaufnahme
        ("bd3ceeb6", True),  # Auf Station
    ],
)
def test_of_the_open_films_only_those_with_words_wait(film: str, held: bool) -> None:
    assert seen(OPEN_FILMS / f"{film}.png") is held
