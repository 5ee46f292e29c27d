"""Eye trackers' files: what is read from them, and what is refused with which reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gazeapp.recordings import importers
from gazeapp.recordings.importers.session import FileRefused, Frame

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "eyelink"


def asc(
    *lines: str, eyes: str = "LEFT", rate: str = "1000.00", screen: str = "MSG\t1 DISPLAY_COORDS 0 0 1279 1023"
) -> str:
    """An EyeLink file with one recording block."""
    return "\n".join(
        [
            "** CONVERTED FROM a.edf using edfapi",
            "** TYPE: EDF_FILE BINARY EVENT SAMPLE TAGGED",
            "** EYELINK II CL v6.12 Feb  1 2018 (EyeLink Portable Duo)",
            screen,
            "MSG\t900 !CAL VALIDATION HV9 L LEFT  GOOD ERROR 0.27 avg. 0.83 max  OFFSET 0.11 deg. 3.7,2.4 pix.",
            "MSG\t950 TRIALID film 7",
            f"START\t1000 \t{eyes}\tSAMPLES\tEVENTS",
            f"EVENTS\tGAZE\t{eyes}\tRATE\t{rate}\tTRACKING\tCR\tFILTER\t2",
            f"SAMPLES\tGAZE\t{eyes}\tRATE\t{rate}\tTRACKING\tCR\tFILTER\t2",
            *lines,
            "END\t1010 \tSAMPLES\tEVENTS\tRES\t  47.75\t  45.92",
        ]
    )


def refusal(text: str) -> str:
    with pytest.raises(FileRefused) as refused:
        importers.read(text)
    return refused.value.kind


# --- EyeLink --------------------------------------------------------------------------------------------------------


def test_a_trial_has_seconds_from_its_start_pixels_of_the_screen_and_its_name() -> None:
    session = importers.read(asc("1000\t 10.0\t 20.0\t 800.0\t...", "1001\t 11.5\t 21.5\t 800.0\t..."))
    (trial,) = session.trials
    eye = trial.eyes["left"]
    assert (trial.name, list(trial.eyes)) == ("film 7", ["left"])
    assert eye.time_s.tolist() == [0.0, 0.001]
    assert (eye.x.tolist(), eye.y.tolist()) == ([10.0, 11.5], [20.0, 21.5])
    assert (session.frame, session.screen_px, session.rate_hz) == (Frame.SCREEN_PX, (1280, 1024), 1000.0)
    assert (session.device, session.accuracy_deg) == ("EyeLink Portable Duo", {"left": 0.27})


def test_two_eyes_stay_apart_and_a_lost_one_is_missing_not_a_place() -> None:
    rows = ("1000 1.0 2.0 300 3.0 4.0 300 .....", "1001 . . 0.0 3.5 4.5 300 .....")
    eyes = importers.read(asc(*rows, eyes="LEFT\tRIGHT")).trials[0].eyes
    assert (eyes["left"].x[0], eyes["left"].y[0], eyes["right"].x[0], eyes["right"].y[0]) == (1, 2, 3, 4)
    assert np.isnan(eyes["left"].x[1])
    assert (eyes["left"].lost, eyes["right"].lost) == (0.5, 0.0)


def test_half_milliseconds_of_two_kilohertz_are_kept() -> None:
    rows = [f"{1000 + i / 2:.1f}\t 1.0\t 2.0\t 3.0\t..." for i in range(4)]
    assert importers.read(asc(*rows, rate="2000.00")).trials[0].eyes["left"].time_s.tolist() == [
        0,
        0.0005,
        0.001,
        0.0015,
    ]


def test_a_fixation_of_the_tracker_lasts_as_long_as_the_file_says_with_its_last_sample() -> None:
    """From 1002 to 1008 are seven samples: 7 ms, where end less start would be 6."""
    found = (
        importers.read(asc("1000 1 2 3 ...", "EFIX L   1002\t1008\t7\t  141.0\t  132.2\t    791")).trials[0].fixations
    )
    (fixation,) = found["left"]
    assert (fixation.onset_s, fixation.duration_s, fixation.x, fixation.y) == (0.002, 0.007, 141.0, 132.2)


def test_a_file_of_events_alone_keeps_its_fixations_and_says_so() -> None:
    session = importers.read(asc("EFIX L   1002\t1008\t7\t  141.0\t  132.2\t    791"))
    assert len(session.trials[0].fixations["left"]) == 1
    assert session.trials[0].eyes == {}
    assert "no samples" in session.notes[0]


def test_a_trial_message_inside_a_block_begins_another_trial() -> None:
    lines = ("1000 1 2 3 ...", "MSG 1001 TRIALID second", "1002 4 5 6 ...", "EFIX L 1000 1003 4 9.0 9.0 700")
    first, second = importers.read(asc(*lines)).trials
    assert (first.name, second.name) == ("film 7", "second")
    assert (first.eyes["left"].x.tolist(), second.eyes["left"].x.tolist()) == ([1.0], [4.0])
    assert second.eyes["left"].time_s.tolist() == [0.001]
    assert second.fixations == {}  # it began before this stimulus


@pytest.mark.parametrize(
    ("coords", "size"), [("0 0 1279 1023", (1280, 1024)), ("0.00 0.00 1920.00 1080.00", (1920, 1080))]
)
def test_the_screen_is_as_large_as_its_last_pixel_says(coords: str, size: tuple[int, int]) -> None:
    assert importers.read(asc("1000 1 2 3 ...", screen=f"MSG\t1 GAZE_COORDS {coords}")).screen_px == size


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (asc("1000 1 2 3 ...", screen=""), "screen-in-doubt"),
        (asc("1000 1 2 3 ...", screen="MSG 1 DISPLAY_COORDS 0 0 9 9"), "screen-in-doubt"),
        (asc("1000 1 2 3 ...", eyes=""), "eye-in-doubt"),
        (asc("1000 1 2 3 ...").replace("SAMPLES\tGAZE", "SAMPLES\tHREF"), "frame-in-doubt"),
        (asc("EFIX L 1002 1008 7 1.0 2.0 791").replace("EVENTS\tGAZE", "EVENTS\tHREF"), "frame-in-doubt"),
        (asc(), "empty"),
        (asc("1000 1 zwei 3 ..."), "damaged"),
        (asc("1000 1"), "damaged"),
        (asc("EFIX L 1002"), "damaged"),
        (asc("1000 1 2 3 ...", "5000000 1 2 3 ..."), "time-in-doubt"),
        ("hello", "not-recognised"),
        ("", "not-recognised"),
    ],
)
def test_what_is_in_doubt_is_refused_with_its_reason(text: str, kind: str) -> None:
    assert refusal(text) == kind


@pytest.mark.parametrize(
    ("file", "rate", "screen", "trials"),
    [
        ("eyelink_monocular_example.asc", 1000.0, (1280, 1024), 5),
        ("eyelink_monocular_2khz_example.asc", 2000.0, (1280, 1024), 5),
        ("eyelink_binocular_example.asc", 1000.0, (1920, 1080), 2),
    ],
)
def test_real_recordings_are_read(file: str, rate: float, screen: tuple[int, int], trials: int) -> None:
    path = REAL / file
    if not path.exists():
        pytest.skip("the open EyeLink recordings are not here")
    session = importers.read(path.read_text())
    assert (session.device, session.rate_hz, session.screen_px) == ("EyeLink Portable Duo", rate, screen)
    assert len(session.trials) == trials


# --- tables ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "frame", "step"),
    [
        ("time_s,x_px,y_px", Frame.SCREEN_PX, "0.01"),
        ("time_ms,x_film,y_film", Frame.FILM, "10"),
        ("timestamp [us],gaze x [px],gaze y [px]", Frame.SCREEN_PX, "10000"),
        ("t_ns,x_screen,y_screen", Frame.SCREEN, "10000000"),
        ("Recording time (ms),X position (px),Y position (px)", Frame.SCREEN_PX, "10"),
    ],
)
def test_columns_say_their_units(header: str, frame: Frame, step: str) -> None:
    values = ("600", "300") if frame is Frame.SCREEN_PX else ("0.6", "0.3")
    text = f"{header}\n" + "".join(f"{i * float(step):.6g},{values[0]},{values[1]}\n" for i in range(5))
    session = importers.read(text)
    samples = session.trials[0].eyes["gaze"]
    assert session.frame is frame
    assert samples.time_s == pytest.approx([0.0, 0.01, 0.02, 0.03, 0.04])
    assert (samples.x[0], samples.y[0]) == (float(values[0]), float(values[1]))
    assert session.rate_hz == pytest.approx(100.0)


def test_a_decimal_comma_a_byte_order_mark_and_an_empty_last_column_are_read() -> None:
    text = "\ufefftime_ms;x_film;y_film;\n0,0;0,25;0,5;\n16,7;0,26;.;\n"
    samples = importers.read(text).trials[0].eyes["gaze"]
    assert (samples.x.tolist(), samples.y[0]) == ([0.25, 0.26], 0.5)
    assert np.isnan(samples.y[1])


def test_trials_and_eyes_are_told_apart_and_each_trial_begins_at_nought() -> None:
    text = "trial\ttime_ms\teye\tx_px\ty_px\n" + "".join(
        f"{trial}\t{start + 4 * i}\t{eye}\t{700 + i}\t500\n"
        for trial, start in (("a", 1000), ("b", 9000))
        for i in range(3)
        for eye in "LR"
    )
    first, second = importers.read(text).trials
    assert (first.name, second.name, sorted(second.eyes)) == ("a", "b", ["left", "right"])
    assert second.eyes["right"].time_s == pytest.approx([0, 0.004, 0.008])


def test_a_table_with_durations_holds_fixations() -> None:
    text = "onset_s,duration_ms,x_film,y_film\n5.0,250,0.5,0.4\n5.3,300,0.6,0.4\n"
    trial = importers.read(text).trials[0]
    assert [(f.onset_s, f.duration_s, f.x) for f in trial.fixations["gaze"]] == [
        pytest.approx((0.0, 0.25, 0.5)),
        pytest.approx((0.3, 0.3, 0.6)),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("time,x_px,y_px\n0,1,2\n", "unit-in-doubt"),
        ("time_ms,x,y\n0,1,2\n", "unit-in-doubt"),
        ("time_ms,x_px,y_film\n0,1,2\n", "unit-in-doubt"),
        ("time_ms,x_px,y_px\n0,.1,.2\n10,.1,.2\n", "unit-in-doubt"),
        ("time_ms,x_film,y_film\n0,400,300\n10,400,300\n", "unit-in-doubt"),
        ("time_s,x_px,y_px\n0,100,100\n16,100,100\n33,100,100\n", "time-in-doubt"),  # milliseconds said to be seconds
        ("time_ms,x_px,y_px\n0,100,100\n0,100,100\n", "time-in-doubt"),
        ("time_ms,x_px,y_px\n10,100,100\n0,100,100\n", "time-in-doubt"),
        ("time_ms,x_px,y_px,x_film\n0,1,2,3\n", "columns-in-doubt"),
        ("time_ms,x_px,z_px\n0,1,2\n", "columns-in-doubt"),
        ("time_ms,x_px,y_px\n", "empty"),
        ("time_ms,x_px,y_px\n0,a,2\n", "damaged"),
        ("time_ms,x_px,y_px\n0,1\n", "damaged"),
        ("time_ms,x_px,y_px\n,1,2\n", "damaged"),
        ("time_ms,x_px,y_px\n0,inf,2\n", "damaged"),
        ("onset_s,duration_s,x_film,y_film\n0,0,0.5,0.5\n", "time-in-doubt"),
        ("onset_s,duration_s,x_film,y_film\n0,250,0.5,0.5\n", "time-in-doubt"),
    ],
)
def test_a_table_in_doubt_is_refused_with_its_reason(text: str, kind: str) -> None:
    assert refusal(text) == kind
