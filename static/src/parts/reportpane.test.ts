import { expect, test } from "vitest";
import { sectionsOf } from "./reportpane";

const headings = (text: string) => sectionsOf(text).flatMap(({ heading, words }) => (heading ? [words] : []));

test("a report in pieces is still the whole report", () => {
  for (const text of ["FINDINGS: Clear.\n\nIMPRESSION: Normal.\n", "Clear lungs.", "", "FINDINGS:"]) {
    expect(
      sectionsOf(text)
        .map(({ words }) => words)
        .join(""),
    ).toBe(text);
  }
});

test("headings are capital words before a colon at the beginning of a line", () => {
  expect(headings("FINDINGS: Clear.\nIMPRESSION:\nNormal. NO: nothing.\n  FINDINGS/IMPRESSION: x")).toEqual([
    "FINDINGS:",
    "IMPRESSION:",
    "  FINDINGS/IMPRESSION:",
  ]);
  expect(headings("Heart: normal.\nSeen at 10:15.\nCT: none")).toEqual([]);
});
