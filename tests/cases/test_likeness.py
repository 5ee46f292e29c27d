"""A film that something is held against is not brought in again as other values, nor turned, trimmed or saved anew."""

from __future__ import annotations

import functools
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image

from gazeapp.cases import likeness, services, storage
from gazeapp.cases.models import Case, FilmVerdict
from gazeapp.cases.services import verdicts
from gazeapp.core.models import AuditEvent
from ml.simulator.cases import simulate_case
from ml.simulator.pool import make_world
from tests.cases.films import REPORT, png, ramp, stored_case
from tests.cases.test_meaning import lut
from tests.cases.test_verdicts import kind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_words")]
DEMO = Path(services.__file__).parents[2] / "core" / "demo_films"
ALIKE = "quarantined film-looks-alike"


@functools.cache
def chest(world: int = 1, number: int = 0) -> np.ndarray:
    """A simulated film of 12 bits, with a detector's noise."""
    rng = np.random.default_rng((world, number))
    film = simulate_case(make_world(world, None, size=448), (world, number), long_side=512).film
    return np.clip(film * 15.8 + rng.normal(0, 12, film.shape) + 30, 0, 4095).astype(np.uint16)


def changed() -> np.ndarray:
    film = chest().copy()
    film[0, 0] += 1
    return film


def saved_as_jpeg(quality: int) -> bytes:
    return png((chest() >> 4).astype(np.uint8), format="JPEG", quality=quality)


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return png((chest() >> 4).astype(np.uint8), exif=exif.tobytes())


def common_value() -> int:
    return int(np.bincount(chest().ravel()).argmax())


HEADERS: dict[str, Any] = {
    "a padding value": {"PixelPaddingValue": common_value},
    "half of it padding": {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": lambda: int(np.median(chest()))},
    "negative slope": {"RescaleSlope": "-1", "RescaleIntercept": "4095"},
    "linear table": {"ModalityLUTSequence": [lut(0, [value * 3 for value in range(4096)])]},
    "a table that goes up and down": {"ModalityLUTSequence": [lut(0, [abs(value - 2000) for value in range(4096)])]},
    "window baked in": {"VOILUTFunction": "SIGMOID", "WindowCenter": "1500", "WindowWidth": "900"},
    "most of it padding": {
        "PixelPaddingValue": 0,
        "PixelPaddingRangeLimit": lambda: int(np.percentile(chest(), 95)),
    },
    "a table that mixes": {"ModalityLUTSequence": [lut(0, [value * 1237 % 4096 for value in range(4096)])]},
    "a table that folds": {"ModalityLUTSequence": [lut(0, [value % 256 * 16 for value in range(4096)])]},
    "inverted": {"PhotometricInterpretation": "MONOCHROME1"},
    "flat pixels": {"PixelSpacing": [0.2, 0.1]},
    "tall pixels": {"PixelSpacing": [0.1, 0.3]},
}
PIXELS: dict[str, Any] = {
    "one value changed": changed,
    "two rows less": lambda: chest()[2:].copy(),
    "trimmed": lambda: chest()[2:-2, 1:-2].copy(),
    "1 % off each side": lambda: chest()[5:-5, 5:-5].copy(),
    "hard window": lambda: (np.clip(chest().astype(int) - 1000, 0, 1500)).astype(np.uint16),
    "gamma": lambda: (4095 * (chest() / 4095) ** 0.4).astype(np.uint16),
    "mirrored": lambda: np.fliplr(chest()).copy(),
    "on its side": lambda: np.rot90(chest()).copy(),
    "a bar over the corner": lambda: np.where(np.indices(chest().shape).sum(axis=0) < 100, 4095, chest()).astype("u2"),
}
FILES: dict[str, Any] = {
    "8-bit PNG": lambda: png((chest() >> 4).astype(np.uint8)),
    "PNG turned by EXIF": lambda: turned(3),
    "PNG mirrored by EXIF": lambda: turned(5),
    "JPEG": lambda: saved_as_jpeg(80),
    "coarse JPEG": lambda: saved_as_jpeg(25),
    "half its size": lambda: png(np.asarray(Image.fromarray((chest() >> 4).astype(np.uint8)).reduce(2))),
}


@pytest.fixture
def send(cast: SimpleNamespace, tmp_path: Path) -> Any:
    def file(content: bytes) -> Case:
        (tmp_path / "sent").write_bytes(content)
        return services.take_in(owner=cast.second_resident, path=tmp_path / "sent", report=REPORT, now=True)

    return file


@pytest.fixture
def hidden(take: Any, cast: SimpleNamespace) -> Case:
    case: Case = take(pixels=chest())
    services.hide(case=case, by=cast.resident)
    return case


@pytest.mark.parametrize("trick", HEADERS)
def test_a_hidden_film_with_another_header_waits(trick: str, hidden: Case, take: Any) -> None:
    changes = {keyword: value() if callable(value) else value for keyword, value in HEADERS[trick].items()}
    again = take(pixels=chest(), **changes)
    assert kind(again) == ALIKE and again.film_id != hidden.film_id


def test_a_hidden_film_whose_words_are_said_to_be_bytes_waits(hidden: Case, take: Any) -> None:
    changes = {"Rows": chest().shape[0] * 2, "BitsAllocated": 8, "BitsStored": 8}
    assert kind(take(pixels=chest(), **changes)) == ALIKE


def test_a_hidden_picture_with_another_palette_waits(send: Any, cast: SimpleNamespace) -> None:
    grey = Image.fromarray((chest() >> 4).astype(np.uint8))
    services.hide(case=send(png(np.asarray(grey))), by=cast.second_resident)
    file = io.BytesIO()
    palette = grey.convert("L")
    palette.putpalette([value * 77 % 256 for value in range(256) for _ in range(3)])
    palette.save(file, "PNG")
    assert kind(send(file.getvalue())) == ALIKE


@pytest.mark.parametrize("by", [2, 0.5, 0.25])
def test_a_hidden_film_cut_into_rows_of_another_length_waits(by: float, hidden: Case, take: Any) -> None:
    columns = int(chest().shape[1] * by)
    assert kind(take(pixels=chest().reshape(-1, columns))) == ALIKE


@pytest.mark.parametrize(
    ("changes", "waits"),
    [
        ({"PixelRepresentation": 1}, ALIKE),
        ({"BitsStored": 11}, "quarantined film-hidden"),
        ({"BitsStored": 11, "PixelRepresentation": 1}, ALIKE),
    ],
)
def test_a_hidden_film_whose_new_header_would_fold_its_greys_waits(
    changes: dict[str, int], waits: str, hidden: Case, take: Any
) -> None:
    assert kind(take(pixels=chest(), **changes)) == waits


@pytest.mark.parametrize("trick", PIXELS)
def test_a_hidden_film_with_changed_pixels_waits(trick: str, hidden: Case, take: Any) -> None:
    assert kind(take(pixels=PIXELS[trick]())) == ALIKE


@pytest.mark.parametrize("trick", FILES)
def test_a_hidden_film_saved_as_a_picture_waits(trick: str, hidden: Case, send: Any) -> None:
    assert kind(send(FILES[trick]())) == ALIKE


def test_another_film_does_not_wait(hidden: Case, take: Any) -> None:
    assert kind(take(pixels=chest(2))) == "ready"
    assert kind(take(pixels=ramp())) == "ready"


def test_another_film_of_the_same_simulated_chest_does_not_wait(hidden: Case, take: Any) -> None:
    assert [kind(take(pixels=chest(1, number))) for number in (1, 2, 3)] == ["ready"] * 3


@pytest.mark.parametrize("held", sorted(path.name for path in DEMO.glob("*.png")))
def test_films_of_the_demo_do_not_hold_each_other(held: str) -> None:
    looks = {path.name: likeness.signature(np.asarray(Image.open(path), "u2")) for path in DEMO.glob("*.png")}
    own = looks.pop(held)
    assert len(looks) == 4 and likeness.likenesses(own, list(looks.values())).max() < likeness.ALIKE - 0.1


def test_a_copy_of_a_rejected_film_waits_and_is_not_rejected_outright(take: Any, cast: SimpleNamespace) -> None:
    services.reject(case=take(pixels=chest(), BurnedInAnnotation="YES"), by=cast.faculty)
    again = take(pixels=changed())
    assert kind(again) == ALIKE and "saved in another way" in again.problem["detail"]


def test_a_copy_of_a_waiting_film_waits_for_its_look_and_not_for_what_was_found(take: Any) -> None:
    first = take(pixels=chest(), BurnedInAnnotation="YES")
    again = take(pixels=changed(), BurnedInAnnotation="YES")
    assert kind(again) == ALIKE
    told = AuditEvent.objects.filter(verb="film.deidentify").latest("id").detail
    assert told["like"] == first.film_id, "whoever decides can find out which film it is"


def test_a_copy_of_a_released_film_does_not_wait(take: Any, cast: SimpleNamespace) -> None:
    services.release(case=take(pixels=chest(), BurnedInAnnotation="YES"), by=cast.faculty)
    assert kind(take(pixels=changed())) == "ready"


def test_a_copy_that_was_released_is_not_held_again(hidden: Case, take: Any, cast: SimpleNamespace) -> None:
    services.release(case=take(pixels=changed()), by=cast.faculty)
    assert kind(take(owner=cast.second_resident, pixels=changed())) == "ready"
    assert kind(hidden) == "quarantined film-hidden"


@pytest.mark.parametrize(
    "again",
    [
        {"pixels": changed},
        {"pixels": lambda: np.fliplr(chest()).copy()},
        {"pixels": lambda: chest().reshape(-1, chest().shape[1] * 2)},
        {"pixels": chest, "ModalityLUTSequence": lambda: [lut(0, [value % 256 * 16 for value in range(4096)])]},
    ],
)
def test_a_copy_that_is_in_already_waits_once_the_film_is_hidden(
    again: dict[str, Any], take: Any, cast: SimpleNamespace
) -> None:
    first = take(pixels=chest())
    copy = take(owner=cast.second_resident, **{name: value() for name, value in again.items()})
    other = take(owner=cast.second_resident, pixels=chest(2))
    assert kind(copy) == "ready"
    services.hide(case=first, by=cast.resident)
    assert kind(copy) == ALIKE and kind(first) == "quarantined film-hidden" and kind(other) == "ready"
    assert AuditEvent.objects.get(verb="film.hide").detail["alike"] == [copy.film_id]


def test_a_copy_that_is_in_already_waits_once_the_film_is_rejected(take: Any, cast: SimpleNamespace) -> None:
    copy = take(pixels=changed(), report="Dr. Anna Smith reports.")
    first = take(pixels=chest(), BurnedInAnnotation="YES")
    assert kind(copy) == "confirming"
    services.reject(case=first, by=cast.faculty)
    assert kind(copy) == "confirming film-looks-alike" and copy.held and kind(first) == "refused film-rejected"


def test_a_copy_that_somebody_looked_at_stays_when_the_film_is_hidden(take: Any, cast: SimpleNamespace) -> None:
    copy = take(pixels=changed(), BurnedInAnnotation="YES")
    services.release(case=copy, by=cast.faculty)
    services.hide(case=take(pixels=chest()), by=cast.resident)
    assert kind(copy) == "ready"


def test_the_look_outlives_the_film(hidden: Case, take: Any, cast: SimpleNamespace) -> None:
    services.delete_case(case=hidden, by=cast.resident)
    assert kind(take(pixels=changed())) == ALIKE


def test_a_film_that_is_released_and_hidden_later_is_known_by_its_look(take: Any, cast: SimpleNamespace) -> None:
    case = take(pixels=chest(), BurnedInAnnotation="YES")
    FilmVerdict.objects.update(signature=b"", values="", words="")  # as if it had been judged before looks were kept
    services.release(case=case, by=cast.faculty)
    services.hide(case=case, by=cast.faculty)
    assert kind(take(pixels=changed())) == ALIKE


def test_a_film_whose_files_are_damaged_is_hidden_all_the_same(cast: SimpleNamespace) -> None:
    damaged, gone = stored_case(cast.resident, chest()), stored_case(cast.resident, chest(2))
    storage.pixels_path(damaged.film_id).write_bytes(b"\x1f\x8b not a film")
    storage.pixels_path(gone.film_id).unlink()
    for case in (damaged, gone):
        services.hide(case=case, by=cast.faculty)
        assert kind(case) == "quarantined film-hidden"
        assert FilmVerdict.objects.get(pk=case.film_id).signature == b""


def test_a_picture_that_shows_nothing_looks_like_none() -> None:
    for nothing in (ramp(), np.zeros((100, 100), "u2"), np.full((64, 64), 65535, "u2")):
        assert likeness.signature(nothing) == b""


def test_sizes_of_every_kind_have_a_signature() -> None:
    tall = np.kron(chest()[:64, :64], np.ones((100, 1), "u2"))
    for film in (chest()[:64, :64], chest()[:65, :131], tall, np.asfortranarray(chest()), chest()[::-1]):
        assert len(likeness.signature(film)) == likeness.LENGTH


def test_one_of_ten_thousand_held_films_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(-120, 121, (10_000, likeness.LENGTH)).astype(np.int8)
    noise[7_777] = np.frombuffer(likeness.signature(changed()), np.int8)
    FilmVerdict.objects.bulk_create(
        FilmVerdict(sha256=f"{number:064x}", verdict="hidden", at=timezone.now(), signature=row.tobytes())
        for number, row in enumerate(noise)
    )
    monkeypatch.setattr(likeness, "ALIKE", 0.9)
    assert verdicts._looks_like(likeness.Look.of(chest())) == f"{7_777:064x}"
