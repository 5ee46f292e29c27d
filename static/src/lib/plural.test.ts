import { describe, expect, it } from "vitest";
import { count, noun } from "./plural";

describe("a number with its noun", () => {
  it("has the plural unless it is one", () => {
    expect([0, 1, 2].map((n) => count(n, "case"))).toEqual(["0 cases", "1 case", "2 cases"]);
    expect(count(1, "person", "people")).toBe("1 person");
    expect(count(1000, "person", "people")).toBe("1,000 people");
    expect(noun(1, "person", "people")).toBe("person");
    expect(noun(2, "reader")).toBe("readers");
  });
});
