/** A run as it goes: what the live line tells, folded into what is known of it. */
import type { ProblemData } from "../lib/problem";
import { thin } from "./thin";
import type { Point, Run, RunStateName } from "./types";

const MOST = 600; // points of a curve on the page
const OVER = ["done", "failed", "cancelled"];

export const isOver = ({ state }: Pick<Run, "state">): boolean => OVER.includes(state);

/**
 * The run after one event. A run that went back to a checkpoint (its worker was killed, or somebody resumed it) counts
 * on from there: what came after that step is void. An event of another kind changes nothing.
 */
export function fold(run: Run, type: string, data: Record<string, unknown>): Run {
  switch (type) {
    case "run.stage":
      return { ...run, state: "running", stage: String(data.stage ?? run.stage), ...countedOf(data), eta_s: null };
    case "job.stage":
      return { ...run, stage: String(data.stage ?? run.stage), progress: numberOf(data.progress) };
    case "run.step":
      return stepped(run, data);
    case "run.validated": {
      const point = pointOf(data);
      return point ? { ...run, validation: added(before(run.validation, point[0]), point) } : run;
    }
    case "run.checkpoint": {
      const step = numberOf(data.step);
      return step === null ? run : { ...run, checkpoints: [...run.checkpoints.filter((at) => at < step), step] };
    }
    case "run.resumed": {
      const step = numberOf(data.step);
      return step === null ? run : { ...backTo(run, step), resumed: step, state: "running" };
    }
    case "job.state":
      return moved(run, data);
    default:
      return run;
  }
}

function stepped(run: Run, data: Record<string, unknown>): Run {
  const step = numberOf(data.step);
  if (step === null) return run;
  const now = run.step !== null && step <= run.step ? backTo(run, step - 1) : run;
  const loss = numberOf(data.loss);
  const of = numberOf(data.of) ?? now.of;
  return {
    ...now,
    state: "running",
    stage: "training",
    step,
    of,
    stage_done: null,
    stage_of: null,
    share: of ? step / of : null,
    loss: loss ?? now.loss,
    eta_s: numberOf(data.eta_s),
    memory_mb: numberOf(data.memory_mb) ?? now.memory_mb,
    losses: loss === null ? now.losses : added(now.losses, [step, loss]),
  };
}

/** As it was after `step` steps. */
function backTo(run: Run, step: number): Run {
  const losses = before(run.losses, step + 1);
  return {
    ...run,
    step,
    loss: losses[losses.length - 1]?.[1] ?? null,
    losses,
    validation: before(run.validation, step + 1),
    checkpoints: run.checkpoints.filter((at) => at <= step),
  };
}

/** A run as it comes from the server, with what that says of the share of its stage. */
export function begun(run: Run): Run {
  const [done, of] = run.stage === "training" ? [run.step, run.of] : [run.stage_done, run.stage_of];
  return { ...run, share: run.state === "running" && done !== null && of ? Math.min(done / of, 1) : null };
}

/** Its job waits, runs or is over. */
function moved(run: Run, data: Record<string, unknown>): Run {
  const state = data.state as RunStateName;
  const job = run.job ? { ...run.job, state } : run.job;
  const error = state === "failed" ? ((data.error as ProblemData | undefined) ?? run.error) : null;
  const goes = state === "running";
  const now = { ...run, state, job, error };
  return goes ? now : { ...now, eta_s: null, share: null, stage_done: null, stage_of: null };
}

const before = (points: readonly Point[], step: number): Point[] => points.filter(([at]) => at < step);

function added(points: readonly Point[], point: Point): Point[] {
  const more = [...points, point];
  return more.length > 2 * MOST ? thin(more, MOST) : more;
}

function pointOf(data: Record<string, unknown>): Point | null {
  const step = numberOf(data.step);
  const loss = numberOf(data.loss);
  return step === null || loss === null ? null : [step, loss];
}

/** How much of a stage is done, where it says so. */
function countedOf(data: Record<string, unknown>): Pick<Run, "stage_done" | "stage_of" | "share"> {
  const done = numberOf(data.done);
  const of = numberOf(data.of);
  if (done === null || !of) return { stage_done: null, stage_of: null, share: null };
  return { stage_done: done, stage_of: of, share: Math.min(done / of, 1) };
}

const numberOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
