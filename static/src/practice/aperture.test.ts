import { beforeEach, expect, test, vi } from "vitest";
import { type Point, View } from "../viewer/geometry";
import { Aperture, FIRST, keep, recall } from "./aperture";
import { Steering } from "./steering";

let view: View;
let aperture: Aperture;

/** A film of 200 × 100 in 400 × 300 CSS px, two px a column; its upper left corner is at (0, 50). */
beforeEach(() => {
  view = new View();
  view.setFilm(200, 100);
  view.resize(400, 300, 1);
  const ground = {
    view,
    screenToFilm: (at: Point) => view.screenToFilm(at),
    filmToScreen: (at: Point) => view.filmToScreen(at),
    pan: (dx: number, dy: number) => view.panBy(dx, dy),
  };
  aperture = new Aperture(ground, FIRST);
});

vi.stubGlobal("requestAnimationFrame", (draw: (now: number) => void) => setTimeout(() => draw(performance.now()), 16));

const place = (x: number, y: number) => ({ x: expect.closeTo(x, 9), y: expect.closeTo(y, 9) });

test("it stands under the pointer, and nowhere before and after", () => {
  expect(aperture.place).toBeNull();
  aperture.point({ x: 100, y: 100 });
  expect(aperture.place).toEqual(place(0.25, 0.25));
  aperture.point(null);
  expect(aperture.place).toBeNull();
});

test("beside the film it has no place, though it is drawn there", () => {
  aperture.point({ x: 100, y: 40 });
  expect(aperture.place).toBeNull();
  expect(aperture.spot?.at).toEqual({ x: 50, y: -5 });
});

test("while it is nowhere all is blurred, and while it is off nothing is", () => {
  expect(aperture.spot?.at.x).toBeLessThan(-1_000);
  aperture.choice = { size: "medium", blur: "off" };
  expect(aperture.spot).toBeNull();
});

test("its size is told in film widths, whatever the zoom", () => {
  aperture.choice = { size: "large", blur: "weak" };
  aperture.point({ x: 100, y: 100 });
  expect(aperture.spot).toMatchObject({ sharp: 24, soft: expect.closeTo(40.8, 9) });
  view.zoomTo(8);
  expect(aperture.spot?.sharp).toBe(24);
});

test("it stands above a finger, so that the finger does not hide it", () => {
  aperture.point({ x: 100, y: 170 }, true);
  expect(aperture.place).toEqual(place(0.25, 0.25));
  aperture.choice = { size: "medium", blur: "off" };
  expect(aperture.placeAt({ x: 100, y: 100 }, true)).toEqual(place(0.25, 0.25));
});

test("the first key moves it from the film's middle, the next ones from where it is", () => {
  aperture.step(0.01, 0);
  expect(aperture.place).toEqual(place(0.51, 0.5));
  aperture.step(0, -0.04); // of the width: .08 of the height here
  expect(aperture.place).toEqual(place(0.51, 0.42));
  aperture.toCenter();
  expect(aperture.place).toEqual(place(0.5, 0.5));
});

test("keys take it up where the pointer left it, and the pointer takes it back", () => {
  aperture.point({ x: 100, y: 100 });
  aperture.step(0.1, 0);
  expect(aperture.place).toEqual(place(0.35, 0.25));
  aperture.point(null); // the pointer leaves the film while keys lead
  expect(aperture.place).toEqual(place(0.35, 0.25));
  aperture.point({ x: 300, y: 200 });
  expect(aperture.place).toEqual(place(0.75, 0.75));
});

test("right is right on the screen, however the film is turned", () => {
  view.turn(1);
  aperture.step(0.1, 0);
  expect(aperture.place).toEqual(place(0.5, 0.3)); // up the film; .1 of the width is .2 of the height
});

test("keys cannot move it off the film, and the film comes after it at the edge of the screen", () => {
  view.zoomTo(8);
  for (let index = 0; index < 30; index++) aperture.step(0.04, 0);
  expect(aperture.place).toEqual(place(1, 0.5));
  const at = view.filmToScreen({ x: 200, y: 50 });
  expect(at.x).toBeLessThanOrEqual(400 - 48);
});

test("when the film is moved, keys hold the place on the film and a pointer the one on the screen", () => {
  aperture.toCenter();
  view.panBy(40, 0);
  expect(aperture.place).toEqual(place(0.5, 0.5));
  aperture.point({ x: 240, y: 150 });
  expect(aperture.place).toEqual(place(0.5, 0.5));
  view.panBy(40, 0);
  expect(aperture.place).toEqual(place(0.4, 0.5));
});

test("what somebody chose is there again, and nonsense is not", () => {
  let kept: string | null = null;
  const storage = { getItem: () => kept, setItem: (_: string, value: string) => (kept = value) };
  expect(recall(storage)).toEqual(FIRST);
  keep({ size: "large", blur: "off" }, storage);
  expect(recall(storage)).toEqual({ size: "large", blur: "off" });
  for (const nonsense of ["{", "null", '{"size":"huge","blur":7}']) {
    kept = nonsense;
    expect(recall(storage)).toEqual(FIRST);
  }
});

test("a key pressed shortly is one step, with Shift a larger one; held it moves on steadily", () => {
  vi.useFakeTimers();
  const moves: [number, number][] = [];
  const steering = new Steering((dx, dy) => moves.push([dx, dy]));
  steering.press("left", false);
  vi.advanceTimersByTime(100);
  steering.release("left");
  steering.press("down", true);
  vi.advanceTimersByTime(100);
  steering.release("down");
  expect(moves).toEqual([
    [-0.01, 0],
    [0, 0.04],
  ]);
  steering.press("right", false);
  vi.advanceTimersByTime(1_200);
  steering.release("right");
  vi.advanceTimersByTime(500);
  const far = moves.slice(2).reduce((sum, [dx]) => sum + dx, 0);
  expect(far).toBeCloseTo(0.01 + 0.3, 1);
  vi.useRealTimers();
});

test("two keys together move it aslant", () => {
  vi.useFakeTimers();
  const far = { x: 0, y: 0 };
  const steering = new Steering((dx, dy) => {
    far.x += dx;
    far.y += dy;
  });
  steering.press("right", false);
  steering.press("up", false);
  vi.advanceTimersByTime(1_000);
  expect(far.x).toBeGreaterThan(0.2);
  expect(far.y).toBeCloseTo(-far.x, 9);
  vi.useRealTimers();
});
