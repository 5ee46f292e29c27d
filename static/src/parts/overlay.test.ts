import { beforeEach, expect, test } from "vitest";
import type { Fixation } from "../lib/types";
import { View } from "../viewer/geometry";
import type { FilmViewer } from "../viewer/viewer";
import { behind, scanpaths, uncertainty } from "./layers";
import { type Layer, Overlay, type Scene } from "./overlay";
import { STYLES, type Style, type Track } from "./track";

type Call = [name: string, ...values: unknown[]];

let drawn: Call[];
const paint = new Proxy({} as Record<string, unknown>, {
  get:
    (_, name: string) =>
    (...values: unknown[]) =>
      drawn.push([name, ...values]),
  set: (_, name: string, value: unknown) => drawn.push([`${name}=`, value]) > 0,
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
const PATH = [look(0.25, 0.2, 0), look(0.75, 0.8, 1), look(0.5, 0.5, 2)];
const track = (fixations: Fixation[], place = 0): Track => ({
  id: String(place),
  source: "model",
  label: String(place),
  style: STYLES[place] as Style,
  fixations,
});
const scene = (time: number, tracks = [track(PATH)], more: Partial<Scene> = {}): Scene => ({
  tracks,
  lead: 0,
  others: [],
  time,
  ...more,
});
const draw = (layer: Layer, what: Scene): void => overlay().draw([layer], what);
const near = (value: unknown): unknown => (typeof value === "number" ? Number(value.toFixed(9)) : value);
const of = (name: string): unknown[][] =>
  drawn.filter((call) => call[0] === name).map((call) => call.slice(1).map(near));

beforeEach(() => {
  drawn = [];
});

test("fractions of the film become places on the screen", () => {
  expect(overlay().place(0.25, 0.2)).toEqual({ x: 100, y: 40 });
});

test("what has not been looked at yet is not drawn; what has is numbered from one, where it lies", () => {
  draw(scanpaths, scene(1.3));
  expect(of("fillText")).toEqual([
    ["1", 100, 40.5],
    ["2", 300, 160.5],
  ]);
  expect(of("lineTo")).toHaveLength(3); // one saccade and its arrow head
  const circles = of("arc").filter((arc) => arc[2] === 22);
  expect(circles.map(([x, y]) => [x, y])).toEqual([
    [100, 40],
    [300, 160],
  ]);
});

test("of the current fixation a ring says how much of its time is gone", () => {
  draw(scanpaths, scene(1.15)); // a quarter of 0.6 s
  const [ring] = of("arc").filter((arc) => arc[2] === 26.5);
  expect(ring?.slice(0, 2)).toEqual([300, 160]);
  expect((ring?.[4] as number) - (ring?.[3] as number)).toBeCloseTo(Math.PI / 2, 9);
});

test("the ellipses are the current fixation's, one and two standard deviations wide", () => {
  draw(uncertainty, scene(1));
  const starts = of("moveTo"); // at the right end of each
  expect(starts).toEqual([
    [340, 166], // 0.75 + 0.1 of 400, and by the correlation 0.8 + 0.6 · 0.05 of 200
    [380, 172],
  ]);
  const heights = of("lineTo").map(([, y]) => y as number);
  expect(Math.max(...heights)).toBeCloseTo(180, 1); // 0.8 + 2 · 0.05 of 200
});

test("scanpaths that stand behind are diamonds without numbers, up to the same time", () => {
  draw(behind, scene(0.3, [track(PATH)], { others: [[look(0.1, 0.1, 0), look(0.9, 0.9, 5)]] }));
  expect(of("fillText")).toEqual([]);
  expect(of("moveTo")).toContainEqual([40, 16]); // the upper corner, 4 px above (40, 20)
  expect(of("moveTo")).not.toContainEqual([360, 176]);
  expect(of("moveTo")).not.toContainEqual([100, 36]); // the shown one does not stand behind
});

test("of several scanpaths each has its own colour, line and marker, and the one that leads is drawn last", () => {
  const tracks = [track(PATH, 0), track([look(0.1, 0.5, 0), look(0.9, 0.5, 1)], 1)];
  draw(scanpaths, scene(1.3, tracks));
  const [white, amber] = STYLES;
  expect(of("fillText").map(([number, x]) => [number, x])).toEqual([
    ["1", 40],
    ["2", 360],
    ["1", 100],
    ["2", 300],
  ]);
  expect(of("setLineDash").map(([dash]) => dash)).toContainEqual(amber?.dash);
  const colors = of("strokeStyle=").map(([color]) => color);
  expect(colors).toContain(amber?.color);
  expect(colors).toContain(white?.color);
  expect(colors).toContain(white?.now); // the current one's
  expect(of("arc").filter(([x]) => x === 40)).toEqual([]); // a square, not a circle
  expect(of("closePath").length).toBeGreaterThan(0);
  drawn = [];
  draw(scanpaths, scene(1.3, tracks, { lead: 1 }));
  expect(of("fillText").map(([, x]) => x)).toEqual([100, 300, 40, 360]);
});

test("the ellipses are those of the one that leads", () => {
  const tracks = [track(PATH, 0), track([look(0.25, 0.8, 0)], 1)];
  draw(uncertainty, scene(1, tracks, { lead: 1 }));
  expect(of("moveTo")[0]).toEqual([140, 166]);
});

test("without a layer, or without a film, the canvas is not there at all", () => {
  const made = overlay();
  made.draw([], scene(1));
  expect(canvas.hidden).toBe(true);
  expect(drawn).toEqual([]);
  made.draw([scanpaths], scene(1));
  expect(canvas.hidden).toBe(false);
  const bare = new Overlay(canvas as unknown as HTMLCanvasElement, { film: null } as unknown as FilmViewer);
  bare.draw([scanpaths], scene(1));
  expect(canvas.hidden).toBe(true);
});
