/** What the practice API sends. Places are film fractions, radii film widths, times seconds from film onset. */
import type { FilmData } from "../lib/types";

export type Answer = "" | "normal" | "abnormal";
export type Confidence = 1 | 2 | 3 | 4 | 5;

export interface MarkData {
  x: number;
  y: number;
  confidence: Confidence;
  label: string;
  at_s: number | null;
}

export interface RecordingData {
  id: string;
  next_seq: number;
  end_s: number;
  writer: string | null; // the token of the tab that records
}

export interface AttemptData {
  id: string;
  number: number;
  of: number;
  state: "open" | "committed" | "skipped";
  repeat: boolean;
  film: FilmData | null; // null: deleted or hidden meanwhile
  simulated: boolean;
  recording: RecordingData | null;
  marks: MarkData[];
  answer: Answer;
  labels: string[];
  started_at: string;
  committed_at: string | null;
  feedback: string | null; // the page, once there is something to see on it
}

/** [seconds, x, y]; both are null where nothing of the film is pointed at. */
export type Sample = [number, number | null, number | null];

/** How the film lay on the screen. */
export interface ViewLog {
  scale: number; // CSS px a film column
  x: number; // film fractions in the middle of the box
  y: number;
  rotation: number; // degrees, clockwise
  flip: boolean;
  center: number; // window, stored values
  width: number;
  invert: boolean;
  box: [number, number]; // CSS px
}

export type Happening = "blur" | "focus" | "hidden" | "visible" | "resize" | "resume" | "aperture";
export type Happened = [number, Happening] | [number, Happening, Record<string, unknown>];

/** One batch of a recording. */
export interface Part {
  samples: Sample[];
  views: [number, ViewLog][];
  events: Happened[];
}
