/** How the new weights do on readings that they did not learn from, beside those they began with. */
import { el } from "../lib/dom";
import { table } from "../releases/pieces";
import type { HeldOutRow } from "./types";
import { capital, figure, heldOutOf, interval, signed } from "./words";

const COLUMNS = [
  { name: "Metric" },
  { name: "Before", num: true },
  { name: "After", num: true },
  { name: "Difference, 95 %", num: true },
  { name: "Of", num: true },
];

export function heldOutView(rows: readonly HeldOutRow[]): HTMLElement {
  const under = (words: string) => (words ? [el("span", { class: "under" }, words)] : []);
  const way = ({ unit, higher_is_better }: HeldOutRow) =>
    [unit, higher_is_better ? "higher is better" : "lower is better"].filter(Boolean).join(", ");
  return el(
    "div",
    {},
    ...rows.map(({ sentence }) => el("p", { class: "lead" }, sentence)),
    table(
      COLUMNS,
      rows.map((row) => ({
        cells: [
          [capital(row.metric), ...under(way(row))],
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
