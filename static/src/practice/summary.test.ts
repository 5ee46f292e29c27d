import { expect, test } from "vitest";
import { predictionWords } from "./comparetab";
import { missWords } from "./findingstab";
import { dayOf } from "./summary";

test.each([
  ["search", 0, "never looked there"],
  ["recognition", 0.62, "for 0.6 s and did not see it"],
  ["decision", 1.49, "for 1.5 s and did not call it"],
] as const)("a miss by %s says what happened", (miss, dwell_s, words) => {
  expect(missWords({ miss, dwell_s })).toContain(words);
});

test("a prediction that is not there yet, or never will be, is said; one that is there is not", () => {
  const model = { name: "m", sha256: "0", simulated: true };
  expect(predictionWords({ model, prediction: { state: "done" } })).toBe("");
  expect(predictionWords({ model: null, prediction: { state: "queued" } })).toContain("being made");
  expect(predictionWords({ model: null, prediction: { state: "none" } })).toContain("no predicted reading");
  expect(predictionWords({ model: null, prediction: { state: "failed" } })).toContain("failed");
});

test("a date is said as people say it", () => {
  expect(dayOf("2026-12-02")).toBe("2 December");
});
