import { describe, expect, it } from "vitest";
import { rollBackOf } from "./serving";
import type { PromotionData } from "./types";

const row = (id: number, name: string, undoes: number | null = null) =>
  ({ id, version: { sha256: name, name }, undoes }) as PromotionData;
const names = (...history: PromotionData[]) => {
  const found = rollBackOf(history);
  return found && [found.undone.version.name, found.back.version.name];
};

describe("what a roll back leads to", () => {
  it("is the version that served before, in whatever order the history comes", () => {
    expect(names(row(3, "c"), row(2, "b"), row(1, "a"))).toEqual(["c", "b"]);
    expect(names(row(1, "a"), row(2, "b"))).toEqual(["b", "a"]);
  });

  it("goes back two after a first roll back", () => {
    expect(names(row(1, "a"), row(2, "b"), row(3, "c"), row(4, "b", 3))).toEqual(["b", "a"]);
  });

  it("counts a version that was promoted after a roll back", () => {
    expect(names(row(1, "a"), row(2, "b"), row(3, "a", 2), row(4, "d"))).toEqual(["d", "a"]);
  });

  it("is nothing where only the first has served", () => {
    expect(names(row(1, "a"))).toBe(null);
    expect(names(row(1, "a"), row(2, "b"), row(3, "a", 2))).toBe(null);
    expect(names()).toBe(null);
  });
});
