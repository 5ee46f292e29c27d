import { describe, expect, it } from "vitest";
import { linesOf } from "./manifest";

describe("what a manifest says", () => {
  it("is a line a figure, with the names that lead there", () => {
    const scores = {
      "held-out cases": { ScanMatch: { value: 0.3506, low: 0.3348, high: 0.3666 }, mIoU: { value: 0.39 } },
    };
    expect(linesOf(scores)).toEqual([
      [["held-out cases", "ScanMatch"], "0.351 (0.335 to 0.367)"],
      [["held-out cases", "mIoU"], "0.390"],
    ]);
  });

  it("writes counts whole, lists in a line, and what is nothing as a dash", () => {
    expect(linesOf({ kept_step: 12000, sources: ["tracker", "import"], digest: null, whole: true })).toEqual([
      [["kept step"], "12,000"],
      [["sources"], "tracker, import"],
      [["digest"], "–"],
      [["whole"], "yes"],
    ]);
  });

  it("goes into lists of tables", () => {
    expect(linesOf([{ a: 1 }, { a: 2 }])).toEqual([
      [["0", "a"], "1"],
      [["1", "a"], "2"],
    ]);
  });

  it("ends, however deep and long it is", () => {
    let deep: unknown = 1;
    for (let at = 0; at < 50; at++) deep = { deep };
    expect(linesOf(deep).map(([names]) => names.length)).toEqual([6]);
    expect(linesOf(Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [at, at])))).toHaveLength(400);
  });
});
