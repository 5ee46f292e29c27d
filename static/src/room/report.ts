/** The report beside the film, with a mark where the model stopped reading. */
import { el } from "../lib/dom";
import type { Reading } from "../lib/types";

export function reportOf(text: string, reading: Reading | null): Node[] {
  const cut = reading ? reading.report_read_chars : text.length;
  const rest = text.slice(cut);
  if (!rest.trim()) return [document.createTextNode(text)];
  return [
    document.createTextNode(text.slice(0, cut)),
    el("span", { class: "cut", role: "note" }, "The model read up to here."),
    el("span", { class: "unread" }, rest.trimStart()),
  ];
}
