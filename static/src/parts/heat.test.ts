import { expect, test } from "vitest";
import type { Fixation } from "../lib/types";
import { heatOf } from "./heat";

type Look = [x: number, y: number, duration_s: number];

const path = (...looks: Look[]): Fixation[] =>
  looks.map(([x, y, duration_s], i) => ({ x, y, onset_s: i, duration_s, ellipse: null }));

/** Level at a cell of the map of a film of 200 × 100, which is 128 cells wide and 64 high. */
function levels(...paths: Fixation[][]): (column: number, row: number) => number {
  const heat = heatOf(paths, 200, 100);
  if (!heat) throw new Error("no heat");
  expect([heat.columns, heat.rows]).toEqual([128, 64]);
  return (column, row) => heat.levels[row * heat.columns + column] as number;
}

test("one fixation is a round hill with its top where it lies", () => {
  const at = levels(path([96.5 / 128, 16.5 / 64, 0.3])); // the middle of column 96, row 16
  expect(at(96, 16)).toBe(255);
  // Six cells on with a sigma of 0.045 × 128 = 5.76 cells: 255 · exp(−36 / (2 · 5.76²)) = 148.2
  for (const [column, row] of [
    [102, 16],
    [90, 16],
    [96, 22],
    [96, 10],
  ] as const)
    expect(at(column, row)).toBe(148);
  expect(at(16, 48)).toBe(0);
});

test("a fixation counts by its duration", () => {
  const at = levels(path([16.5 / 128, 32.5 / 64, 0.4], [112.5 / 128, 32.5 / 64, 0.1]));
  expect([at(16, 32), at(112, 32)]).toEqual([255, 64]);
});

test("all scanpaths count alike, whichever leads", () => {
  const at = levels(path([16.5 / 128, 32.5 / 64, 0.2]), path([112.5 / 128, 32.5 / 64, 0.2]));
  expect([at(16, 32), at(112, 32)]).toEqual([255, 255]);
});

test("an upright film has an upright map, and no fixations give none", () => {
  const heat = heatOf([path([0.5, 0.5, 1])], 100, 400);
  expect([heat?.columns, heat?.rows]).toEqual([32, 128]);
  expect(heatOf([path()], 200, 100)).toBeNull();
  expect(heatOf([], 200, 100)).toBeNull();
});
