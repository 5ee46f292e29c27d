/** The trainings of a list: what runs first, how far it is, what came of the others. */
import { el } from "../lib/dom";
import { table, when } from "../releases/pieces";
import type { RunRow } from "./types";
import { addressOf } from "./versions";
import { duration, runLine, runWords } from "./words";

export const runBadge = (state: string): HTMLElement =>
  el("span", { class: "badge", "data-state": state }, runWords(state));

/** The cells that change while a run goes carry its id, so that they can be written anew alone. */
export function runTable(runs: readonly RunRow[]): HTMLElement {
  const rows = runs.map((run) => ({
    cells: [
      [el("a", { href: `/models/runs/${run.id}/` }, run.name)],
      [runBadge(run.state)],
      [outcome(run)],
      [el("a", { href: addressOf(run.parent) }, run.parent.name)],
      [run.readings === null ? "–" : run.readings.toLocaleString("en-GB")],
      [run.schedule ? `schedule “${run.schedule.name}”` : (run.by ?? "–")],
      [when(run.created_at)],
    ],
  }));
  return table(COLUMNS, rows, "Trainings, the newest first");
}

const COLUMNS = [
  { name: "Training" },
  { name: "State" },
  { name: "How far, or what came of it" },
  { name: "From" },
  { name: "Readings", num: true },
  { name: "Asked by" },
  { name: "When" },
];

export function outcome(run: RunRow): HTMLElement {
  const box = el("div", { class: "outcome", "data-outcome": run.id });
  fillOutcome(box, run);
  return box;
}

export function fillOutcome(box: HTMLElement, run: RunRow): void {
  const line = runLine(run);
  if (run.state === "running") {
    box.replaceChildren(
      el("span", { class: "small" }, line || "begins"),
      el("progress", { max: 1, value: run.progress ?? 0, "aria-label": `Progress of ${run.name}` }),
    );
  } else if (run.state === "done" && run.version) {
    const words = run.version.state === "champion" ? `${line}; serves now` : line;
    box.replaceChildren(
      el("a", { href: addressOf(run.version) }, run.version.name),
      el("span", { class: "small soft" }, ` ${words}`),
    );
  } else if (run.state === "failed") {
    box.replaceChildren(el("span", { class: "small" }, run.job?.error?.title ?? "It failed."));
  } else if (run.state === "queued") {
    const place = run.job?.place ?? null;
    box.replaceChildren(
      el("span", { class: "small soft" }, place && place > 1 ? `place ${place} in the queue` : "next in the queue"),
    );
  } else {
    const took = run.finished_at ? Date.parse(run.finished_at) - Date.parse(run.created_at) : null;
    box.replaceChildren(
      el("span", { class: "small soft" }, took === null ? "" : `after ${duration(took / 1000)}; can be resumed`),
    );
  }
}
