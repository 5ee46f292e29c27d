"""Batches of a recording: acknowledged when durable, the same when sent again, and sealed with their fixations."""

from __future__ import annotations

import errno
import gzip
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from gazeapp.core.problems import Problem
from gazeapp.recordings import selectors, services, storage
from gazeapp.recordings.models import FixationSet, Recording, RecordingPart
from tests.recordings.conftest import rest_at, send

pytestmark = pytest.mark.django_db
FIRST = [[0.0, 0.1, 0.2], [0.1, 0.3, 0.4]]


@pytest.fixture(autouse=True)
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def writer(recording: Recording) -> str:
    return services.take(recording)


def refused(*args: Any, **more: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        send(*args, **more)
    return caught.value


def test_a_batch_is_a_file_and_a_row_and_can_be_read_again(recording: Recording, writer: str) -> None:
    part, new = send(recording, writer, 0, FIRST, views=[[0.05, {"scale": 2.0}]], events=[[0.1, "blur"]])
    assert new
    assert storage.load(part.sha256) == {
        "samples": FIRST,
        "views": [[0.05, {"scale": 2.0}]],
        "events": [[0.1, "blur"]],
    }
    recording.refresh_from_db()
    assert (recording.samples, recording.duration_s) == (2, 0.1)
    assert (selectors.next_seq(recording), selectors.end_s(recording)) == (1, 0.1)


def test_the_same_batch_sent_again_is_acknowledged_again_and_kept_once(recording: Recording, writer: str) -> None:
    send(recording, writer, 0, FIRST)
    part, new = send(recording, writer, 0, FIRST)
    assert (part.seq, new) == (0, False)
    assert RecordingPart.objects.count() == 1
    recording.refresh_from_db()
    assert recording.samples == 2


def test_the_same_batch_is_acknowledged_to_a_page_that_was_replaced_meanwhile(
    recording: Recording, writer: str
) -> None:
    send(recording, writer, 0, FIRST)
    services.take(recording)
    assert send(recording, writer, 0, FIRST)[1] is False


def test_a_batch_that_finds_no_room_is_answered_in_words_and_can_be_sent_again(
    recording: Recording, writer: str, cast: SimpleNamespace, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_for(cast.resident)
    client.raise_request_exception = False

    def batch() -> Any:
        body = {"writer": writer, "samples": FIRST}
        return client.post(f"/api/v1/recordings/{recording.pk}/parts/0/", body, format="json")

    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(storage, "write_whole", full)
        refused = batch()
    assert (refused.status_code, refused.json()["type"]) == (507, "/problems/disk-full")
    assert refused["Content-Type"] == "application/problem+json"
    assert batch().status_code == 201


def test_another_batch_under_a_number_that_is_taken_is_refused(recording: Recording, writer: str) -> None:
    send(recording, writer, 0, FIRST)
    problem = refused(recording, writer, 0, [[0.0, 0.1, 0.2], [0.1, 0.3, 0.5]])
    assert (problem.kind, problem.code) == ("part-differs", 409)
    assert selectors.log_of(recording)["samples"] == FIRST


def test_a_batch_whose_predecessor_is_missing_is_refused_and_told_which(recording: Recording, writer: str) -> None:
    problem = refused(recording, writer, 2, FIRST)
    assert (problem.kind, problem.more) == ("part-early", {"next_seq": 0})


def test_only_the_page_that_took_the_recording_last_may_send(recording: Recording, writer: str) -> None:
    newer = services.take(recording)
    assert refused(recording, writer, 0, FIRST).kind == "taken-over"
    assert refused(recording, "", 0, FIRST).kind == "taken-over"
    assert send(recording, newer, 0, FIRST)[1]


def test_a_recording_that_nobody_took_takes_nothing(recording: Recording) -> None:
    assert refused(recording, "", 0, FIRST).kind == "taken-over"


@pytest.mark.parametrize("first", [0.1, 0.05])
def test_a_batch_must_begin_after_the_one_before_it(recording: Recording, writer: str, first: float) -> None:
    send(recording, writer, 0, FIRST)
    assert refused(recording, writer, 1, [[first, 0.5, 0.5]]).kind == "invalid-batch"
    assert send(recording, writer, 1, [[0.1001, 0.5, 0.5]])[1]


def test_a_batch_of_events_alone_moves_the_time_on_but_is_no_sample(recording: Recording, writer: str) -> None:
    send(recording, writer, 0, FIRST)
    send(recording, writer, 1, [], events=[[0.5, "blur"]])
    assert selectors.end_s(recording) == 0.5
    assert refused(recording, writer, 2, [[0.4, 0.5, 0.5]]).kind == "invalid-batch"
    recording.refresh_from_db()
    assert recording.duration_s == 0.1


@pytest.mark.parametrize(
    "body",
    [
        {"samples": [[0.0, 0.1]]},
        {"samples": [[0.0, 0.1, None]]},
        {"samples": [[0.0, "0.1", 0.2]]},
        {"samples": [[0.0, True, 0.2]]},
        {"samples": [[-0.1, 0.1, 0.2]]},
        {"samples": [[1e9, 0.1, 0.2]]},
        {"samples": [[0.0, 300.0, 200.0]]},
        {"samples": [[0.1, 0.1, 0.2], [0.1, 0.1, 0.2]]},
        {"samples": [[0.2, 0.1, 0.2], [0.1, 0.1, 0.2]]},
        {"samples": [[i / 1000, 0.1, 0.2] for i in range(2001)]},
        {"samples": {"0": 1}},
        {"samples": [{}]},
        {"views": [[0.0, {"zoom": 1.0}]]},
        {"views": [[0.0, {"scale": "1"}]]},
        {"views": [[0.0, {"invert": 1}]]},
        {"views": [[0.0, {"box": [1, 2, 3]}]]},
        {"views": [[0.2, {}], [0.1, {}]]},
        {"events": [[0.0, "boom"]]},
        {"events": [[0.0, []]]},
        {"events": [[0.0, {}]]},
        {"views": [[0.0, {"box": [1e308, 1]}]]},
        {"events": [[0.0, "blur", {"deep": {"er": 1}}]]},
        {"events": [[0.0, "blur", {"long": "x" * 41}]]},
        {"notes": []},
    ],
)
def test_a_batch_that_is_none_is_refused_before_anything_is_written(
    recording: Recording, writer: str, body: dict[str, Any], media: Path
) -> None:
    with pytest.raises(Problem) as caught:
        services.receive_part(recording=recording, seq=0, writer=writer, body=body)
    assert (caught.value.kind, caught.value.code) == ("invalid-batch", 400)
    assert caught.value.detail
    assert not list(media.glob("recordings/*/*"))


def test_a_sample_may_be_without_a_place(recording: Recording, writer: str) -> None:
    send(recording, writer, 0, [[0.0, None, None], [0.1, 0.1, 0.2]])
    found = selectors.samples_of(recording)
    assert found.time_s.tolist() == [0.0, 0.1]
    assert found.x[1] == 0.1 and found.x[0] != found.x[0]


def test_a_sealed_recording_has_its_fixations_and_takes_nothing_more(recording: Recording, writer: str) -> None:
    """Thirty samples at 60 Hz last from the first to the last: 29/60 s."""
    send(recording, writer, 0, rest_at(0.2, 0.3, 0.0))
    send(recording, writer, 1, rest_at(0.7, 0.6, 0.5))
    sealed = services.seal(recording=recording, parts=2)
    found = selectors.fixation_set(sealed)
    assert found is not None
    rows = [(round(f["x"], 6), round(f["y"], 6), f["onset_s"]) for f in found.fixations]
    assert rows == [(0.2, 0.3, 0.0), (0.7, 0.6, 0.5)]
    assert [f["duration_s"] for f in found.fixations] == pytest.approx([29 / 60] * 2)
    assert (found.method, found.parameters["max_spread"]) == ("I-DT", 0.08)
    assert (sealed.state, sealed.rate_hz, sealed.quality) == (
        "sealed",
        60.0,
        {"lost": 0.0, "gaps": 0, "missing": 0.0},
    )
    assert refused(recording, writer, 2, [[9.0, 0.5, 0.5]]).kind == "recording-closed"


def test_spread_is_judged_on_the_film_as_it_is_shown(recording: Recording, writer: str) -> None:
    """A film twice as high as wide: .045 of its height is .09 widths, more than a fixation may spread (.08)."""
    Recording.objects.filter(pk=recording.pk).update(aspect=2.0)
    shaky = [[i / 60, 0.5, 0.5 + 0.045 * (i % 2)] for i in range(30)]
    send(recording, writer, 0, shaky)
    found = selectors.fixation_set(services.seal(recording=recording, parts=1))
    assert found is not None and found.fixations == []


def test_a_pause_counts_by_its_time_too(recording: Recording, writer: str) -> None:
    """Half a second of samples, then nothing for nine seconds and a half."""
    send(recording, writer, 0, [*rest_at(0.2, 0.3, 0.0), [10.0, 0.2, 0.3]])
    sealed = services.seal(recording=recording, parts=1)
    assert (sealed.quality["gaps"], round(sealed.quality["missing"], 2)) == (1, 0.95)


def test_a_batch_of_a_time_that_has_not_come_is_refused(recording: Recording, writer: str) -> None:
    assert refused(recording, writer, 0, [[0.0, 0.5, 0.5], [3000.0, 0.5, 0.5]]).kind == "invalid-batch"
    assert send(recording, writer, 0, [[0.0, 0.5, 0.5], [590.0, 0.5, 0.5]])[1]


def test_a_seal_waits_for_every_batch_and_says_which_are_missing(recording: Recording, writer: str) -> None:
    send(recording, writer, 0, FIRST)
    with pytest.raises(Problem) as caught:
        services.seal(recording=recording, parts=3)
    assert (caught.value.kind, caught.value.more) == ("parts-missing", {"missing": [1, 2]})
    recording.refresh_from_db()
    assert recording.state == "open"


def test_sealing_twice_finds_the_fixations_once(recording: Recording, writer: str) -> None:
    send(recording, writer, 0, rest_at(0.2, 0.3, 0.0))
    services.seal(recording=recording, parts=1)
    services.seal(recording=recording, parts=1)
    assert FixationSet.objects.count() == 1


def test_a_recording_without_samples_is_sealed_too(recording: Recording) -> None:
    sealed = services.seal(recording=recording, parts=0)
    found = selectors.fixation_set(sealed)
    assert found is not None and found.fixations == [] and sealed.rate_hz is None


def test_a_discarded_recording_leaves_nothing_on_disk(
    recording: Recording, writer: str, media: Path, cast: SimpleNamespace, django_capture_on_commit_callbacks: Any
) -> None:
    send(recording, writer, 0, rest_at(0.2, 0.3, 0.0))
    services.seal(recording=recording, parts=1)
    with django_capture_on_commit_callbacks(execute=True):
        services.discard(recording=recording, by=cast.resident)
    assert not list(media.glob("recordings/*/*"))
    assert not FixationSet.objects.exists() and not RecordingPart.objects.exists()
    assert not selectors.recordings_of(cast.resident).exists()


def test_a_file_that_two_recordings_share_stays_until_both_are_discarded(
    recording: Recording, writer: str, media: Path, cast: SimpleNamespace, django_capture_on_commit_callbacks: Any
) -> None:
    assert recording.case is not None
    other = services.start_recording(
        reader=services.reader_of(cast.second_resident), case=recording.case, source="aperture", aspect=1.0
    )
    part, _ = send(recording, writer, 0, FIRST)
    send(other, services.take(other), 0, FIRST)
    with django_capture_on_commit_callbacks(execute=True):
        services.discard(recording=recording, by=cast.resident)
    assert storage.load(part.sha256)["samples"] == FIRST


@pytest.mark.parametrize("harm", ["gone", "changed", "cut"])
def test_a_file_that_the_disk_lost_or_changed_is_told_and_not_believed(
    recording: Recording, writer: str, media: Path, harm: str
) -> None:
    send(recording, writer, 0, FIRST)
    (file,) = media.glob("recordings/*/*.json.gz")
    if harm == "gone":
        file.unlink()
    elif harm == "changed":
        file.write_bytes(gzip.compress(b'{"events":[],"samples":[],"views":[]}'))
    else:
        file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(Problem) as caught:
        selectors.log_of(recording)
    assert (caught.value.kind, caught.value.code) == ("recording-damaged", 410)


def test_the_sweep_takes_old_files_without_a_row_and_no_others(
    recording: Recording, writer: str, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(recording, writer, 0, FIRST)
    orphan = storage.store(b'{"events":[],"samples":[[9,0.5,0.5]],"views":[]}')
    assert services.sweep_orphans() == 0
    monkeypatch.setattr(storage, "ORPHAN_AFTER_S", -1.0)
    assert services.sweep_orphans() == 1
    with pytest.raises(storage.PartDamaged):
        storage.load(orphan)
    assert selectors.log_of(recording)["samples"] == FIRST


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_sent_by_many_at_once_is_kept_once(recording: Recording, writer: str) -> None:
    outcomes: list[Any] = []

    def again() -> None:
        try:
            outcomes.append(send(recording, writer, 0, FIRST)[1])
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=again) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["False"] * 5 + ["True"]
    assert RecordingPart.objects.count() == 1


def test_everybody_is_one_reader_under_a_pseudonym_of_chance(cast: SimpleNamespace) -> None:
    reader = services.reader_of(cast.resident)
    assert services.reader_of(cast.resident) == reader
    assert cast.resident.username not in reader.pseudonym
    assert services.reader_of(cast.second_resident).pseudonym != reader.pseudonym
