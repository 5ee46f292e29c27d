import { expect, test, vi } from "vitest";

vi.mock("uplot", () => ({ default: class {} }));
const { columnsOf, percent, pointWords } = await import("./curve");

const point = (n: number) => ({
  n,
  at: null,
  success: true,
  share: n / 100,
  low: 0,
  high: 1,
  cases: Math.min(n, 20),
  enough: n >= 20,
});

test("what is too early and the rest meet in one point, and nothing is in both elsewhere", () => {
  const [n, early, , , late] = columnsOf([18, 19, 20, 21].map(point));
  expect(n).toEqual([18, 19, 20, 21]);
  expect(early).toEqual([0.18, 0.19, 0.2, null]);
  expect(late).toEqual([null, null, 0.2, 0.21]);
});

test("with too few cases all of it is early", () => {
  const [, early, , , late] = columnsOf([1, 2].map(point));
  expect([early, late]).toEqual([
    [0.01, 0.02],
    [null, null],
  ]);
});

test("a point is said with its n and its interval", () => {
  expect(pointWords({ ...point(23), share: 0.624, low: 0.41, high: 0.79 })).toBe(
    "Case 23: 62 % of 20 (95 %: 41 to 79 %)",
  );
  expect(percent(0.005)).toBe("1 %");
});
