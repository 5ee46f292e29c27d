import { expect, test } from "vitest";
import type { Reading, Span } from "../lib/types";
import { piecesOf, reportNotes } from "./readparts";

const REPORT = "INDICATION: Cough.\n\nFINDINGS:\nRight opacity. No effusion.\n\nIMPRESSION: Pneumonia.\n";

/** Spans of the report by what stands there. */
const spans = (report: string, ...words: string[]): Span[] =>
  words.map((one) => {
    const from = [...report.slice(0, report.indexOf(one))].length;
    return [from, from + [...one].length];
  });

function reading(report: string, read: string[], skipped: string[], more: Partial<Reading> = {}): Reading {
  return {
    samples: [],
    seed: 0,
    model_sha256: "",
    report_read: spans(report, ...read),
    report_skipped: spans(report, ...skipped),
    report_read_chars: 0,
    report_dropped_tokens: 0,
    report_names_place: null,
    corrected: {},
    ...more,
  };
}

const whole = reading(
  REPORT,
  ["Right opacity. No effusion.", "Pneumonia."],
  ["INDICATION: Cough.\n\nFINDINGS:", "IMPRESSION:"],
);
const cut = reading(REPORT, ["Right opacity.", "Pneumonia."], ["INDICATION: Cough.\n\nFINDINGS:", "IMPRESSION:"]);

test("the heading of what was read goes with it", () => {
  expect(piecesOf(REPORT, whole)).toEqual([
    { fate: "skipped", words: "INDICATION: Cough.\n\n" },
    { fate: "read", words: "FINDINGS:\nRight opacity. No effusion.\n\nIMPRESSION: Pneumonia.\n" },
  ]);
});

test("what is neither read nor skipped did not fit", () => {
  expect(piecesOf(REPORT, cut)).toEqual([
    { fate: "skipped", words: "INDICATION: Cough.\n\n" },
    { fate: "read", words: "FINDINGS:\nRight opacity. " },
    { fate: "cut", words: "No effusion.\n\n" },
    { fate: "read", words: "IMPRESSION: Pneumonia.\n" },
  ]);
});

test("a report in one line is in pieces at its headings too", () => {
  const line = "HISTORY: Cough. FINDINGS: Right opacity.";
  const { report_read, report_skipped } = reading(line, ["Right opacity."], ["HISTORY: Cough. FINDINGS:"]);
  expect(piecesOf(line, { report_read, report_skipped })).toEqual([
    { fate: "skipped", words: "HISTORY: Cough. " },
    { fate: "read", words: "FINDINGS: Right opacity." },
  ]);
});

test("a report in pieces is still the whole report", () => {
  for (const { report_read, report_skipped } of [whole, cut, reading(REPORT, [], []), reading(REPORT, [REPORT], [])]) {
    const pieces = piecesOf(REPORT, { report_read, report_skipped });
    expect(pieces.map(({ words }) => words).join("")).toBe(REPORT);
  }
  expect(piecesOf("", reading("", [], []))).toEqual([]);
});

test("characters outside the first plane of Unicode are counted as one", () => {
  const text = "🫁 clear. No effusion.";
  expect(piecesOf(text, reading(text, ["🫁 clear."], []))).toEqual([
    { fate: "read", words: "🫁 clear. " },
    { fate: "cut", words: "No effusion." },
  ]);
});

test("of a report that was read there is nothing to say", () => {
  expect(reportNotes("Clear.\n", reading("Clear.\n", ["Clear."], [], { report_names_place: true }))).toEqual([]);
});

test("parts that are neither findings nor impression are named by their headings", () => {
  expect(reportNotes(REPORT, whole)).toEqual(["Only findings and impression are read, not the indication."]);
  const text = "EXAMINATION: CHEST\nTechnique: PA\nCOMPARISON: None\nFINDINGS: Clear.";
  const headed = reading(text, ["Clear."], ["EXAMINATION: CHEST\nTechnique: PA\nCOMPARISON: None\nFINDINGS:"]);
  expect(reportNotes(text, headed)).toEqual([
    "Only findings and impression are read, not the examination, the technique or the comparison.",
  ]);
  expect(reportNotes("FINAL REPORT\nClear.", reading("FINAL REPORT\nClear.", ["Clear."], ["FINAL REPORT"]))).toEqual([
    "Only findings and impression are read.",
  ]);
});

test("what did not fit is counted apart from what is neither findings nor impression", () => {
  expect(reportNotes(REPORT, cut)).toEqual([
    "Only findings and impression are read, not the indication.",
    "12 of 82 characters of the report did not fit and were not read.",
  ]);
  const long = "a".repeat(1927);
  expect(reportNotes(long, reading(long, ["a".repeat(499)], [], { report_dropped_tokens: 90 }))).toEqual([
    "1,428 of 1,927 characters of the report did not fit and were not read.",
  ]);
});

test("a model that reads no report says so", () => {
  expect(reportNotes("Clear.", reading("Clear.", [], []))).toEqual(["This model reads no report."]);
  const most = reading("Clear.", [], [], { report_dropped_tokens: 3 });
  expect(reportNotes("Clear.", most)).toEqual(["6 of 6 characters of the report did not fit and were not read."]);
});

test("a report that names no place the model knows gets a survey, and that is said", () => {
  const notes = (report_names_place: boolean | null) =>
    reportNotes("a", reading("a", ["a"], [], { report_names_place }));
  expect(notes(false)).toEqual([
    "Nothing the report affirms names a place this model has learnt, so this is a survey of the whole film.",
  ]);
  expect(notes(true)).toEqual([]);
  expect(notes(null)).toEqual([]);
});
