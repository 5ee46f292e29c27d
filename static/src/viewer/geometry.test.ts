import { describe, expect, test } from "vitest";
import { type Point, View } from "./geometry";

/** A film of 200 columns and 100 rows, fitted into 400 × 300 CSS px unless told otherwise. */
function view(
  film: { columns?: number; rows?: number; aspect?: number } = {},
  dpr = 1,
  width = 400,
  height = 300,
): View {
  const made = new View();
  made.setFilm(film.columns ?? 200, film.rows ?? 100, film.aspect ?? 1);
  made.resize(width, height, dpr);
  return made;
}

function close(got: Point, x: number, y: number): void {
  expect(got.x).toBeCloseTo(x, 9);
  expect(got.y).toBeCloseTo(y, 9);
}

describe("a fitted film", () => {
  test("fills the side that is short of room, in the middle", () => {
    const wide = view();
    expect(wide.scale).toBe(2); // 400 / 200; down there would be room for 3
    close(wide.filmToScreen({ x: 0, y: 0 }), 0, 50);
    close(wide.filmToScreen({ x: 200, y: 100 }), 400, 250);
    expect(view({}, 1, 400, 150).scale).toBe(1.5); // 150 / 100
  });

  test("is fitted as it lies: turned by a quarter, its columns run down the screen", () => {
    const turned = view();
    turned.turn(1);
    expect(turned.scale).toBe(1.5); // 300 / 200 columns down; across there would be room for 4
    close(turned.filmToScreen({ x: 0, y: 0 }), 275, 0); // its top left corner is now top right
    close(turned.filmToScreen({ x: 200, y: 100 }), 125, 300);
  });

  test("is fitted with the true shape of its pixels, upright and turned", () => {
    const tall = view({ aspect: 2 }); // 200 × 200 to the eye
    expect(tall.scale).toBe(1.5);
    close(tall.filmToScreen({ x: 0, y: 0 }), 50, 0);
    close(tall.filmToScreen({ x: 200, y: 100 }), 350, 300);
    const turned = view({ aspect: 4 }); // 200 × 400 to the eye, 400 × 200 when turned
    turned.turn(1);
    expect(turned.scale).toBe(1);
    close(turned.filmToScreen({ x: 0, y: 0 }), 400, 50);
  });

  test("is fitted again when the window changes; once zoomed or dragged it stays", () => {
    const dragged = view();
    dragged.panBy(20, 0);
    dragged.resize(800, 300, 1);
    expect(dragged.state()).toMatchObject({ scale: 2, center: { x: 90, y: 50 } });
    const film = view();
    film.resize(800, 300, 1);
    expect(film.scale).toBe(3);
    film.zoomTo(5);
    film.resize(100, 100, 1);
    expect(film.scale).toBe(5);
    film.turn(1);
    expect(film.scale).toBe(5);
    film.fit();
    expect(film.scale).toBe(0.5);
  });
});

describe("where a film pixel lies on the screen", () => {
  // Column 3, row 7 has its centre at (3.5, 7.5); the film's middle (100, 50) lies at (200, 150) of the screen.
  test.each([
    [1, 0, 103.5, 107.5],
    [1, 1, 242.5, 53.5],
    [1, 2, 296.5, 192.5],
    [1, 3, 157.5, 246.5],
    [2, 0, 7, 65],
    [2, 1, 285, -43],
    [2, 2, 393, 235],
    [2, 3, 115, 343],
  ])(
    "at zoom %f after %i quarter turns clockwise its centre lies at (%f, %f), whatever the device pixels",
    (scale, turns, x, y) => {
      for (const dpr of [1, 1.5, 2]) {
        const film = view({}, dpr);
        film.zoomTo(scale);
        film.turn(turns);
        close(film.filmToScreen({ x: 3.5, y: 7.5 }), x, y);
        close(film.screenToFilm({ x, y }), 3.5, 7.5);
      }
    },
  );

  test("turning back is three turns onward, and four turns are none", () => {
    const film = view();
    film.turn(-1);
    expect(film.turns).toBe(3);
    film.turn(5);
    expect(film.turns).toBe(0);
  });

  test("screen to film and back is the same place at every zoom, turn, pixel shape and device pixel", () => {
    for (const aspect of [1, 1.3])
      for (const dpr of [1, 1.5, 2])
        for (const turns of [0, 1, 2, 3])
          for (const scale of [1, 2, 2.71, 8]) {
            const film = view({ columns: 201, rows: 77, aspect }, dpr, 333, 250);
            film.turn(turns);
            film.zoomTo(scale, { x: 40, y: 60 });
            const there = film.screenToFilm({ x: 12.25, y: 200.5 });
            close(film.filmToScreen(there), 12.25, 200.5);
          }
  });
});

describe("whole device pixels", () => {
  // 101 × 51, fitted to the width of a window of 300: unmoved, its upper edge would lie at 150 − 25.5 × zoom; fitted to the
  // height of a window of 400, its left edge at 200 − 50.5 × zoom.
  test.each([
    [1, 1, 150, 125], // 149.5 and 124.5 lie half a device pixel off, so it is moved
    [2, 1, 149.5, 124.5], // device pixels 299 and 249: on an edge as it is
    [1.5, 1, 149.5, 124.5], // 1.5 device pixels a film pixel: no edges to meet
    [1.5, 2, 149 / 1.5, 149 / 1.5], // 99 × 1.5 = 148.5 goes to 149
    [1, 2, 99, 99], // whole without moving
  ])("at %f device pixels and zoom %f the film's edges lie at %f and %f", (dpr, zoom, left, top) => {
    const high = view({ columns: 101, rows: 51 }, dpr, 101 * zoom, 300);
    close(high.filmToScreen({ x: 0, y: 0 }), 0, top);
    close(high.screenToFilm({ x: 0, y: top }), 0, 0);
    const wide = view({ columns: 101, rows: 51 }, dpr, 400, 51 * zoom);
    close(wide.filmToScreen({ x: 0, y: 0 }), left, 0);
    close(wide.screenToFilm({ x: left, y: 0 }), 0, 0);
  });

  test("a turned film is put onto them too", () => {
    const film = view({ columns: 101, rows: 52 }, 1, 52, 300);
    film.turn(1);
    close(film.filmToScreen({ x: 0, y: 0 }), 52, 100); // down 150 − 50.5 = 99.5 goes to 100
  });

  test("pixels that are not square cannot all meet them, so such a film is not moved", () => {
    const film = view({ columns: 101, rows: 51, aspect: 2 }, 1, 101, 300);
    close(film.filmToScreen({ x: 0, y: 0 }), 0, 99); // 150 − 51
  });

  test("after a zoom too, and then the place under the pointer is less than a device pixel off", () => {
    for (const dpr of [1, 1.5, 2]) {
      const film = view({ columns: 101, rows: 51 }, dpr, 399, 301);
      const held = film.screenToFilm({ x: 123, y: 77 });
      film.zoomTo(2, { x: 123, y: 77 });
      const corner = film.filmToScreen({ x: 0, y: 0 });
      close({ x: corner.x * dpr, y: corner.y * dpr }, Math.round(corner.x * dpr), Math.round(corner.y * dpr));
      const now = film.filmToScreen(held);
      expect(Math.abs(now.x - 123)).toBeLessThan(1 / dpr);
      expect(Math.abs(now.y - 77)).toBeLessThan(1 / dpr);
    }
  });
});

describe("zoom and pan", () => {
  test("the place under the pointer stays under it", () => {
    const film = view();
    film.zoomTo(4, { x: 100, y: 150 }); // film (50, 50) at scale 2
    expect(film.center).toEqual({ x: 75, y: 50 }); // 50 + (200 − 100) / 4
    close(film.filmToScreen({ x: 50, y: 50 }), 100, 150);
  });

  test("zoom ends at 32 screen px a film pixel and at half the fitted size, or 1:1 for a small film", () => {
    const small = view();
    small.zoomTo(1000);
    expect(small.scale).toBe(32);
    small.zoomTo(0.01);
    expect(small.scale).toBe(1);
    const large = view({ columns: 4000, rows: 3000 }); // fitted at 0.1
    large.zoomTo(0.001);
    expect(large.scale).toBeCloseTo(0.05, 12);
  });

  test.each([
    [0, 95, 43],
    [1, 93, 55],
    [2, 105, 57],
    [3, 107, 45],
  ])("after %i turns a drag by (10, 14) at zoom 2 moves the film with the hand", (turns, x, y) => {
    const film = view();
    film.zoomTo(2);
    film.turn(turns);
    const before = film.filmToScreen({ x: 30, y: 40 });
    film.panBy(10, 14);
    close(film.center, x, y);
    close(film.filmToScreen({ x: 30, y: 40 }), before.x + 10, before.y + 14);
  });

  test("a drag over pixels that are not square moves the film with the hand too", () => {
    const film = view({ aspect: 2 }); // scale 1.5
    film.panBy(0, 30);
    close(film.center, 100, 40); // 30 CSS px down are 30 / (1.5 × 2) rows
  });

  test("the film cannot be dragged out of the middle of the screen", () => {
    const film = view();
    film.panBy(-9999, 9999);
    expect(film.center).toEqual({ x: 200, y: 0 });
    film.panBy(9999, -9999);
    expect(film.center).toEqual({ x: 0, y: 100 });
    film.zoomTo(32, { x: 0, y: 300 }); // a place beside the film is not held at that price
    expect(film.center).toEqual({ x: 0, y: 100 });
  });
});

test("another film is shown upright and whole, whatever was done to the one before", () => {
  const film = view();
  film.turn(1);
  film.zoomTo(7);
  film.setFilm(100, 300);
  expect(film.state()).toEqual({ scale: 1, center: { x: 50, y: 150 }, turns: 0, width: 400, height: 300 });
  expect(film.fitted).toBe(true);
});

test("the shader's numbers say the same as the pointer's", () => {
  const film = view();
  expect(film.affine()).toEqual({ a: 0.5, b: 0, c: 0, d: 0.5, e: 0, f: -25 });
  film.zoomTo(2);
  film.turn(1); // right on the screen is up the film, down the screen is right on the film
  const { a, b, c, d, e, f } = film.affine();
  expect([a, b, c, d]).toEqual([0, -0.5, 0.5, 0]);
  expect([e, f]).toEqual([25, 150]); // 100 − 150 / 2, 50 + 200 / 2
  const odd = view({ columns: 201, rows: 77, aspect: 1.3 }, 1.5, 333, 250);
  const same = odd.affine();
  const point = odd.screenToFilm({ x: 10, y: 20 });
  close(point, same.a * 10 + same.c * 20 + same.e, same.b * 10 + same.d * 20 + same.f);
});
