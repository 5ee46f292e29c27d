/** Model versions, training runs and schedules, as the API gives them. Times are ISO 8601. */
import type { ProblemData } from "../lib/problem";
import type { JobData } from "../lib/types";

export type VersionState = "candidate" | "champion" | "retired";

export interface VersionRef {
  sha256: string;
  name: string;
}

export interface ModelRow extends VersionRef {
  state: VersionState;
  simulated: boolean; // learnt from simulated readings
  parent: VersionRef | null;
  created_at: string;
  size_bytes: number | null;
  run: string | null; // the training that made it; null where it was registered from a folder
  verdict: { passed: boolean; against: string; at: string; stale: boolean } | null;
  judging: Judging | null; // for admins
}

/** What judges a version: a job of its own, or the training that made it. */
export interface Judging extends JobData {
  kind: string;
  done: number | null; // predictions that the gate has made for it
  of: number | null;
  subject: string; // whose events tell of it
}

export interface Model extends ModelRow {
  card: string; // Markdown
  info: Record<string, unknown>;
  scores: Record<string, unknown>; // these three as its manifest has them
  baselines?: Record<string, unknown>;
  notes?: Record<string, unknown>;
  verdicts: VerdictData[];
  promotions: PromotionData[];
  predictions: number | null; // readings that it has predicted; for admins
}

export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface GateRow {
  metric: string;
  unit: string;
  higher_is_better: boolean;
  champion: Estimate;
  candidate: Estimate;
  difference: Estimate; // candidate less champion, paired
  baseline: { name: string; value: number | null } | null;
  rule: string; // a sentence
  kind: string;
  margin: number | null;
  passed: boolean;
}

export interface VerdictData {
  id: string | number;
  champion: VersionRef;
  passed: boolean;
  rules: { version?: number; sha256?: string };
  set: { name?: string; sha256?: string; cases?: number; readings?: number; simulated?: boolean };
  rows: GateRow[];
  at: string;
  stale: boolean; // the champion has changed since
}

export interface PromotionData {
  id: number | string;
  version: VersionRef;
  previous: VersionRef | null;
  undoes: number | string | null; // of a roll back: which promotion it took back
  by: string | null;
  at: string;
  reason: string;
  in_force: boolean; // not taken back
}

export interface ModelList {
  champion: ModelRow | null;
  models: ModelRow[];
}

export type RunStateName = "queued" | "running" | "done" | "failed" | "cancelled";
export type Point = [step: number, loss: number];

export interface RunRow {
  id: string;
  name: string;
  state: RunStateName;
  stage: string;
  progress: number | null; // of the whole, 0 to 1
  eta_s: number | null; // to the end of its training
  parent: VersionRef;
  version: (VersionRef & { state: VersionState }) | null;
  passed: boolean | null;
  readings: number | null;
  by: string | null;
  schedule: { id: string; name: string } | null;
  created_at: string;
  finished_at: string | null;
  job: JobData | null;
}

export interface HeldOutRow {
  metric: string;
  unit?: string;
  higher_is_better: boolean;
  before: Estimate;
  after: Estimate;
  difference: Estimate;
  cases: number;
  readings: number;
  sentence: string;
}

export interface DataChoice {
  kind: "consented" | "release";
  release: string | null;
  sources: string[] | null; // null: the usual ones
}

export interface Counts {
  readings: number;
  readers: number;
  cases: number;
  people: number;
  simulated_readings: number;
}

export interface Run extends RunRow {
  data: DataChoice & { counts?: Partial<Counts>; sha256?: string };
  steps: number | null;
  minutes: number | null;
  seed: number;
  stage_done: number | null; // of its stage, where that counts something
  stage_of: number | null;
  step: number | null;
  of: number | null;
  loss: number | null;
  memory_mb: number | null;
  losses: Point[];
  validation: Point[];
  checkpoints: number[];
  resumed: number | null; // the step from which it last went on
  held_out: HeldOutRow[] | null;
  verdict: VerdictData | null;
  error: ProblemData | null;
  started_at: string | null;
  withdrawn: number; // readings that it learnt from and that may not be used any more
  note: string; // what became of a promotion that was to follow
  share?: number | null; // of its stage, 0 to 1; known to the page alone
}

export interface EstimateData {
  counts: Counts;
  seconds: number | null;
  sentence: string;
  starts: string; // after what; empty when at once
  problem: string | null; // why it cannot start
}

export interface Timing {
  weekday: number | null; // 0 is Monday; null: every day
  hour: number; // UTC
  minute: number;
  at_least: number; // new readings
}

export interface ScheduleData extends Timing {
  id: string;
  name: string;
  data: DataChoice;
  minutes: number | null;
  enabled: boolean;
  promote: boolean;
  sentence: string;
  next_at: string | null;
  last: { run: string | null; at: string; words: string } | null;
  new_readings: number;
}

export interface Page<T> {
  results: T[];
  next: string | null;
}
