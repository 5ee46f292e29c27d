/** A report beside its film: headings stand out, and a mark says where the model stopped reading. */
import { el } from "../lib/dom";

export class ReportPane {
  constructor(private readonly host: HTMLElement) {}

  /** `read`: how many characters of it the model read; null while nobody knows. */
  show(text: string | null, read: number | null): void {
    if (!text) {
      this.host.replaceChildren("No report.");
      return;
    }
    const cut = read ?? text.length;
    const rest = text.slice(cut);
    if (!rest.trim()) {
      this.host.replaceChildren(...withHeadings(text));
      return;
    }
    this.host.replaceChildren(
      ...withHeadings(text.slice(0, cut)),
      el("span", { class: "cut", role: "note" }, "The model read up to here."),
      el("span", { class: "unread" }, ...withHeadings(rest.trimStart())),
    );
  }

  destroy(): void {
    this.host.replaceChildren();
  }
}

function withHeadings(text: string): (Node | string)[] {
  return sectionsOf(text).map(({ heading, words }) => (heading ? el("strong", {}, words) : words));
}

const HEADING = /^[ \t]*[A-Z][A-Z /,()-]{2,40}:/gm;

/** The text in pieces, none lost; those that are headings ("FINDINGS:" at the beginning of a line) are marked. */
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
