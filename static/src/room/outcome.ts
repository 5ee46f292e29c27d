/** What is said of a prediction: its words while it is made, its facts and notes when it is there. */
import { el } from "../lib/dom";
import { modelLink } from "../lib/modellink";
import type { JobKind, JobView } from "../parts/jobprogress";
import { reportNotes } from "../parts/readparts";
import { endOf } from "../parts/track";
import type { PredictionState } from "./prediction";

const STAGES: [string, string][] = [
  ["film", "Opening the film"],
  ["report", "Reading the report"],
  ["gaze", "Looking at the film with the report in mind"],
  ["decode", "Placing the fixations"],
];

export const CLOSED = "Closed while you rate this film; the predicted reading opens when the study closes.";

/** The words for a prediction of a case with or without a report, and of a film that one rates. */
export function kindOf(report: string | null, rated: boolean): JobKind {
  return {
    stages: STAGES,
    none: rated
      ? CLOSED
      : report
        ? "No reading has been predicted yet."
        : "A prediction follows the report, and this case has none yet.",
    ask: "Predict a reading",
    cancelled: "This prediction was cancelled.",
    failed: "The prediction failed.",
    again: "Predict again",
  };
}

export function viewOf(now: PredictionState, may: boolean, report: string | null): JobView {
  const { state, stage, place, problem, data } = now;
  return {
    state,
    stage,
    share: data?.job?.progress ?? null,
    place,
    problem,
    mayAsk: may && report !== null && report !== "",
    mayCancel: may && Boolean(data?.job),
  };
}

/** Facts and notes of a reading that is there. */
export function outcomeOf(now: PredictionState, report: string | null): HTMLElement | null {
  const { reading, data } = now;
  if (!reading || !data) return null;
  const main = reading.samples[0]?.fixations ?? [];
  const notes: string[] = [];
  if (data.model.simulated) notes.push("This model learnt from simulated readings, wholly or in part.");
  if (main.length === 0) notes.push("The model would not look anywhere: it ends its reading at once.");
  if (reading.samples.some(({ capped }) => capped)) {
    notes.push("The length limit was reached: the reading may go on past the last fixation.");
  }
  if (report) notes.push(...reportNotes(report, reading));
  notes.push(...corrections(reading.corrected));
  return el(
    "div",
    {},
    el(
      "dl",
      { class: "facts" },
      el("dt", {}, "Model"),
      el("dd", {}, modelLink(data.model)),
      el("dt", {}, "Fixations"),
      el("dd", { class: "numbers" }, `${main.length} in ${endOf(main).toFixed(1)} s`),
    ),
    notes.length > 0 && el("ul", { class: "notes" }, ...notes.map((words) => el("li", {}, words))),
  );
}

function corrections(corrected: Record<string, number>): string[] {
  const notes: string[] = [];
  const { clamped = 0, lengthened = 0 } = corrected;
  const times = (n: number) => (n === 1 ? "One fixation" : `${n} fixations`);
  if (clamped > 0) notes.push(`${times(clamped)} fell off the film and stand at its edge.`);
  if (lengthened > 0) notes.push(`${times(lengthened)} came out too short and got the shortest duration.`);
  return notes;
}
