import { expect, test } from "vitest";
import type { Piece } from "./readparts";
import { sectionsOf, shownOf } from "./reportpane";

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

test("headings are capital words before a colon where a line or sentence begins", () => {
  expect(headings("FINDINGS: Clear.\nIMPRESSION:\nNormal. NO: nothing.\n  FINDINGS/IMPRESSION: x")).toEqual([
    "FINDINGS:",
    "IMPRESSION:",
    "  FINDINGS/IMPRESSION:",
  ]);
  expect(headings("FINDINGS: Clear. IMPRESSION: Normal (NO CHANGE: so).")).toEqual(["FINDINGS:", "IMPRESSION:"]);
  expect(headings("Heart: normal.\nSeen at 10:15.\nCT: none")).toEqual([]);
});

const read = (words: string): Piece => ({ fate: "read", words });
const skipped = (words: string): Piece => ({ fate: "skipped", words });
const cut = (words: string): Piece => ({ fate: "cut", words });
const shown = (...pieces: Piece[]) => shownOf(pieces).map(({ how, words, why }) => [how, words, why]);

test("where the model stopped reading stands a mark, and the rest apart from it", () => {
  expect(shown(read("Opacity in the "), cut("left lung.\n"))).toEqual([
    ["read", "Opacity in the", ""],
    ["apart", "left lung.", "The model read up to here."],
  ]);
});

test("sections that are not read stand apart and say why", () => {
  expect(shown(skipped("HISTORY: Cough.\n\n"), read("FINDINGS: Clear.\n\n"), skipped("COMPARISON: None."))).toEqual([
    ["apart", "HISTORY: Cough.", "Not read: neither findings nor impression."],
    ["read", "FINDINGS: Clear.", ""],
    ["apart", "COMPARISON: None.", "Not read: neither findings nor impression."],
  ]);
});

test("a sentence that did not fit is marked where it stands", () => {
  expect(shown(read("Opacity. "), cut("No edema. "), read("Nodule.\n"), cut("Clear.\n\n"), read("End."))).toEqual([
    ["read", "Opacity. ", ""],
    ["within", "No edema. ", ""],
    ["read", "Nodule.", ""],
    ["apart", "Clear.", "Not read: did not fit."],
    ["read", "End.", ""],
  ]);
});

test("what did not fit of a line that was begun is marked within it", () => {
  expect(shown(read("Opacity. "), cut("No edema.\n\n"), read("IMPRESSION: Scar.")).map(([how]) => how)).toEqual([
    "read",
    "within",
    "read",
  ]);
});

test("a model that left out more than the end did not read up to there", () => {
  expect(shown(cut("No edema. "), read("Opacity. "), cut("Clear."))).toEqual([
    ["within", "No edema. ", ""],
    ["read", "Opacity.", ""],
    ["apart", "Clear.", "Not read: did not fit."],
  ]);
});
