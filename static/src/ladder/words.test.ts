import { expect, test } from "vitest";
import { reachOf, share, standardOf, ticksOf } from "./scale";
import type { Row } from "./types";
import {
  bandWords,
  estimateWords,
  intervalWords,
  type Move,
  movedWords,
  observed,
  signed,
  tooFew,
  tooSeldom,
  unobserved,
  unpredicted,
} from "./words";

const row = (more: Partial<Row> = {}): Row => ({
  case: "a",
  title: "Nodule",
  simulated: false,
  band: 4,
  place: 1,
  low: 0,
  high: 3,
  z: 0.8,
  attempts: 12,
  successes: 5,
  comparisons: 0,
  predicted: null,
  parted: null,
  rated: false,
  findings: 1,
  normal: false,
  changed_at: "2026-05-03T10:00:00Z",
  ...more,
});
const HALVED = { mean: 1, sd: 2 }; // z of 0 is −.5, of 3 is 1

test("a number in SD has its sign, and none when it is nothing", () => {
  expect([0.84, -1.25, 0.04, -0.04].map(signed)).toEqual(["+0.8", "−1.3", "0.0", "0.0"]);
});

test("an interval stands on the axis that the places stand on", () => {
  expect(intervalWords({ low: 0, high: 3 }, HALVED)).toBe("−0.5 to +1.0");
  expect(intervalWords({ low: 0, high: 3 }, null)).toBe("");
});

test("a comparison alone is an observation", () => {
  expect([observed({ attempts: 0, comparisons: 1 }), observed({ attempts: 0, comparisons: 0 })]).toEqual([true, false]);
});

const predicted = { seconds: 9, low: 8, high: 10, z: 1.2, fixations: 20, model: "m" };

test("a case that was predicted only says so, and one in a band never says that nothing was observed", () => {
  const none = { attempts: 0, comparisons: 0, z: null };
  expect(unobserved(row({ ...none, band: 0, predicted }))).toBe("none: predicted only");
  expect(unobserved(row({ ...none, band: 0 }))).toBe("none");
  expect(unobserved(row({ band: 4, attempts: 1, z: null, predicted }))).toBe("too few cases for a scale");
});

const move = (more: Partial<Move> = {}): Move => ({ row: row(), from: 4, shown: true, rose: true, ...more });

test("a case that was read or compared too seldom has no band and says why", () => {
  const few = row({ band: 0, attempts: 1, comparisons: 1 });
  const none = row({ band: 0, attempts: 0, comparisons: 0 });
  expect([few, none, row({ band: 4 })].map(tooSeldom)).toEqual([true, false, false]);
  expect([few, none, row({ band: 4 })].map(bandWords)).toEqual([
    "no band: too few readings",
    "not read or compared yet",
    "band 4 of 5: hard",
  ]);
  expect(movedWords([move({ row: few, from: null })])).toBe("“Nodule” has news, and too few readings for a band yet.");
  expect(movedWords([move({ row: few, from: 4 })])).toContain("is harder than before at");
});

test("a predicted place that is closed to a rater says why, and one that was not asked for says nothing", () => {
  expect(unpredicted(row({ rated: true }))).toBe("closed while you rate this film");
  expect(unpredicted(row({ predicted: { ...predicted, z: null } }))).toBe("too few cases for a scale");
  expect(unpredicted(row())).toBe("none yet");
  expect(unpredicted(row({ rated: null }))).toBe("…");
});

test("one move is said by name and way, and the band where it is a new one", () => {
  expect(movedWords([move()])).toBe("“Nodule” is harder than before at +0.8 SD.");
  expect(movedWords([move({ from: 3 })])).toBe("“Nodule” is harder than before, now in the band “Hard” at +0.8 SD.");
  expect(movedWords([move({ rose: false })])).toBe("“Nodule” is easier than before at +0.8 SD.");
  expect(movedWords([move({ rose: null })])).toBe("“Nodule” has news at +0.8 SD.");
});

test("several moves are said as the number of cases, each once", () => {
  expect(movedWords([move(), move(), move({ row: row({ case: "b" }) })])).toBe("2 cases changed.");
  expect(movedWords([move({ rose: false }), move()])).toBe("“Nodule” is harder than before at +0.8 SD.");
});

test("a case that is not loaded is not named", () => {
  expect(movedWords([move({ from: null, shown: false })])).toBe("A case that is not loaded changed.");
  expect(movedWords([])).toBe("");
});

test("a correlation is written with its interval, and a dash stands for none", () => {
  expect(estimateWords({ value: 0.412, low: -0.05, high: 1 })).toBe(".41 (−.05 to 1.00)");
  expect(estimateWords({ value: -0.004, low: null, high: null })).toBe(".00");
  expect(estimateWords({ value: null, low: null, high: null })).toBe("–");
});

test("nineteen cases are too few to lean on, twenty are not", () => {
  expect([19, 20].map(tooFew)).toEqual([true, false]);
});

test("mean and sd are those that the rows' z were made with", () => {
  const rows = [5, 1, -3].map((place) => ({ place, z: (place - 1) / 2 }));
  expect(standardOf([...rows, { place: 99, z: null }])).toEqual({ mean: 1, sd: 2 });
  expect(standardOf([rows[0], rows[0]] as typeof rows)).toBeNull();
});

test("the axis reaches to the outermost dot in halves, never less than 2 nor more than 4 SD", () => {
  expect([[0.3], [-2.3, null], [2.2], [9]].map(reachOf)).toEqual([2, 3, 2.5, 4]);
});

test("a place on the axis is a share of it, and what lies beyond stands at its end", () => {
  expect([-2, 0, 1, 7].map((z) => share(z, 2))).toEqual([0, 0.5, 0.75, 1]);
  expect(ticksOf(2.5)).toEqual([-2, -1, 0, 1, 2]);
});
