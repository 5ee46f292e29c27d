/** How the gate's judgement of a version goes, and whether one may be asked for. */
import type { JobKind, JobView } from "../parts/jobprogress";
import type { Judging, Model } from "./types";
import { judged } from "./words";

export const JUDGING: JobKind = {
  stages: [["judging", "The gate judges it, about a minute"]],
  none: "",
  ask: "",
  cancelled: "",
  failed: "The gate could not judge it.",
  again: "",
};

export const isJudged = ({ judging }: Pick<Model, "judging">): boolean =>
  judging?.state === "queued" || judging?.state === "running";

export const judgingView = ({ state, progress, place, error }: Judging): JobView => ({
  state,
  stage: "judging",
  share: progress,
  place: place ?? null,
  problem: error,
  mayAsk: false, // the page has a button for it
  mayCancel: false,
});

/** The button's words; null where there is nothing to judge, or it is judged already. */
export function judgeWords(model: Pick<Model, "state" | "judging" | "verdict" | "verdicts">): string | null {
  const word = judged(model.verdict);
  if (model.state === "champion" || isJudged(model) || word === "passed" || word === "failed") return null;
  return model.verdicts.length > 0 ? "Judge again" : "Let the gate judge it";
}

/** The job after one of its events. A training tells of the gate's share by events of its own. */
export function heard(job: Judging, type: string, data: Record<string, unknown>): Judging {
  const { state, stage, progress, done, of } = data;
  if (type === "job.state") return { ...job, state: state as Judging["state"] };
  if (type === "job.stage" && job.kind === "judge")
    return { ...job, state: "running", progress: typeof progress === "number" ? progress : null };
  if (type === "run.stage" && stage === "judging")
    return { ...job, state: "running", progress: typeof done === "number" && of ? done / Number(of) : null };
  return job;
}
