/** What the ratings API sends. Positions are image fractions, times seconds from film onset. */
import type { FilmData } from "../lib/types";

export type Name = "human_like" | "comprehensive" | "redundant" | "confidence";

export interface Level {
  value: number;
  words: string; // the anchor
}

export interface Question {
  name: Name;
  title: string;
  levels: Level[];
}

export type Values = Record<Name, number | null>;

export interface DraftData extends Values {
  note: string;
}

export interface ItemData {
  id: string;
  film: FilmData;
  simulated: boolean; // the film
  fixations: { x: number; y: number; onset_s: number; duration_s: number }[];
  duration_s: number;
  questions: Question[];
  draft: Partial<DraftData> | null;
  answer: DraftData | null; // one's own newest
  locked: boolean;
}

/** Where a rater stands in a study. */
export interface Standing {
  next: string | null;
  done: number;
  of: number;
  /** Pixels of the film that comes after the next one, to be fetched before it is asked for. */
  then?: string | null;
}

export interface FormState extends Standing {
  form: Question[];
  state: StudyState;
}

export interface QueuedStudy extends Standing {
  id: string;
  name: string;
  minutes: number | null;
  simulated: boolean;
  partly_simulated: boolean; // by its films
}

export type StudyState = "plan" | "running" | "closed";

export type Kind = "human" | "simulated" | "model" | "shuffled" | "other-case" | "centre";

export interface SourceData {
  kind: Kind;
  model?: string | null; // sha256 of the model version
  label?: string;
}

export interface PlannedCase {
  case: string | null;
  title: string;
  simulated: boolean;
  private: string | null; // whose it is, where it is not published
  thumbnail: string | null;
  readings: { human: number; simulated: number; model: boolean };
}

/** What there is of a case that a study may take. */
export interface Offered {
  case: string;
  human: number;
  simulated: number;
  key: boolean; // an approved one
  private: string | null; // whose it is, where it is not published
}

export interface RaterData {
  id: number; // of the person
  name: string;
  added_at: string | null;
  dropped_at: string | null;
  done: number;
  of: number;
}

/** Why a study cannot start. */
export interface Reason {
  words: string;
  case?: string | null;
  source?: string | null;
  rater?: number | null;
  drawing?: "waits" | "undrawn" | null; // of a model's readings: goes away by itself, or when a start is asked for
  known?: boolean; // the rater may know readings again, and can be taken all the same
}

export interface StudyData {
  id: string;
  name: string;
  state: StudyState;
  organiser: { id: number; name: string };
  mine: boolean;
  simulated: boolean;
  partly_simulated: boolean; // people's films or readings are in it too
  cases: PlannedCase[];
  sources: SourceData[];
  raters: RaterData[];
  repeats: number; // share of the first pass
  aperture: boolean;
  width: { words: string; mean: number | null; share: number | null };
  items: number;
  created_at: string;
  started_at: string | null;
  closed_at: string | null;
  problems: Reason[];
  remarks: Reason[];
}

/** A study in the list. */
export interface StudyRow
  extends Pick<
    StudyData,
    | "id"
    | "name"
    | "state"
    | "organiser"
    | "mine"
    | "simulated"
    | "partly_simulated"
    | "created_at"
    | "started_at"
    | "closed_at"
  > {
  cases: number;
  sources: number;
  raters: number; // who rate now
  done: number; // showings, of all raters
  of: number;
}

export interface Choices {
  raters: { id: number; name: string }[];
  models: { sha256: string; name: string; simulated: boolean | null }[];
  kinds: { kind: Kind; label: string; words: string }[];
}

export type CellState = "waiting" | "shown" | "answered" | "withdrawn";

export interface Cell {
  state: CellState;
  repeat_state?: CellState | null; // of its second showing, where it has one
  seconds?: number | null;
}

export interface BoardRater {
  id: number;
  name: string;
  dropped: boolean;
  done: number; // repeats counted, as in `of`
  of: number;
  unseen_repeats?: number; // repeats not shown so far
}

export interface BoardData {
  study: { id: string; name: string; state: StudyState };
  seq: number; // later events of the board are news
  blind: boolean; // while one rates its films: no items and no cells
  raters: BoardRater[];
  items: { number: number }[];
  cells: Record<string, Cell>; // "<rater id>:<item number>"
  medians: { number: number; seconds: number | null }[];
  holds: { words: string }[];
}

export interface Compared {
  delta: number | null;
  low: number | null;
  high: number | null;
  p: number | null;
  test: string;
  cases: number;
  words: string;
}

export interface SourceResult {
  n: number;
  cases: number;
  counts: Record<string, number>;
  mean: number | null;
  low: number | null;
  high: number | null;
  to_human: Compared | null;
}

export interface Agreement {
  alpha: number | null;
  low: number | null;
  high: number | null;
  raw: number | null;
  raters: number;
  items: number;
  words: string;
}

export interface Repeats {
  n: number;
  equal: number;
  share: number | null;
  alpha: number | null;
  words: string;
}

export interface QuestionResult {
  sources: Record<string, SourceResult>;
  agreement: Agreement;
  repeats: Repeats;
}

export interface ResultsData {
  study: StudyData;
  results: {
    questions: Partial<Record<Name, QuestionResult>>;
    raters: Record<string, { n: number; means: Partial<Record<Name, number | null>> }>;
  };
  reference: string | null; // label of the source that the others are compared to
  questions: Question[];
  dropped: { rater: string; name: string; answers: number; dropped_at: string | null; returned_at: string | null }[];
  knowing: { rater: string; name: string; words: string }[]; // taken although they may have known readings again
  withdrawn: number; // items
  corrections: number;
  organiser_rated: boolean;
  items: { number: number; case: string; source: string; withdrawn: boolean }[];
}
