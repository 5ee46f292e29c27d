import { expect, test } from "vitest";
import { completed } from "./terms";

const TERMS = ["nodule", "opacity", "ground-glass opacity", "pleural effusion", "pleural thickening", "mass", "masses"];

test.each([
  ["opac", "opacity"],
  ["Nod", "nodule"],
  [" pleural e ", "pleural effusion"],
])("%j is completed to the one term that begins so", (typed, term) => {
  expect(completed(typed, TERMS)).toBe(term);
});

test.each(["pleural", "no", "swirl", "", "glass"])("%j stays as it is typed", (typed) => {
  expect(completed(typed, TERMS)).toBe(typed);
});

test("a whole term is itself, though another begins with it", () => {
  expect(completed("Mass", TERMS)).toBe("mass");
});
