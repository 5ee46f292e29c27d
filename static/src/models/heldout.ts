/** How the new weights do on readings that they did not learn from, beside those they began with. */
import { el } from "../lib/dom";
import { table } from "../releases/pieces";
import type { HeldOutRow } from "./types";
import { capital, figure, heldOutOf, interval, metricWords, signed } from "./words";

const COLUMNS = [
  { name: "Metric" },
  { name: "Before", num: true },
  { name: "After", num: true },
  { name: "Difference, 95 %", num: true },
  { name: "Of", num: true },
];

export function heldOutView(rows: readonly HeldOutRow[]): HTMLElement {
  const under = (words: string) => (words ? [el("span", { class: "under" }, words)] : []);
  return el(
    "div",
    {},
    ...rows.map(({ sentence }) => el("p", { class: "lead" }, sentence)),
    table(
      COLUMNS,
      rows.map((row) => ({
        cells: [
          [capital(row.metric), ...under(metricWords(row, "held-out"))],
          [figure(row.before.value), ...under(interval(row.before))],
          [figure(row.after.value), ...under(interval(row.after))],
          [signed(row.difference.value), ...under(interval(row.difference, signed))],
          [heldOutOf(row)],
        ],
      })),
      "Held-out readings, a metric each",
    ),
  );
}
