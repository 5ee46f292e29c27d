import { beforeEach, expect, test } from "vitest";
import type { Fixation, Scanpath } from "../lib/types";
import { View } from "../viewer/geometry";
import type { FilmViewer } from "../viewer/viewer";
import { Overlay, radius } from "./overlay";

type Call = [name: string, ...values: unknown[]];

let drawn: Call[];
const paint = new Proxy({} as Record<string, unknown>, {
  get:
    (_, name: string) =>
    (...values: unknown[]) =>
      drawn.push([name, ...values]),
  set: () => true,
});
const canvas = { hidden: false, width: 0, height: 0, getContext: () => paint };

/** Over a film of 200 × 100 that fills 400 × 200 CSS px. */
function overlay(): Overlay {
  const view = new View();
  view.setFilm(200, 100);
  view.resize(400, 200, 1);
  const viewer = { view, film: {}, canvas: { width: 400, height: 200 }, filmToScreen: view.filmToScreen.bind(view) };
  return new Overlay(canvas as unknown as HTMLCanvasElement, viewer as unknown as FilmViewer);
}

const look = (x: number, y: number, onset_s: number, duration_s = 0.6): Fixation => ({
  x,
  y,
  onset_s,
  duration_s,
  ellipse: { sd_x: 0.1, sd_y: 0.05, rho: 0.6 },
});
const path = (...fixations: Fixation[]): Scanpath => ({ fixations, source: "model", capped: false });
const PATH = path(look(0.25, 0.2, 0), look(0.75, 0.8, 1), look(0.5, 0.5, 2));
const SHOWN = { path: true, ellipses: false, hidden: false };
const near = (value: unknown): unknown => (typeof value === "number" ? Number(value.toFixed(9)) : value);
const of = (name: string): unknown[][] =>
  drawn.filter((call) => call[0] === name).map((call) => call.slice(1).map(near));

beforeEach(() => {
  drawn = [];
});

test("a circle's area grows with the duration, within what can still be read", () => {
  expect(radius(look(0, 0, 0, 0.6))).toBe(22);
  expect(radius(look(0, 0, 0, 0.15))).toBe(11); // a quarter of the time, half of the radius
  expect(radius(look(0, 0, 0, 0.01))).toBe(10);
  expect(radius(look(0, 0, 0, 9))).toBe(34);
});

test("fractions of the film become places on the screen", () => {
  expect(overlay().place(0.25, 0.2)).toEqual({ x: 100, y: 40 });
});

test("what has not been looked at yet is not drawn; what has is numbered from one, where it lies", () => {
  overlay().draw([PATH], 0, 1.3, 1, SHOWN);
  expect(of("fillText")).toEqual([
    ["1", 100, 40.5],
    ["2", 300, 160.5],
  ]);
  const circles = of("arc").filter((arc) => arc[2] === 22);
  expect(circles.map(([x, y]) => [x, y])).toEqual([
    [100, 40],
    [300, 160],
  ]);
});

test("of the current fixation a ring says how much of its time is gone", () => {
  overlay().draw([PATH], 0, 1.15, 1, SHOWN); // a quarter of 0.6 s
  const [ring] = of("arc").filter((arc) => arc[2] === 26.5);
  expect(ring?.slice(0, 2)).toEqual([300, 160]);
  expect((ring?.[4] as number) - (ring?.[3] as number)).toBeCloseTo(Math.PI / 2, 9);
});

test("the ellipses are the current fixation's, one and two standard deviations wide", () => {
  overlay().draw([PATH], 0, 1, 1, { path: false, ellipses: true, hidden: false });
  const starts = of("moveTo"); // at the right end of each
  expect(starts).toEqual([
    [340, 166], // 0.75 + 0.1 of 400, and by the correlation 0.8 + 0.6 · 0.05 of 200
    [380, 172],
  ]);
  const heights = of("lineTo").map(([, y]) => y as number);
  expect(Math.max(...heights)).toBeCloseTo(180, 1); // 0.8 + 2 · 0.05 of 200
});

test("further samples are diamonds without numbers, up to the same time", () => {
  overlay().draw([PATH, path(look(0.1, 0.1, 0), look(0.9, 0.9, 5))], 0, 0.3, 0, SHOWN);
  expect(of("fillText")).toEqual([["1", 100, 40.5]]);
  expect(of("moveTo")).toContainEqual([40, 16]); // the upper corner, 4 px above (40, 20)
  expect(of("moveTo")).not.toContainEqual([360, 176]);
  expect(of("moveTo")).not.toContainEqual([100, 36]); // the shown one is no further one
});

test("held away, switched off or without a path, the canvas is not there at all", () => {
  const made = overlay();
  made.draw([PATH], 0, 1, 1, { ...SHOWN, hidden: true });
  expect(canvas.hidden).toBe(true);
  made.draw([PATH], 0, 1, 1, { path: false, ellipses: false, hidden: false });
  expect(canvas.hidden).toBe(true);
  made.draw([], 0, 1, 1, SHOWN);
  expect(canvas.hidden).toBe(true);
  expect(drawn).toEqual([]);
  made.draw([PATH], 0, 1, 1, SHOWN);
  expect(canvas.hidden).toBe(false);
});

test("under the pointer is the latest fixation that was drawn there, with a little room around it", () => {
  const made = overlay();
  const twice = [look(0.5, 0.5, 0), look(0.5, 0.5, 1), look(0.5, 0.5, 2)];
  expect(made.at({ x: 200, y: 100 }, twice, 1)).toBe(1);
  expect(made.at({ x: 225, y: 100 }, twice, 2)).toBe(2); // 22 + 3 px
  expect(made.at({ x: 225.1, y: 100 }, twice, 2)).toBe(-1);
});
