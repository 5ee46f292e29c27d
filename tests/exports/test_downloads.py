"""Taking a release: terms first, then bytes, also from the middle; written down; closed to whoever must not see it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from gazeapp.accounts.services import set_roles
from gazeapp.cases.models import FilmVerdict
from gazeapp.core.models import AuditEvent
from gazeapp.exports import ranges, terms
from gazeapp.exports.models import DataUse, Download, Release
from tests.cases.teaching import open_set
from tests.conftest import make_cast
from tests.exports import data
from tests.exports.conftest import make_lab
from tests.ratings import study

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made_once(module_db: None) -> tuple[SimpleNamespace, Release]:
    lab = make_lab(make_cast())
    return lab, data.made(lab)


@pytest.fixture
def lab(made_once: tuple[SimpleNamespace, Release], db: None) -> SimpleNamespace:
    return SimpleNamespace(**vars(made_once[0]))


@pytest.fixture
def release(made_once: tuple[SimpleNamespace, Release], lab: SimpleNamespace) -> Release:
    return Release.objects.get(pk=made_once[1].pk)


@pytest.fixture
def agreed(lab: SimpleNamespace, release: Release) -> Release:
    """The researcher has accepted the terms."""
    assert data.accept(lab.asks, release).status_code == 200
    return release


def archive(release: Release) -> bytes:
    return (data.folder(release).parent / "archive.zip").read_bytes()


# --- terms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "cases.csv"])
def test_without_the_terms_accepted_nothing_is_sent(path: str, lab: SimpleNamespace, release: Release) -> None:
    answer = data.fetch(lab.asks, release, path)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/terms-not-accepted")
    data.accept(lab.decides, release)  # somebody else's yes
    assert data.fetch(lab.asks, release, path).status_code == 403
    assert not Download.objects.exists()


def test_terms_are_accepted_by_their_version_and_written_down_once(lab: SimpleNamespace, release: Release) -> None:
    assert data.shown(lab.asks, release)["terms"] == {"version": 1, "text": terms.TERMS.text, "accepted_at": None}
    assert data.accept(lab.asks, release, version=7).json()["type"] == "/problems/text-changed"
    first = data.accept(lab.asks, release).json()["terms"]["accepted_at"]
    assert data.accept(lab.asks, release).json()["terms"]["accepted_at"] == first
    (use,) = DataUse.objects.all()
    assert (use.release, use.person, use.version) == (release, lab.researcher, 1)
    assert AuditEvent.objects.filter(verb="terms-accepted", target=f"release:{release.pk}").count() == 1


def test_terms_of_another_version_are_accepted_anew(
    lab: SimpleNamespace, agreed: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = terms.Terms(2, "Others.")
    for place in ("selectors", "representations", "services.downloads"):
        monkeypatch.setattr(f"gazeapp.exports.{place}.TERMS", newer)
    assert data.fetch(lab.asks, agreed).json()["type"] == "/problems/terms-not-accepted"
    assert data.accept(lab.asks, agreed, version=1).status_code == 409
    assert data.accept(lab.asks, agreed, version=2).status_code == 200
    assert data.fetch(lab.asks, agreed).status_code == 200


def test_terms_of_one_release_are_not_those_of_another(lab: SimpleNamespace, agreed: Release) -> None:
    assert data.fetch(lab.asks, data.made(lab)).status_code == 403


# --- bytes ------------------------------------------------------------------------------------------------------------


def test_all_of_it_comes_with_its_digest_and_is_not_kept_on_the_way(lab: SimpleNamespace, agreed: Release) -> None:
    answer = data.fetch(lab.asks, agreed)
    assert (answer.status_code, answer.body) == (200, archive(agreed))
    assert answer["ETag"] == f'"{agreed.archive["sha256"]}"'
    assert answer["Content-Length"] == str(len(answer.body))
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"] == 'attachment; filename="medgaze-release-1.zip"'
    assert answer["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize("cut", [0, 1, 777, -1])
def test_a_cut_download_goes_on_where_it_was_cut(cut: int, lab: SimpleNamespace, agreed: Release) -> None:
    whole = archive(agreed)
    first = cut % len(whole)
    answer = data.fetch(lab.asks, agreed, Range=f"bytes={first}-")
    assert (answer.status_code, whole[:first] + answer.body) == (206, whole)
    assert answer["Content-Range"] == f"bytes {first}-{len(whole) - 1}/{len(whole)}"
    assert answer["Content-Length"] == str(len(whole) - first)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=2-4", (2, 5)), ("bytes=0-0", (0, 1)), ("bytes=-3", (-3, None)), ("bytes=5-99999999", (5, None)),
        ("bytes=-99999999", (0, None)), ("bytes = 2 - 4", (2, 5)), (f"bytes=5-{'9' * 23}", (5, None)),
        (f"bytes=-{'9' * 23}", (0, None)),
    ],
)  # fmt: skip
def test_one_part_is_sent_as_it_is_asked(
    asked: str, part: tuple[int, int | None], lab: SimpleNamespace, agreed: Release
) -> None:
    answer = data.fetch(lab.asks, agreed, "fixations.csv", Range=asked)
    assert (answer.status_code, answer.body) == (
        206,
        (data.folder(agreed) / "fixations.csv").read_bytes()[slice(*part)],
    )


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-1,4-5",
        "lines=0-5",
        "bytes=5-2",
        "bytes=-",
        "bytes=a-",
        "bytes=1-2-3",
        "0-5",
        "bytes=--5",
        f"bytes={'9' * 5000}-",
    ],
)
def test_what_is_no_single_range_of_bytes_is_passed_over(asked: str, lab: SimpleNamespace, agreed: Release) -> None:
    answer = data.fetch(lab.asks, agreed, Range=asked)
    assert (answer.status_code, answer.body) == (200, archive(agreed))


@pytest.mark.parametrize(
    "asked",
    ["bytes={size}-", "bytes=99999999999-", f"bytes={'9' * 23}-", "bytes=-0", "bytes={size}-{size}"],
)
def test_bytes_that_are_not_there_are_416_with_the_size(asked: str, lab: SimpleNamespace, agreed: Release) -> None:
    size = len(archive(agreed))
    answer = data.fetch(lab.asks, agreed, Range=asked.format(size=size))
    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{size}")
    assert answer.json()["type"] == "/problems/range"
    assert not Download.objects.exists()


def test_a_part_of_another_version_is_never_put_to_what_one_has(lab: SimpleNamespace, agreed: Release) -> None:
    tag = f'"{agreed.archive["sha256"]}"'
    same = data.fetch(lab.asks, agreed, **{"Range": "bytes=5-", "If-Range": tag})
    assert (same.status_code, same.body) == (206, archive(agreed)[5:])
    for other in ('"other"', f"W/{tag}", "Wed, 21 Oct 2026 07:28:00 GMT"):
        answer = data.fetch(lab.asks, agreed, **{"Range": "bytes=5-", "If-Range": other})
        assert (answer.status_code, answer.body) == (200, archive(agreed))


def test_head_says_the_size_and_sends_and_notes_nothing(lab: SimpleNamespace, agreed: Release) -> None:
    answer = lab.asks.head(f"{data.API}/releases/{agreed.pk}/archive/", headers={"Range": "bytes=5-"})
    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(archive(agreed))))
    assert answer.content == b"" and not Download.objects.exists()


async def test_the_bytes_come_in_pieces_of_a_quarter_megabyte(tmp_path: Any) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(range(256)) * 4096)  # a megabyte
    pieces = [piece async for piece in ranges.pieces(path, 100, 1_000_000)]
    assert b"".join(pieces) == path.read_bytes()[100:1_000_000]
    assert max(map(len, pieces)) == 1 << 18


def test_the_answer_streams_and_does_not_stand_in_memory(lab: SimpleNamespace, agreed: Release) -> None:
    """Under ASGI only what comes in asynchronous pieces is sent as it is read; anything else is collected first."""
    answer = lab.asks.get(f"{data.API}/releases/{agreed.pk}/archive/")
    assert answer.streaming and answer.is_async


def test_a_file_that_is_gone_or_shorter_is_said_and_not_noted(lab: SimpleNamespace, agreed: Release) -> None:
    path = data.folder(agreed) / "cases.csv"
    path.chmod(0o644)
    path.write_bytes(b"half")
    answer = data.fetch(lab.asks, agreed, "cases.csv")
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/release-damaged")
    path.unlink()
    assert data.fetch(lab.asks, agreed, "cases.csv").status_code == 410
    assert not Download.objects.exists()


# --- written down -----------------------------------------------------------------------------------------------------


def test_each_download_is_written_down_with_its_first_byte(lab: SimpleNamespace, agreed: Release) -> None:
    data.fetch(lab.asks, agreed)
    data.fetch(lab.asks, agreed, Range="bytes=100-")
    data.fetch(lab.asks, agreed, "readings.csv")
    rows = Download.objects.order_by("id").values_list("release", "person", "file", "first_byte")
    wanted = [("archive", 0), ("archive", 100), ("readings.csv", 0)]
    assert list(rows) == [(agreed.pk, lab.researcher.pk, *one) for one in wanted]
    audited = AuditEvent.objects.filter(verb="download", target=f"release:{agreed.pk}").order_by("id")
    assert [(row.detail["file"], row.detail["first_byte"]) for row in audited] == wanted


# --- hostile paths ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "../archive.zip", "../../secret", "%2e%2e/archive.zip", "..%2farchive.zip", "/etc/passwd", "//etc/passwd",
        "./cases.csv", "cases.csv/", "CASES.CSV", "data/cases.csv", "cases.csv%00", "", ".", "terms/../cases.csv",
    ],
)  # fmt: skip
def test_only_what_the_list_names_is_ever_opened(path: str, lab: SimpleNamespace, agreed: Release) -> None:
    answer = lab.asks.get(f"{data.API}/releases/{agreed.pk}/files/{path}")
    assert answer.status_code in {400, 404} and not answer.streaming
    assert not Download.objects.exists()


# --- closed -----------------------------------------------------------------------------------------------------------


def refused(client: Any, release: Release) -> str:
    """The words with which every door is closed."""
    told = data.shown(client, release)
    assert (told["files"], told["archive"]) == ([], None)
    for answer in (data.accept(client, release), data.fetch(client, release), data.fetch(client, release, "cases.csv")):
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/release-closed")
        assert answer.json()["detail"] == told["closed"]
    return str(told["closed"])


def test_it_is_closed_to_a_researcher_who_still_has_to_read_one_of_its_films(
    lab: SimpleNamespace, agreed: Release, client_for: Callable[[Any], Any], practised: SimpleNamespace
) -> None:
    """Also after the terms were accepted: closing counts when somebody asks."""
    made = open_set(lab.faculty, lab.cases[0])
    assert data.shown(lab.asks, agreed)["closed"] is None
    set_roles(user=lab.researcher, roles=["resident", "researcher"], by="test")
    assert "practice sets" in refused(client_for(lab.researcher), agreed)
    practised.commit(lab.researcher, lab.cases[0])
    assert data.shown(client_for(lab.researcher), agreed)["closed"] is None
    practised.commit(lab.researcher, lab.cases[1])
    made.open = False
    made.save()
    assert data.fetch(client_for(lab.researcher), agreed).status_code == 200


SINCE = {"version": "1", "cases": 0, "readings": 0, "fixations": 0, "left": 0}


def test_it_is_closed_to_who_rates_one_of_its_films_blind_until_the_study_closes(
    lab: SimpleNamespace, release: Release, client_for: Callable[[Any], Any]
) -> None:
    organiser = client_for(lab.faculty)
    study.predicted(lab.cases[0], study.path(30))
    planned = study.plan(organiser, lab.cases[:1], ["human", "model", "shuffled"], [lab.admin], repeats=0.0)
    assert study.start(organiser, planned).status_code == 200
    assert "study" in refused(lab.decides, release)
    assert data.accept(lab.asks, release).status_code == 200  # who does not rate
    row = next(
        row for row in lab.decides.get(f"{data.API}/releases/").json()["results"] if row["id"] == str(release.pk)
    )
    told = data.shown(lab.decides, release)
    for one in (row, told):
        assert (one["counts"]["fixations"], one["size_bytes"]) == (0, 0), "a reading is known by its length"
    assert data.shown(lab.asks, release)["counts"]["fixations"] > 0
    since = {**SINCE, "fixations": -18}
    archive = {"size_bytes": 1, "sha256": "0" * 64}
    other = Release.objects.create(number=99, query={}, state="ready", since=since, archive=archive)
    assert data.shown(lab.asks, other)["since"]["fixations"] == -18
    assert data.shown(lab.decides, other)["since"] is None, "it tells how long the closed one before it is"
    study.close(organiser, planned)
    assert data.accept(lab.decides, release).status_code == 200
    assert data.fetch(lab.decides, release).status_code == 200


def test_a_study_that_starts_between_asking_and_sending_closes_it_all_the_same(
    lab: SimpleNamespace, release: Release, client_for: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start did not see a download, so the download must see the start."""
    organiser = client_for(lab.faculty)
    planned = study.plan(organiser, lab.cases[:1], ["human"], [lab.admin], repeats=0.0)
    assert data.accept(lab.decides, release).status_code == 200
    answer, starts = ranges.answer, iter([planned])

    def slowly(*args: Any, **more: Any) -> Any:
        for one in starts:
            assert study.start(organiser, one).status_code == 200
        return answer(*args, **more)

    monkeypatch.setattr(ranges, "answer", slowly)
    asked = data.fetch(lab.decides, release)
    assert (asked.status_code, asked.json()["type"]) == (403, "/problems/release-closed")
    assert not Download.objects.exists()


def test_a_deleted_case_keeps_the_release_closed_to_its_blind_raters(
    lab: SimpleNamespace, release: Release, client_for: Callable[[Any], Any]
) -> None:
    from gazeapp.recordings.models import Recording

    organiser = client_for(lab.faculty)
    planned = study.plan(organiser, lab.cases[:1], ["simulated", "shuffled"], [lab.admin], repeats=0.0)
    assert study.start(organiser, planned).status_code == 200
    Recording.objects.filter(case=lab.cases[0]).delete()
    assert "study" in refused(lab.decides, release)


def test_films_that_may_show_an_identity_close_it_to_all(lab: SimpleNamespace, agreed: Release) -> None:
    """Somebody saw one after the release was made. Without films nothing of that is in it."""
    with_films = data.made(lab, films=True)
    for client in (lab.asks, lab.decides):
        assert data.accept(client, with_films).status_code == 200
    verdict = FilmVerdict.objects.create(sha256=lab.cases[0].film_id, verdict="hidden", at=timezone.now())
    for client in (lab.asks, lab.decides):
        assert "identity" in refused(client, with_films)
    assert data.fetch(lab.asks, agreed).status_code == 200
    FilmVerdict.objects.filter(pk=verdict.pk).update(verdict="released")
    assert data.fetch(lab.asks, with_films).status_code == 200


@pytest.mark.parametrize("role", ["resident", "faculty", "outsider"])
def test_who_is_neither_researcher_nor_admin_gets_nothing(
    role: str, lab: SimpleNamespace, release: Release, client_for: Callable[[Any], Any]
) -> None:
    client = client_for(getattr(lab, role))
    assert data.accept(client, release).status_code == 403
    assert data.fetch(client, release).status_code == data.fetch(client, release, "cases.csv").status_code == 403
    assert client.get(f"{data.API}/releases/").status_code == 403
