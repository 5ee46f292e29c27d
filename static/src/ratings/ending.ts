/** The end of a study for its rater: thanks, and what else waits. */
import { api } from "../lib/api";
import { el } from "../lib/dom";
import type { QueuedStudy } from "./types";
import { many, ratedWords } from "./words";

export function ending(rated: number, of: number, toLast: (() => void) | null): HTMLElement {
  const row = el("div", { class: "row" }, el("a", { class: "button", href: "/rate/" }, "What waits for me"));
  if (toLast) {
    const back = el("button", { class: "button", type: "button" }, "Back to the last one");
    back.addEventListener("click", toLast);
    row.append(back);
  }
  void offerNext(row);
  return el(
    "div",
    { class: "notice ended", role: "status" },
    el("strong", {}, "That was the last one. Thank you."),
    el("p", {}, `${ratedWords(rated, of)} Its results are made when the organiser closes it.`),
    row,
  );
}

/** Another study that waits comes first in the row. */
async function offerNext(row: HTMLElement): Promise<void> {
  const answer = await api<{ studies: QueuedStudy[] }>("GET", "/api/v1/ratings/queue/").catch(() => null);
  const other = answer?.studies.find(({ next }) => next);
  if (!other) return;
  const words = `Go on with “${other.name}”, ${many(other.of - other.done, "reading waits", "readings wait")}`;
  row.prepend(el("a", { class: "button main", href: `/rate/${other.next}/` }, words));
}
