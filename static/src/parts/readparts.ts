/** What became of each part of a report when the model read it. */
import type { Reading } from "../lib/types";

export interface Piece {
  fate: "read" | "skipped" | "cut"; // skipped: neither findings nor impression; cut: it did not fit
  words: string;
}
export type ReadSpans = Pick<Reading, "report_read" | "report_skipped">;

const LAST_HEADING = /(?:^|(?<=\n)|(?<=[.;!?][ \t]))[^\n.;!?]{0,80}:\s*$/;

/** The report in pieces, none lost. White space goes with what stands before it, a heading with what stands under it. */
export function piecesOf(report: string, { report_read, report_skipped }: ReadSpans): Piece[] {
  const characters = [...report]; // spans count characters of Unicode
  const piece = (fate: Piece["fate"], from: number, to: number) => ({
    fate,
    words: characters.slice(from, to).join(""),
  });
  const known = [
    ...report_read.map(([from, to]) => ({ fate: "read" as const, from, to })),
    ...report_skipped.map(([from, to]) => ({ fate: "skipped" as const, from, to })),
  ].sort((one, other) => one.from - other.from);
  let at = 0;
  const pieces = known.flatMap(({ fate, from, to }) => {
    const both = [piece("cut", at, from), piece(fate, from, to)];
    at = to;
    return both;
  });
  const found = joined([...pieces, piece("cut", at, characters.length)]);
  return joined(
    found.flatMap((one, n) => {
      const next = found[n + 1];
      const heading = one.fate === "skipped" && next ? LAST_HEADING.exec(one.words) : null;
      if (!next || !heading) return [one];
      return [
        { ...one, words: one.words.slice(0, heading.index) },
        { ...next, words: heading[0] },
      ];
    }),
  );
}

/** Neighbours of one fate in one piece. */
function joined(pieces: Piece[]): Piece[] {
  const out: Piece[] = [];
  for (const { fate, words } of pieces) {
    const last = out.at(-1);
    const ink = last ? words.trimStart() : words;
    if (last) last.words += words.slice(0, words.length - ink.length);
    if (!ink) continue;
    if (last && (last.fate === fate || !last.words.trim())) Object.assign(last, { fate, words: last.words + ink });
    else out.push({ fate, words: ink });
  }
  return out;
}

const HEADINGS = /(?:^|(?<=[.;!?][ \t]))[ \t]*([A-Z][A-Za-z /,()&-]{2,40}):/gm;

/** What a reader should know of how the report was read: what of it was left out, and whether it names a place. */
export function reportNotes(report: string, reading: Reading): string[] {
  const pieces = piecesOf(report, reading);
  const all = (fate: Piece["fate"]) => pieces.filter((piece) => piece.fate === fate).map(({ words }) => words.trim());
  const notes: string[] = [];
  const skipped = all("skipped");
  const names = skipped.flatMap((words) =>
    [...words.matchAll(HEADINGS)].map((found) => `the ${found[1]?.toLowerCase()}`),
  );
  const listed = new Intl.ListFormat("en-GB", { type: "disjunction" }).format(new Set(names));
  if (skipped.length > 0) notes.push(`Only findings and impression are read${listed && `, not ${listed}`}.`);
  const cut = all("cut").join("");
  if (cut && all("read").length + skipped.length + reading.report_dropped_tokens === 0) {
    notes.push("This model reads no report.");
  } else if (cut) {
    const [missing, total] = [cut, report].map((words) => [...words].length.toLocaleString("en-GB"));
    notes.push(`${missing} of ${total} characters of the report did not fit and were not read.`);
  }
  if (reading.report_names_place === false) {
    notes.push(
      "Nothing the report affirms names a place this model has learnt, so this is a survey of the whole film.",
    );
  }
  return notes;
}
