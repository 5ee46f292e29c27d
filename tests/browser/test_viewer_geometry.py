"""The picture lies where the mapping says: screenshots against the film's own pixels, at fit, 1:1 and 8x."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page

Array = NDArray[np.float64]
MakePage = Callable[..., Page]
Serve = Callable[[dict[str, bytes]], str]

PAGE = b"""<!doctype html><link rel="icon" href="data:,"><link rel="stylesheet" href="/page.css"><canvas></canvas>
<script type="module" src="/harness/harness.js"></script>"""
STAGE = (520, 400)  # CSS px
MARGIN = (7, 5)
CSS = f"""body {{ margin: 0; background: #000 }}
canvas {{ position: absolute; left: {MARGIN[0]}px; top: {MARGIN[1]}px; width: {STAGE[0]}px; height: {STAGE[1]}px }}"""
WINDOW = (2048.0, 4096.0)
SIZES = [(601, 457), (333, 1001), (64, 51)]  # columns, rows; odd on purpose


def film_pixels(columns: int, rows: int) -> NDArray[np.uint16]:
    """Smooth waves, sharp edges and noise: any shift of half a pixel changes what is seen."""
    rng = np.random.default_rng(columns)
    y, x = np.mgrid[:rows, :columns]
    waves = 1500 + 900 * np.sin(x / 7.3) * np.cos(y / 5.1)
    edges = 900.0 * ((x // 13 + y // 11) % 2)
    return np.clip(waves + edges + rng.normal(0, 150, (rows, columns)), 0, 4095).astype(np.uint16)


def film_data(columns: int, rows: int, **more: Any) -> dict[str, Any]:
    return {
        "sha256": "0" * 64,
        "rows": rows,
        "columns": columns,
        "bits": 12,
        "window_center": WINDOW[0],
        "window_width": WINDOW[1],
        "windows": [],
        "row_spacing_mm": None,
        "column_spacing_mm": None,
        "pixels": "/film.bin",
        **more,
    }


def open_harness(new_page: MakePage, serve: Serve, films: dict[str, bytes], dpr: float = 1) -> Page:
    address = serve({"/": PAGE, "/page.css": CSS.encode(), **films})
    page = new_page(dpr)
    page.goto(address)
    page.wait_for_function("window.viewer && window.viewer.canvas.width > 1")
    return page


def shown(page: Page, dpr: float) -> Array:
    """Grey levels of the canvas, one a device pixel."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    picture = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"), dtype=float)
    left, top = (int(np.floor(edge * dpr + 0.5)) for edge in MARGIN)
    width, height = page.evaluate("() => [viewer.canvas.width, viewer.canvas.height]")
    return picture[top : top + height, left : left + width]


def means_between(line: Array, low: Array, high: Array) -> Array:
    """Mean of piecewise constant values (axis 0) over [low, high], by their running integral."""
    total = np.vstack([np.zeros_like(line[:1]), np.cumsum(line, axis=0)])
    grid = np.arange(len(total))

    def integral(at: Array) -> Array:
        below = np.clip(np.floor(at).astype(int), 0, len(grid) - 2)
        part = (at - below)[:, None]
        return total[below] * (1 - part) + total[below + 1] * part

    low, high = np.clip(low, 0, len(line)), np.clip(high, 0, len(line))
    return (integral(high) - integral(low)) / np.maximum(high - low, 1e-9)[:, None]


def between_centres(line: Array, at: Array) -> Array:
    """Linear between pixel centres at c + 0.5 (axis 0); edges repeat."""
    q = np.clip(at - 0.5, 0, len(line) - 1)
    below = np.minimum(np.floor(q).astype(int), len(line) - 2)
    part = (q - below)[:, None]
    return line[below] * (1 - part) + line[below + 1] * part


def expected(
    film: NDArray[np.uint16], shape: tuple[int, ...], dpr: float, scale: float, origin: tuple[float, float]
) -> Array:
    """What the screen must show, from first principles. `origin`: CSS px of the film's top left corner."""
    step = 1 / (scale * dpr)
    axes = []
    for size, start in ((shape[0], origin[1]), (shape[1], origin[0])):
        axes.append(((np.arange(size) + 0.5) / dpr - start) / scale)
    values = film.astype(float)
    for axis, at in enumerate(axes):
        line = values if axis == 0 else values.T
        line = means_between(line, at - step / 2, at + step / 2) if step > 1 else between_centres(line, at)
        values = line if axis == 0 else line.T
    grey = np.clip((values - WINDOW[0]) / WINDOW[1] + 0.5, 0, 1) * 255
    inside_y, inside_x = ((at >= 0) & (at < size) for at, size in zip(axes, film.shape, strict=True))
    return np.asarray(grey * (inside_y[:, None] & inside_x[None, :]))


def assert_same(seen: Array, wanted: Array) -> None:
    """Within rounding everywhere but on the film's own rim, where one device pixel may be in or out."""
    off = np.abs(seen - wanted)
    assert np.mean(off > 1.5) < 0.005, f"{np.mean(off > 1.5):.3%} of pixels differ, mean {off.mean():.2f} levels"
    assert off.mean() < 0.6


@pytest.mark.parametrize("dpr", [1, 1.5, 2])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("zoom", ["fit", "1:1", "8x"])
def test_a_screenshot_shows_the_films_own_pixels(
    new_page: MakePage, serve: Serve, dpr: float, size: tuple[int, int], zoom: str
) -> None:
    columns, rows = size
    film = film_pixels(columns, rows)
    page = open_harness(new_page, serve, {"/film.bin": film.tobytes()}, dpr)
    page.evaluate("film => viewer.load(film)", film_data(columns, rows))
    width, height = page.evaluate("() => [viewer.canvas.width, viewer.canvas.height]")
    viewport = (width / dpr, height / dpr)
    scale = min(viewport[0] / columns, viewport[1] / rows)
    if zoom != "fit":
        scale = 1.0 if zoom == "1:1" else 8.0
        page.evaluate("scale => viewer.zoom(scale)", scale)
    origin = [viewport[0] / 2 - columns * scale / 2, viewport[1] / 2 - rows * scale / 2]
    if (scale * dpr) % 1 == 0:  # pixel edges lie on the screen's
        corner = page.evaluate("() => viewer.filmToScreen({x: 0, y: 0})")
        for axis, name in enumerate("xy"):
            assert corner[name] * dpr == pytest.approx(round(corner[name] * dpr), abs=1e-6)
            assert abs(corner[name] - origin[axis]) <= 0.5 / dpr + 1e-6
            origin[axis] = corner[name]
    seen = shown(page, dpr)
    assert seen.std() > 10
    assert_same(seen, expected(film, seen.shape, dpr, scale, (origin[0], origin[1])))


def test_turning_a_film_turns_its_pixels_clockwise(new_page: MakePage, serve: Serve) -> None:
    film = film_pixels(201, 151)
    page = open_harness(new_page, serve, {"/film.bin": film.tobytes()})
    for turns in (1, 2, 3):
        page.evaluate("film => viewer.load(film)", film_data(201, 151))
        page.evaluate("turns => { viewer.turn(turns); viewer.zoom(1) }", turns)
        turned = np.rot90(film, -turns)
        rows, columns = turned.shape
        corner = page.evaluate("""() => {
            const corners = [[0, 0], [201, 0], [0, 151], [201, 151]].map(([x, y]) => viewer.filmToScreen({x, y}));
            return [Math.min(...corners.map(p => p.x)), Math.min(...corners.map(p => p.y))];
        }""")
        seen = shown(page, 1)
        assert_same(seen, expected(turned, seen.shape, 1, 1.0, (corner[0], corner[1])))
        assert abs(corner[0] - (STAGE[0] - columns) / 2) <= 0.5
        assert abs(corner[1] - (STAGE[1] - rows) / 2) <= 0.5


def test_the_mapping_comes_back_from_every_view(new_page: MakePage, serve: Serve) -> None:
    film = film_pixels(601, 457)
    page = open_harness(new_page, serve, {"/film.bin": film.tobytes()}, 1.5)
    page.evaluate("film => viewer.load(film)", film_data(601, 457, row_spacing_mm=0.2, column_spacing_mm=0.16))
    worst = page.evaluate("""() => {
        let worst = 0;
        for (let turn = 0; turn < 4; turn++) {
            for (const [scale, x, y] of [[0.7, 10, 20], [1, 333, 80], [2.37, 400, 390], [8, 100, 200]]) {
                viewer.zoom(scale, {x, y});
                viewer.pan(x / 3.1, -y / 2.7);
                for (const film of [{x: 0, y: 0}, {x: 300.5, y: 228.5}, {x: 601, y: 457}]) {
                    const back = viewer.screenToFilm(viewer.filmToScreen(film));
                    worst = Math.max(worst, Math.abs(back.x - film.x), Math.abs(back.y - film.y));
                }
            }
            viewer.turn(1);
        }
        return worst;
    }""")
    assert worst < 1e-6


def test_zooming_keeps_the_place_under_the_cursor(new_page: MakePage, serve: Serve) -> None:
    film = film_pixels(601, 457)
    page = open_harness(new_page, serve, {"/film.bin": film.tobytes()})
    page.evaluate("film => viewer.load(film)", film_data(601, 457))
    before, after = page.evaluate("""() => {
        const at = {x: 371, y: 123};
        const before = viewer.screenToFilm(at);
        viewer.zoom(viewer.view.scale * 2.7, at);
        return [before, viewer.screenToFilm(at)];
    }""")
    assert after["x"] == pytest.approx(before["x"], abs=1e-6)
    assert after["y"] == pytest.approx(before["y"], abs=1e-6)


@pytest.mark.parametrize("answer", ["nothing there", "too few bytes"])
def test_a_failed_load_never_shows_the_film_before(new_page: MakePage, serve: Serve, answer: str) -> None:
    film = film_pixels(200, 150)
    files = {"/film.bin": film.tobytes()}
    if answer == "too few bytes":
        files["/bad.bin"] = film.tobytes()[:-3]
    page = open_harness(new_page, serve, files)
    page.evaluate("film => viewer.load(film)", film_data(200, 150))
    assert shown(page, 1).max() > 50
    words = page.evaluate(
        "film => viewer.load(film).then(() => 'shown', problem => problem.data.title)",
        film_data(200, 150, pixels="/bad.bin"),
    )
    assert words in {"The film arrived damaged.", "This is not here, or not for you."}
    assert page.evaluate("() => [viewer.status, viewer.film]") == ["failed", None]
    assert shown(page, 1).max() == 0
    page.said.clear()  # type: ignore[attr-defined]  # the browser itself notes the 404


def test_the_later_of_two_loads_wins(new_page: MakePage, serve: Serve) -> None:
    first, second = film_pixels(200, 150), film_pixels(120, 90)
    page = open_harness(new_page, serve, {"/a.bin": first.tobytes(), "/b.bin": second.tobytes()})
    page.evaluate(
        "([a, b]) => Promise.all([viewer.load(a), viewer.load(b)])",
        [film_data(200, 150, pixels="/a.bin"), film_data(120, 90, pixels="/b.bin")],
    )
    assert page.evaluate("() => [viewer.status, viewer.film.columns]") == ["shown", 120]


def test_a_lost_graphics_context_comes_back_with_the_film(new_page: MakePage, serve: Serve) -> None:
    film = film_pixels(200, 150)
    page = open_harness(new_page, serve, {"/film.bin": film.tobytes()})
    page.evaluate("film => viewer.load(film)", film_data(200, 150))
    before = shown(page, 1)
    page.evaluate("""async () => {
        const lose = viewer.canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
        const lost = new Promise(done => viewer.canvas.addEventListener("webglcontextlost", done, {once: true}));
        lose.loseContext();
        await lost;
        const back = new Promise(done => viewer.canvas.addEventListener("webglcontextrestored", done, {once: true}));
        setTimeout(() => lose.restoreContext(), 50);
        await back;
    }""")
    assert page.evaluate("() => viewer.status") == "shown"
    assert np.abs(shown(page, 1) - before).max() <= 1


def test_the_spotlight_leaves_the_fixated_place_sharp_and_blurs_the_rest(new_page: MakePage, serve: Serve) -> None:
    film = film_pixels(601, 457)
    page = open_harness(new_page, serve, {"/film.bin": film.tobytes()})
    page.evaluate("film => viewer.load(film)", film_data(601, 457))
    whole = shown(page, 1)
    page.evaluate("() => viewer.setSpot({at: {x: 450.5, y: 120.5}, sharp: 60, soft: 90})")
    lit = shown(page, 1)
    at = page.evaluate("() => viewer.filmToScreen({x: 450.5, y: 120.5})")
    y, x = np.mgrid[: lit.shape[0], : lit.shape[1]]
    away = np.hypot(x + 0.5 - at["x"], y + 0.5 - at["y"]) / page.evaluate("() => viewer.view.scale")
    assert np.abs(lit - whole)[away < 55].max() <= 1
    inside = (away > 95) & (whole > 0)
    assert lit[inside].std() < 0.5 * whole[inside].std()
    assert lit[inside].mean() == pytest.approx(whole[inside].mean(), abs=3)
