import { expect, test } from "vitest";
import type { Fixation } from "../lib/types";
import { hit, radius } from "./hit";
import { STYLES, type Style, type Track } from "./track";

const look = (x: number, y: number, onset_s: number, duration_s = 0.6): Fixation => ({
  x,
  y,
  onset_s,
  duration_s,
  ellipse: null,
});
const track = (...fixations: Fixation[]): Track => ({
  id: "",
  source: "human",
  label: "",
  style: STYLES[0] as Style,
  fixations,
});
const place = (x: number, y: number) => ({ x: 400 * x, y: 200 * y });

test("a marker's area grows with the duration, within what can still be read; of several it is smaller", () => {
  expect(radius(look(0, 0, 0, 0.6))).toBe(22);
  expect(radius(look(0, 0, 0, 0.15))).toBe(11); // a quarter of the time, half of the radius
  expect(radius(look(0, 0, 0, 0.01))).toBe(10);
  expect(radius(look(0, 0, 0, 9))).toBe(34);
  expect(radius(look(0, 0, 0, 0.6), true)).toBeCloseTo(15.4, 9);
  expect(radius(look(0, 0, 0, 0.01), true)).toBe(8);
});

test("under the pointer is the latest fixation that was drawn there, with a little room around it", () => {
  const one = [track(look(0.5, 0.5, 0), look(0.5, 0.5, 1), look(0.5, 0.5, 2))];
  expect(hit(one, 0, 1.5, place, { x: 200, y: 100 })).toEqual({ track: 0, fixation: 1 });
  expect(hit(one, 0, 9, place, { x: 225, y: 100 })).toEqual({ track: 0, fixation: 2 }); // 22 + 3 px
  expect(hit(one, 0, 9, place, { x: 225.1, y: 100 })).toBeNull();
  expect(hit(one, 0, -1, place, { x: 200, y: 100 })).toBeNull();
});

test("where two scanpaths look at the same place it is the one that leads, else whichever is there", () => {
  const both = [track(look(0.5, 0.5, 0)), track(look(0.5, 0.5, 0), look(0.1, 0.1, 1))];
  expect(hit(both, 0, 9, place, { x: 200, y: 100 })).toEqual({ track: 0, fixation: 0 });
  expect(hit(both, 1, 9, place, { x: 200, y: 100 })).toEqual({ track: 1, fixation: 0 });
  expect(hit(both, 0, 9, place, { x: 40, y: 20 })).toEqual({ track: 1, fixation: 1 });
  expect(hit(both, 0, 0.5, place, { x: 40, y: 20 })).toBeNull(); // not yet
  expect(hit([], 0, 9, place, { x: 40, y: 20 })).toBeNull();
});
