/** What the API sends of recordings and of eye trackers' files. Places are film fractions, times seconds. */
import type { ProblemData } from "../lib/problem";
import type { JobData } from "../lib/types";

export interface GazeFixation {
  x: number;
  y: number;
  onset_s: number;
  duration_s: number;
}

export interface FixationSetData {
  id: string;
  method: string;
  counts: boolean;
  fixations: GazeFixation[];
}

export interface RecordingData {
  id: string;
  state: "open" | "sealed" | "discarded";
  fixation_sets: FixationSetData[];
}

export type ImportState = "waiting" | "recognised" | "saved" | "refused" | "discarded";

export interface ImportCase {
  id: string;
  title: string;
  thumbnail: string;
  rows: number;
  columns: number;
}

export interface EyeData {
  eye: string;
  samples: number;
  lost: number | null;
  fixations: number;
}

export interface TrialData {
  number: number;
  name: string;
  duration_s: number;
  eyes: EyeData[];
  proposal: { case: ImportCase; why: string } | null;
}

export interface RecognisedData {
  format: string;
  frame: "screen px" | "screen fraction" | "film px" | "film fraction";
  device: string;
  rate_hz: number | null;
  screen_px: [number, number] | null;
  accuracy_deg: Record<string, number>;
  notes: string[];
}

export interface ReaderData {
  id: string;
  pseudonym: string;
  basis: string;
}

export interface ImportData {
  id: string;
  subject: string;
  state: ImportState;
  problem: ProblemData | null;
  size: number;
  created_at: string;
  job: JobData | null;
  recordings: string[];
  recognised?: RecognisedData | null;
  trials?: TrialData[];
  readers?: ReaderData[];
}

export interface PlaceData {
  screen_px?: [number, number] | null;
  box?: [number, number, number] | null;
  film_px?: [number, number] | null;
}

export interface PreviewData {
  eye: string;
  fixations: GazeFixation[];
  tracker: GazeFixation[] | null;
  samples: number;
  rate_hz: number | null;
  duration_s: number;
  lost: number;
  off_film: number;
  screen_px: [number, number] | null;
  box: { left: number; top: number; width: number; height: number } | null;
}
