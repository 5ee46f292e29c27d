/** What the API sends. Positions are image fractions (x right, y down), times are seconds from film onset. */
import type { ProblemData } from "./problem";

export interface Window {
  name: string;
  center: number;
  width: number;
}

export interface FilmData {
  sha256: string;
  rows: number;
  columns: number;
  bits: number;
  window_center: number;
  window_width: number;
  windows: Window[];
  row_spacing_mm: number | null;
  column_spacing_mm: number | null;
  modality: string;
  view: string;
  pixels: string;
  thumbnail: string;
}

export type CaseState = "receiving" | "ingesting" | "quarantined" | "confirming" | "ready" | "refused";

export interface CaseData {
  id: string;
  title: string;
  state: CaseState;
  owner: { id: number; name: string };
  mine: boolean;
  published: boolean;
  simulated: boolean;
  note: string;
  problem: ProblemData | null;
  film: FilmData | null;
  report: string | null;
  prediction: string | null;
  rated: boolean; // one rates readings of its film in a running study: what is predicted is closed until it closes
  may: Partial<Record<"edit" | "delete" | "predict" | "publish" | "release" | "hide" | "confirm" | "author", boolean>>;
  /** For its owner: practice sets that want it. */
  questions?: Question[];
}

export interface Question {
  set: string;
  name: string;
  asked_by: { id: number; name: string } | null;
  agreed: boolean | null; // null: the question waits
}

export interface Ellipse {
  sd_x: number;
  sd_y: number;
  rho: number;
}

export interface Fixation {
  x: number;
  y: number;
  onset_s: number;
  duration_s: number;
  ellipse: Ellipse | null;
  duration_low_s?: number | null;
  duration_high_s?: number | null;
}

export interface Scanpath {
  fixations: Fixation[];
  source: string;
  capped: boolean;
}

/** First character and the one behind the last, counted in characters of Unicode. */
export type Span = [number, number];

export interface Reading {
  samples: Scanpath[];
  seed: number;
  model_sha256: string;
  report_read: Span[]; // what of the report the model read
  report_skipped: Span[]; // neither findings nor impression; what is in no span did not fit
  report_read_chars: number;
  report_dropped_tokens: number;
  report_names_place: boolean | null; // whether it asserts something of a place that the model knows; null: unknown
  corrected: Record<string, number>; // what the output guard changed, by kind
}

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

export interface JobData {
  id: string;
  state: JobState;
  stage: string;
  progress: number | null;
  error: ProblemData | null;
  place?: number | null;
}

export interface PredictionData {
  id: string;
  subject: string;
  state: JobState;
  job: JobData | null;
  samples: number;
  seed: number;
  model: { name: string; sha256: string; simulated: boolean | null };
  reading: Reading | null;
}

export interface Mark {
  start: number;
  end: number;
  kind: string;
  suggestion: string;
}

/** A text that may name somebody. Its digest, sent back as confirmed, keeps exactly this text. */
export interface Flagged {
  field: string;
  text: string;
  marks: Mark[];
  digest: string;
}
