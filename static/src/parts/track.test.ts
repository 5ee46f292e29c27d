import { expect, test } from "vitest";
import type { Fixation } from "../lib/types";
import { cornersOf, currentAt, endOf, nameOf, STYLES } from "./track";

const look = (onset_s: number, duration_s: number): Fixation => ({ x: 0, y: 0, onset_s, duration_s, ellipse: null });

test("any two styles differ in colour, in line and in marker", () => {
  const told = (of: (style: (typeof STYLES)[number]) => unknown) => new Set(STYLES.map((s) => JSON.stringify(of(s))));
  for (const differs of [told((s) => s.color), told((s) => s.now), told((s) => s.dash), told((s) => s.marker)]) {
    expect(differs.size).toBe(STYLES.length);
  }
});

test("a name says the source in words", () => {
  expect(nameOf({ source: "human", label: "Dr Roe" })).toBe("Reader · Dr Roe");
  expect(nameOf({ source: "model", label: "Sample 2" })).toBe("Model · Sample 2");
  expect(nameOf({ source: "control", label: "shuffled" })).toBe("Control · shuffled");
});

test("a scanpath ends where its last fixation does, an empty one at once", () => {
  expect(endOf([look(0.5, 0.25), look(1, 0.5)])).toBe(1.5);
  expect(endOf([])).toBe(0);
});

test("a fixation is current from its onset, rounding forgiven, until the next one's", () => {
  const path = [look(0.1, 0.1), look(0.1 + 0.2, 0.1)]; // the sum is a little more than 0.3
  expect(currentAt(path, 0.09)).toBe(-1);
  expect(currentAt(path, 0.1)).toBe(0);
  expect(currentAt(path, 0.29)).toBe(0);
  expect(currentAt(path, 0.3)).toBe(1);
  expect(currentAt(path, 99)).toBe(1);
});

test("a marker stands about its place and is about as large as a circle of its radius", () => {
  expect(cornersOf("circle", 10)).toEqual([]);
  for (const marker of ["square", "diamond", "triangle"] as const) {
    const corners = cornersOf(marker, 10);
    const across = corners.reduce((sum, [x]) => sum + x, 0);
    expect(across).toBeCloseTo(0, 9);
    const area = corners.reduce((sum, [x, y], index) => {
      const [nextX, nextY] = corners[(index + 1) % corners.length] as [number, number];
      return sum + (x * nextY - nextX * y) / 2;
    }, 0);
    expect(Math.abs(area)).toBeGreaterThan(0.85 * Math.PI * 100);
    expect(Math.abs(area)).toBeLessThan(1.15 * Math.PI * 100);
  }
});
