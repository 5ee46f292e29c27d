import type { Flagged } from "./types";

/** A refusal in the shape of RFC 9457, from the API, from a job or made here (no network). */
export interface ProblemData {
  type?: string;
  title: string;
  detail?: string;
  status?: number;
  errors?: unknown;
  /** Of an "identity-suspected" refusal: every text that needs a look. */
  flagged?: Flagged[];
}

export class Problem extends Error {
  constructor(readonly data: ProblemData) {
    super(data.title);
  }

  get status(): number {
    return this.data.status ?? 0;
  }

  get words(): string {
    return this.data.detail ? `${this.data.title} ${this.data.detail}` : this.data.title;
  }

  static of(error: unknown): Problem {
    if (error instanceof Problem) return error;
    return new Problem({ title: error instanceof Error ? error.message : String(error) });
  }
}

const PLAIN: Record<number, string> = {
  401: "You are signed out. Sign in again.",
  403: "Your role does not allow this.",
  404: "This is not here, or not for you.",
  413: "That is too large.",
  429: "Too many requests; wait a moment and try again.",
};

/** The problem in an answer that is not ok, in plain words even when a proxy wrote it. */
export async function problemOf(response: Response): Promise<Problem> {
  let data: Partial<ProblemData> = {};
  if (response.headers.get("content-type")?.includes("json")) {
    data = (await response.json().catch(() => ({}))) as Partial<ProblemData>;
  }
  const title = data.title ?? PLAIN[response.status] ?? `The server answered ${response.status}.`;
  return new Problem({ ...data, title, detail: data.detail || listErrors(data.errors), status: response.status });
}

function listErrors(errors: unknown): string {
  if (!errors || typeof errors !== "object") return "";
  return Object.entries(errors)
    .map(([field, words]) => `${field}: ${Array.isArray(words) ? words.join(" ") : String(words)}`)
    .join("; ");
}
