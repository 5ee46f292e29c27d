import { expect, test } from "vitest";
import type { Scanpath } from "../lib/types";
import { STYLES } from "../parts/track";
import { FIRST, type Places, step, toggle, tracksOf, within } from "./compare";

const add = (...samples: number[]): Places => samples.reduce(toggle, FIRST);

test("at first the first sample is there, alone", () => {
  expect(FIRST).toEqual([0, null, null, null]);
});

test("a sample goes into the first free place and keeps it while others go", () => {
  expect(add(3, 1)).toEqual([0, 3, 1, null]);
  expect(toggle(add(3, 1), 3)).toEqual([0, null, 1, null]);
  expect(toggle(toggle(add(3, 1), 3), 7)).toEqual([0, 7, 1, null]);
  expect(toggle(add(3), 0)).toEqual([null, 3, null, null]);
});

test("the last one stays, and a full viewport takes no more", () => {
  expect(toggle(FIRST, 0)).toEqual(FIRST);
  const full = add(1, 2, 3);
  expect(toggle(full, 4)).toEqual(full);
  expect(toggle(full, 2)).toEqual([0, 1, null, 3]);
});

test("stepping goes round, past what is shown already, and leaves the others where they are", () => {
  expect(step(FIRST, 0, 1, 5)).toEqual([1, null, null, null]);
  expect(step(FIRST, 0, -1, 5)).toEqual([4, null, null, null]);
  expect(step(add(1, 2), 0, 1, 5)).toEqual([3, 1, 2, null]);
  expect(step(add(4), 0, -1, 5)).toEqual([3, 4, null, null]);
  expect(step(add(1, 2), 1, 1, 3)).toEqual(add(1, 2)); // all are shown
  expect(step(FIRST, 0, 1, 1)).toEqual(FIRST);
});

test("samples that are not there are not shown, and one always is", () => {
  expect(within(add(4, 1), 3)).toEqual([0, null, 1, null]);
  expect(within([7, null, 9, null], 3)).toEqual(FIRST);
  expect(within(add(2), 0)).toEqual(FIRST);
});

test("a sample is drawn in the style of its place, under its number", () => {
  const samples = [0.1, 0.2, 0.3].map((x): Scanpath => {
    return { fixations: [{ x, y: 0, onset_s: 0, duration_s: 1, ellipse: null }], source: "model", capped: false };
  });
  const tracks = tracksOf([2, null, 0, 5], samples);
  expect(tracks.map(({ id, label, source }) => [id, label, source])).toEqual([
    ["sample-2", "Sample 3", "model"],
    ["sample-0", "Sample 1", "model"],
  ]);
  expect(tracks.map(({ style }) => style)).toEqual([STYLES[0], STYLES[2]]);
  expect(tracks.map(({ fixations }) => fixations[0]?.x)).toEqual([0.3, 0.1]);
});
