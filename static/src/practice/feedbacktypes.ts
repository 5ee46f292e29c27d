/** Feedback of a committed attempt, as the API gives it. */
import type { Fixation } from "../lib/types";
import type { FindingData } from "../parts/findinglayer";
import type { Verdict } from "./marklayer";
import type { MarkData } from "./types";

export type Miss = "search" | "recognition" | "decision";

export interface JudgedFinding extends FindingData {
  state: "hit" | "missed";
  mark: number | null; // index of the mark that hit it
  dwell_s: number | null; // null: where the reader looked is not known
  miss: Miss | null;
  miss_at: Record<string, Miss>; // the same by other thresholds (s)
}

export interface JudgedMark extends MarkData {
  verdict: Verdict;
  finding: number | null;
}

export interface ReadingData {
  id: string;
  role: "own" | "predicted" | "other";
  source: string; // aperture, clicks, tracker, import, simulated, model
  label: string;
  fixations: Fixation[];
}

export interface Likeness {
  to: string; // "predicted", or the id of a reading
  measure: string;
  value: number | null;
  chance: number | null;
  chance_low: number | null;
  chance_high: number | null;
  shuffles: number;
  refused: string; // why there is no value
}

export interface OrderData {
  words: string;
  own?: string[];
  predicted?: string[];
  common?: string[];
  tau?: number | null;
  percentile?: number | null;
  shuffles?: number;
}

export interface FeedbackData {
  attempt: string;
  case: string;
  key: { version: number; normal: boolean; note: string; findings: JudgedFinding[] };
  newer_key: boolean;
  marks: JudgedMark[];
  answer: { given: "normal" | "abnormal"; right: boolean };
  success: boolean;
  useful_field: number; // film widths
  hit_margin: number; // film widths around a finding within which a mark still hits it
  readings: ReadingData[];
  order: OrderData;
  similarity: Likeness[];
  regions: { boxes: Record<string, [number, number, number, number]>; problem: string };
  coverage: { duration_s: number; fixations: number; words?: string }; // words: why nothing is known of the gaze
  model: { name: string; sha256: string; simulated: boolean | null } | null;
  prediction: { state: string };
  due: string | null;
  disagreed: boolean;
}
