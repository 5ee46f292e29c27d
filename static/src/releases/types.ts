/** What the API sends of research data: counts, requests, releases, tokens. Sizes are bytes, times ISO 8601. */
import type { ProblemData } from "../lib/problem";
import type { JobState } from "../lib/types";

export const SOURCES = ["tracker", "import", "aperture", "clicks", "simulated"] as const;
export type Source = (typeof SOURCES)[number];

export const SIMULATED = ["with", "without", "only"] as const;
export type Simulated = (typeof SIMULATED)[number];

/** What a release is to hold. */
export interface Query {
  sources: Source[];
  simulated: Simulated;
  set: string | null; // of cases; null: all that are published
  predictions: boolean;
  ratings: boolean;
  films: boolean;
  reports: boolean;
}

export interface Counts {
  cases: number;
  readings: number;
  readers: number;
  people: number; // readers who are not simulated
  by_source: Record<string, number>; // readings
  predictions: number;
  ratings: number;
  few: boolean;
  sentence: string;
}

export interface Person {
  id: number;
  name: string;
}

export interface JobSummary {
  id: string;
  kind: string;
  state: JobState;
  stage: string;
  progress: number | null;
  error: ProblemData | null;
  place: number | null;
}

export type RequestState = "open" | "approved" | "declined" | "withdrawn" | "closed" | "done";
export type ReleaseState = "making" | "ready" | "failed";

/** The second approval, of films and reports. */
export interface FilmsApproval {
  asked: boolean;
  state: "none" | "open" | "approved" | "declined";
  by: Person | null;
  at: string | null;
  reason: string;
}

export interface Decision {
  by: Person | null;
  at: string;
  reason: string;
}

export interface RequestData {
  id: string;
  name: string;
  why: string;
  query: Query;
  counts: Counts;
  state: RequestState;
  by: Person | null;
  created_at: string;
  decided: Decision | null;
  films: FilmsApproval;
  closed: Decision | null; // withdrawn, or ended by an admin; by nobody where its job was cancelled
  own: boolean; // whoever looks asked for it
  may_decide: boolean; // an admin may decide on their own only where no other admin is
  release: { id: string; version: string; state: ReleaseState } | null;
  job: JobSummary | null;
}

export type ReleaseCounts = Partial<Counts> &
  Pick<Counts, "cases" | "readings" | "readers"> & {
    fixations: number; // 0 while it holds films whose readings one rates
  };

export interface ReleaseRow {
  id: string;
  number: number;
  version: string;
  name: string;
  state: ReleaseState;
  simulated: boolean;
  partly_simulated: boolean; // people's readings are in it too
  films: boolean;
  reports: boolean;
  counts: ReleaseCounts;
  by_source: Record<string, number>;
  size_bytes: number;
  sha256: string;
  created_at: string;
  job: JobSummary | null;
  holds_withdrawn: number | null; // readings; null before who is no admin
}

export interface ReleaseFile {
  path: string;
  size_bytes: number;
  sha256: string;
  url: string;
}

export interface Archive {
  name: string;
  size_bytes: number;
  sha256: string;
  url: string;
}

export interface Column {
  name: string;
  type: string;
  unit?: string;
  meaning: string;
  may_be_blank: boolean;
}

export interface Dictionary {
  tables?: Record<string, { meaning: string; columns: Column[] }>;
  sources?: Record<string, string>;
}

/** Against the release before: what came, and how many readings are no longer in it. */
export interface Since {
  version: string;
  cases: number;
  readings: number;
  fixations: number;
  left: number;
}

export interface Terms {
  version: number;
  text: string;
  accepted_at: string | null;
}

export interface Release extends ReleaseRow {
  query: Query;
  licence: string;
  citation: string;
  bibtex: string;
  cff: string;
  terms: Terms;
  files: ReleaseFile[];
  archive: Archive | null;
  dictionary: Dictionary;
  since: Since | null;
  closed: string | null; // why this person may not have it
  may_make_again: boolean;
}

export interface Withdrawal {
  at: string | null; // null: it was not noted, as when a recording was deleted
  reader: string;
  purposes: string[];
  releases: { id: string; version: string }[];
  runs: { id: string; name: string }[];
}

export type Scope = "all" | "releases";

export interface Token {
  key: string;
  name: string;
  scope: Scope;
  created: string;
  expiry: string | null;
}

export interface MadeToken extends Token {
  token: string;
}

export interface Page<T> {
  results: T[];
  next: string | null;
}
