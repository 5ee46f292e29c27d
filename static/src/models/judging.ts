/** How the gate's judgement of a version goes, and whether one may be asked for. */
import { count } from "../lib/plural";
import type { JobKind, JobView } from "../parts/jobprogress";
import type { Judging, ModelRow } from "./types";
import { judged } from "./words";

export const JUDGING: JobKind = {
  stages: [["judging", "The gate judges it, about a minute"]],
  none: "",
  ask: "",
  cancelled: "",
  failed: "The gate could not judge it.",
  again: "",
};

export const isJudged = ({ judging }: Pick<ModelRow, "judging">): boolean =>
  judging?.state === "queued" || judging?.state === "running";

export const judgingView = ({ state, progress, done, of, place, error }: Judging): JobView => ({
  state,
  stage: "judging",
  share: progress,
  counted: done !== null && of ? [done, of] : null,
  place: place ?? null,
  problem: error,
  mayAsk: false, // the page has a button for it
  mayCancel: false,
});

/** The button's words; null where there is nothing to judge, or it is judged already. */
export function judgeWords(model: Pick<ModelRow, "state" | "judging" | "verdict">): string | null {
  const word = judged(model.verdict);
  if (model.state === "champion" || isJudged(model) || word === "passed" || word === "failed") return null;
  return word === "judged before" ? "Judge again" : "Let the gate judge it";
}

/** How it goes, in a line of a list. */
export function judgingLine({ state, place, done, of, error }: Judging): string {
  if (state === "failed") return error?.title ?? JUDGING.failed;
  if (state === "queued")
    return `Waits to be judged, ${place && place > 1 ? `place ${place} in the queue` : "next in the queue"}`;
  if (done === null || !of) return "Being judged";
  return `Being judged, ${done.toLocaleString("en-GB")} of ${count(of, "prediction")}`;
}

/** The job after one of its events. That of a training is of the whole run; how far the gate is, both tell alike. */
export function heard(job: Judging, type: string, data: Record<string, unknown>): Judging {
  const { state, stage, progress, done, of } = data;
  if (type === "job.state") return { ...job, state: state as Judging["state"] };
  if (type === "job.stage" && job.kind === "judge")
    return { ...job, state: "running", progress: typeof progress === "number" ? progress : null };
  if (type === "run.stage" && stage === "judging") {
    const known = typeof done === "number" && typeof of === "number" && of > 0;
    const far = known ? { done, of, progress: done / of } : { done: null, of: null, progress: null };
    return { ...job, state: "running", ...far };
  }
  return job;
}
