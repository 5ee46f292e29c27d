/** A report beside its film: headings stand out, and what the model has not read is marked. */
import { el } from "../lib/dom";
import { type Piece, piecesOf, type ReadSpans } from "./readparts";

export class ReportPane {
  constructor(private readonly host: HTMLElement) {}

  /** `read`: what of it the model read; null while nobody knows. */
  show(text: string | null, read: ReadSpans | null): void {
    if (!text) this.host.replaceChildren("No report.");
    else if (!read) this.host.replaceChildren(...withHeadings(text));
    else this.host.replaceChildren(...shownOf(piecesOf(text, read)).flatMap(marked));
  }

  destroy(): void {
    this.host.replaceChildren();
  }
}

function marked({ how, words, why }: Shown): (Node | string)[] {
  if (how === "read") return withHeadings(words);
  if (how === "apart") {
    return [el("span", { class: "cut", role: "note" }, why), el("span", { class: "unread" }, ...withHeadings(words))];
  }
  const ink = words.trimEnd();
  const said = el("span", { class: "unseen" }, "(not read) ");
  return [el("span", { class: "unread within" }, said, ink), words.slice(ink.length)];
}

export interface Shown {
  how: "read" | "apart" | "within";
  words: string;
  why: string; // said above what stands apart
}

/** Whole lines that were not read stand apart, and so does the end of a report; less is marked within its line. */
export function shownOf(pieces: Piece[]): Shown[] {
  const last = pieces.length - 1;
  const ends = pieces.map(({ words }, n) => n === last || /\n\s*$/.test(words));
  const apart = pieces.map(({ fate }, n) => fate !== "read" && (n === last || (ends[n] && (n === 0 || ends[n - 1]))));
  return pieces.map(({ fate, words }, n) => {
    if (apart[n]) return { how: "apart", words: words.trim(), why: whyUnread(pieces, n) };
    const from = apart[n - 1] ? words.trimStart() : words;
    return { how: fate === "read" ? "read" : "within", words: apart[n + 1] ? from.trimEnd() : from, why: "" };
  });
}

function whyUnread(pieces: Piece[], n: number): string {
  if (pieces[n]?.fate === "skipped") return "Not read: neither findings nor impression.";
  const first = n === pieces.findIndex(({ fate }) => fate === "cut");
  return first && n === pieces.length - 1 ? "The model read up to here." : "Not read: did not fit.";
}

function withHeadings(text: string): (Node | string)[] {
  return sectionsOf(text).map(({ heading, words }) => (heading ? el("strong", {}, words) : words));
}

const HEADING = /(?:^[ \t]*|(?<=[.;!?][ \t]))[A-Z][A-Z /,()-]{2,40}:/gm;

/** The text in pieces, none lost; those that are headings ("FINDINGS:" where a line or sentence begins) are marked. */
export function sectionsOf(text: string): { heading: boolean; words: string }[] {
  const pieces: { heading: boolean; words: string }[] = [];
  let at = 0;
  for (const { index, 0: words } of text.matchAll(HEADING)) {
    if (index > at) pieces.push({ heading: false, words: text.slice(at, index) });
    pieces.push({ heading: true, words });
    at = index + words.length;
  }
  if (at < text.length) pieces.push({ heading: false, words: text.slice(at) });
  return pieces;
}
