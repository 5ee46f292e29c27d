/** The panel that says how the prediction stands: asked, waiting, at which stage, done with what, or why not. */
import { el } from "../lib/dom";
import type { PredictionState } from "./prediction";

const STAGES: [string, string][] = [
  ["film", "Opening the film"],
  ["report", "Reading the report"],
  ["gaze", "Looking at the film with the report in mind"],
  ["decode", "Placing the fixations"],
];

export interface Actions {
  ask: () => void;
  cancel: () => void;
  samples: number;
}

export function statusOf(now: PredictionState, may: boolean, report: string | null, actions: Actions): HTMLElement {
  const box = el("div");
  const ask = (words: string) => {
    const button = el("button", { class: "button main", type: "button" }, words);
    button.addEventListener("click", actions.ask);
    return may ? button : null;
  };
  const cancel = () => {
    const button = el("button", { class: "button tiny", type: "button" }, "Cancel");
    button.addEventListener("click", actions.cancel);
    return may && now.data?.job ? button : null;
  };
  const problem =
    now.problem &&
    el("div", { class: "notice bad", role: "alert" }, el("strong", {}, now.problem.title), now.problem.detail ?? "");
  switch (now.state) {
    case "none":
      box.append(
        el(
          "p",
          { class: "soft small" },
          report
            ? "No reading has been predicted yet."
            : "A prediction follows the report, and this case has none yet.",
        ),
      );
      if (report) box.append(ask("Predict a reading") ?? "");
      break;
    case "asking":
      box.append(el("p", { class: "soft" }, "Asking …"));
      break;
    case "queued":
      box.append(
        el("div", { class: "row" }, el("p", { class: "grow", "data-place": now.place }, waiting(now.place)), cancel()),
      );
      break;
    case "running":
      box.append(stages(now), el("div", { class: "row" }, cancel()));
      break;
    case "cancelled":
      box.append(el("p", {}, "This prediction was cancelled."), ask("Predict again") ?? "");
      break;
    case "failed":
      box.append(problem || el("p", {}, "The prediction failed."), el("p", {}, ""), ask("Try again") ?? "");
      break;
    case "done":
      if (problem) box.append(problem);
      box.append(done(now, report));
  }
  return box;
}

function waiting(place: number | null): string {
  if (place === null || place <= 0) return "Waiting for a worker …";
  return place === 1 ? "Next in the queue" : `Place ${place} in the queue`;
}

function stages(now: PredictionState): HTMLElement {
  const at = STAGES.findIndex(([name]) => name === now.stage);
  return el(
    "ol",
    { class: "stages" },
    ...STAGES.map(([name, words], index) =>
      el("li", { "data-stage": name, "data-done": index < at, "data-now": index === at }, words),
    ),
  );
}

function done(now: PredictionState, report: string | null): HTMLElement {
  const { reading, data } = now;
  if (!reading || !data) return el("div");
  const main = reading.samples[0]?.fixations ?? [];
  const last = main[main.length - 1];
  const seconds = last ? last.onset_s + last.duration_s : 0;
  const notes: string[] = [];
  if (data.model.simulated) notes.push("This model learnt from simulated readings, not from radiologists.");
  if (main.length === 0) notes.push("The model would not look anywhere: it ends its reading at once.");
  if (reading.samples.some(({ capped }) => capped)) {
    notes.push("The length limit was reached: the reading may go on past the last fixation.");
  }
  if (report && (reading.report_dropped_tokens > 0 || reading.report_read_chars < report.trimEnd().length)) {
    notes.push(`Only the first ${reading.report_read_chars} of ${report.length} characters of the report were read.`);
  }
  notes.push(...corrections(reading.corrected));
  return el(
    "div",
    {},
    el(
      "dl",
      { class: "facts" },
      el("dt", {}, "Model"),
      el("dd", { title: data.model.sha256 }, data.model.name),
      el("dt", {}, "Fixations"),
      el("dd", { class: "numbers" }, `${main.length} in ${seconds.toFixed(1)} s`),
      ...(reading.samples.length > 1
        ? [
            el("dt", {}, "Samples"),
            el("dd", {}, `${reading.samples.length}; numbers: the chosen one, diamonds: the others`),
          ]
        : []),
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
