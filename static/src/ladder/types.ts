/** What the API of the ladder sends. Places are on the log-odds scale, z in standard deviations; greater is harder. */
import type { FilmData } from "../lib/types";

export type Band = 0 | 1 | 2 | 3 | 4 | 5; // 5 is the hardest, 0 what nobody has read or compared yet

/** From the hardest to the easiest, as they stand on the page. */
export const BANDS: readonly Band[] = [5, 4, 3, 2, 1, 0];

export interface Predicted {
  seconds: number; // that the model would look at the film
  low: number; // 95 %, s
  high: number;
  z: number | null;
  fixations: number;
  model: string; // its name
}

export interface Row {
  case: string;
  title: string;
  simulated: boolean;
  band: Band;
  place: number; // log-odds
  low: number; // 95 %, log-odds
  high: number;
  z: number | null;
  attempts: number; // first ones
  successes: number;
  comparisons: number;
  predicted: Predicted | null;
  parted: "harder" | "easier" | null; // observed against predicted, by more than one SD
  rated: boolean | null; // one rates its readings in a running study, so `predicted` is closed; null: not asked yet
  findings: number | null;
  normal: boolean | null;
  changed_at: string;
}

/** A row as it comes live: what is predicted stands in the rows that are asked for, since not everybody may have it. */
export type LiveRow = Omit<Row, "predicted" | "parted" | "rated">;

export interface LadderPage {
  cases: number;
  bands: number[]; // four cut points, log-odds: fifths of the observed cases
  counts: number[]; // of bands 1 to 5
  unread: number; // of band 0
  common: boolean; // whether observed and predicted stand on one scale and can part
  rows: Row[];
  next: string | null;
}

export interface Missed {
  label: string;
  importance: number;
  missed: number;
  of: number;
}

export interface Compared {
  case: string;
  against: string; // the other case's title
  harder: "this" | "against" | "equal";
  at: string;
}

export type ReasonedRow = Row & {
  missed: Missed[];
  against: Compared[];
  report_words: number;
  simulated_attempts: number; // of the first attempts those of simulated residents
  history: { at: string; place: number }[]; // the newest fifty, the oldest first
};

export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface AgreementRow {
  predictor: string;
  n: number;
  spearman: Estimate;
  kendall: Estimate;
  words: string;
}

export interface Agreement {
  observed: number; // cases with something observed
  rows: AgreementRow[];
}

export interface Side {
  case: string;
  film: FilmData;
}

export interface Pair {
  left: Side;
  right: Side;
}

export interface PairAnswer {
  pair: Pair | null;
  last?: { id: number; harder: Harder; pair: Pair } | null; // one's newest comparison that counts
  done: number; // own comparisons that count
  words: string;
}

export type Harder = "left" | "right" | "equal";
