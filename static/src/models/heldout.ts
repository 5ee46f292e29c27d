/** How the new weights do on readings that they did not learn from, beside those they began with. */
import { el } from "../lib/dom";
import { stackTable } from "./table";
import type { HeldOutRow } from "./types";
import { differenceWords, figure, heldOutOf, interval } from "./words";

export function heldOutView(rows: readonly HeldOutRow[]): HTMLElement {
  const span = (words: string) => words && el("span", { class: "under" }, words);
  return el(
    "div",
    {},
    ...rows.map(({ sentence }) => el("p", { class: "lead" }, sentence)),
    stackTable(
      "Held-out readings: metric, before, after, difference",
      [
        { words: "Metric" },
        { words: "Before", num: true },
        { words: "After", num: true },
        { words: "Difference, 95 %", num: true },
        { words: "Of", num: true },
      ],
      rows.map((row) => [
        el(
          "span",
          {},
          row.metric,
          span([row.unit, row.higher_is_better ? "higher is better" : "lower is better"].filter(Boolean).join(", ")),
        ),
        el("span", {}, figure(row.before.value), span(interval(row.before))),
        el("span", {}, figure(row.after.value), span(interval(row.after))),
        differenceWords(row.difference),
        heldOutOf(row),
      ]),
    ),
  );
}
