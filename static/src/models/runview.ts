/** What the page of a run shows beside its curves: where it stands, what it learns from, the facts of it. */

import { el } from "../lib/dom";
import { count } from "../lib/plural";
import type { JobKind, JobView } from "../parts/jobprogress";
import { when } from "../releases/pieces";
import { sourceName } from "../releases/words";
import { isOver } from "./runstate";
import type { Run } from "./types";
import { addressOf } from "./versions";
import { duration, figure, STAGES, timeLeft } from "./words";

/** Of the stages the last that a run can go back to is its newest checkpoint. */
export const lastCheckpoint = ({ checkpoints }: Pick<Run, "checkpoints">): number | null =>
  checkpoints[checkpoints.length - 1] ?? null;

/** "Resume from step 100", or from the beginning where there is no checkpoint, or at the gate where it made a version. */
export function resumeWords(run: Pick<Run, "checkpoints" | "version">): string {
  if (run.version) return "Resume at the gate";
  const step = lastCheckpoint(run);
  return step === null ? "Start it again" : `Resume from step ${step.toLocaleString("en-GB")}`;
}

export function kindOf(run: Run): JobKind {
  return {
    stages: STAGES,
    none: "",
    ask: "",
    cancelled: cancelledWords(run),
    failed: "The training failed, and nobody said why. The log below may.",
    again: resumeWords(run),
  };
}

function cancelledWords(run: Run): string {
  const step = lastCheckpoint(run);
  const kept =
    step === null ? "Nothing had been kept yet." : `Its checkpoint of step ${step.toLocaleString("en-GB")} is kept.`;
  return `It was cancelled. ${kept}`;
}

export function viewOf(run: Run): JobView {
  return {
    state: run.state,
    stage: run.stage,
    share: run.share ?? null,
    counted: run.stage_done !== null && run.stage_of ? [run.stage_done, run.stage_of] : null,
    place: run.job?.place ?? null,
    problem: run.state === "failed" ? (run.error ?? run.job?.error ?? null) : null,
    mayAsk: false, // resuming and cancelling have buttons of their own, which keep the focus while steps are counted
    mayCancel: false,
  };
}

/** "Step 120 of 400 · training loss 1.234 nats a fixation · about 2 min left of training"; empty before its first step. */
export function stepLine(run: Run): string {
  if (run.step === null || !run.of) return "";
  const left = isOver(run) ? "" : timeLeft(run.eta_s);
  return [
    `Step ${run.step.toLocaleString("en-GB")} of ${run.of.toLocaleString("en-GB")}`,
    run.loss === null ? "" : `training loss ${figure(run.loss)} nats a fixation`,
    left && `${left} of training`,
    run.memory_mb === null ? "" : `${Math.round(run.memory_mb).toLocaleString("en-GB")} MB of memory`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/** What it went on from, where it was stopped in between. */
export function resumedLine({ resumed }: Pick<Run, "resumed">): string {
  if (!resumed) return "";
  return `It was stopped in between and went on from its checkpoint of step ${resumed.toLocaleString("en-GB")}; the result is the same as without a stop.`;
}

/** What its owner should know beside it. */
export function notesOf({ note, withdrawn }: Pick<Run, "note" | "withdrawn">): string[] {
  return [
    note,
    withdrawn > 0
      ? `${count(withdrawn, "reading that it learnt from has", "readings that it learnt from have")} been withdrawn since. No further run learns from them; train again without them to have a version that never saw them.`
      : "",
  ].filter(Boolean);
}

export function factsOf(run: Run): Node[] {
  const fact = (words: string, ...value: (Node | string | null)[]) => [
    el("dt", {}, words),
    el("dd", {}, ...value.filter((one) => one !== null)),
  ];
  const took =
    run.started_at && run.finished_at
      ? duration((Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000)
      : "";
  return [
    ...fact("Begins from", el("a", { href: addressOf(run.parent) }, run.parent.name)),
    ...fact("Budget", budget(run)),
    ...fact("Asked by", run.schedule ? `the schedule “${run.schedule.name}”` : (run.by ?? "–")),
    ...fact("Asked", when(run.created_at)),
    ...(took ? fact("Took", took) : []),
    ...fact("Seed", String(run.seed)),
  ];
}

function budget({ steps, minutes, of }: Run): string {
  if (steps !== null) return count(steps, "step");
  const fits = of === null ? "" : `, ${count(of, "step")} on this machine`;
  return minutes === null ? `the usual${fits}` : `${minutes.toLocaleString("en-GB")} min${fits}`;
}

/** What it learns from, and whose word that rests on. */
export function dataOf(run: Run): Node[] {
  const { kind, release, sources, counts } = run.data;
  const names = (sources ?? []).map(sourceName);
  const simulated = counts?.simulated_readings ?? 0;
  const parts: Node[] = [
    kind === "release"
      ? el(
          "p",
          {},
          "The readings of ",
          release ? el("a", { href: `/releases/${release}/` }, "a release") : "a release",
          ".",
        )
      : el("p", {}, `Readings here${names.length > 0 ? `: ${names.join(", ").toLowerCase()}` : ""}.`),
  ];
  if (counts?.readings !== undefined) {
    const words = [
      count(counts.readings, "reading"),
      counts.cases === undefined ? "" : `of ${count(counts.cases, "case")}`,
      counts.readers === undefined ? "" : `by ${count(counts.readers, "reader")}`,
    ];
    parts.push(
      el(
        "p",
        {},
        `${words.filter(Boolean).join(" ")}${simulated > 0 ? `, ${simulated.toLocaleString("en-GB")} of them simulated` : ""}.`,
      ),
    );
  } else {
    parts.push(el("p", { class: "soft" }, "How many there are is counted when it begins."));
  }
  parts.push(
    el(
      "p",
      { class: "small soft" },
      "Only readings of people who agree to training, asked when the data were gathered. Whoever withdraws later is in no further run, and this one is listed with their withdrawal.",
    ),
  );
  return parts;
}
