/** Who took consent back, and which releases and trainings hold what they had given. */
import { el } from "../lib/dom";
import { table, when } from "./pieces";
import type { Withdrawal } from "./types";

export function withdrawalTable(rows: readonly Withdrawal[]): HTMLElement {
  if (rows.length === 0)
    return el("p", { class: "soft" }, "Nobody has withdrawn anything that a release or a training holds.");
  return table(
    [
      { name: "When" },
      { name: "Reader" },
      { name: "No longer for" },
      { name: "Releases that hold it" },
      { name: "Trainings that used it" },
    ],
    rows.map(({ at, reader, purposes, releases, runs }) => ({
      cells: [
        [at ? when(at) : "not noted"],
        [el("span", { class: "mono" }, reader)],
        [purposes.join(", ")],
        links(releases.map(({ id, version }) => [`/releases/${id}/`, `Release ${version}`])),
        links(runs.map(({ id, name }) => [`/models/runs/${id}/`, name])),
      ],
    })),
    "Withdrawals and what they touched",
  );
}

function links(targets: readonly [href: string, words: string][]): (Node | string)[] {
  if (targets.length === 0) return [el("span", { class: "soft" }, "none")];
  return targets.flatMap(([href, words], at) => [at > 0 ? ", " : "", el("a", { href }, words)]);
}
