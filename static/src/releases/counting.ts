/** Counts for a query while somebody ticks: the newest question wins, and what stands there meanwhile is marked as old. */
import { api } from "../lib/api";
import { Problem, type ProblemData } from "../lib/problem";
import { toCounts, usual } from "./query";
import { type Counts, type Query, SOURCES } from "./types";

const SOON_MS = 200;
const COUNTS = "/api/v1/data/counts/?";

export interface CountNews {
  waiting: () => void;
  counted: (counts: Counts) => void;
  /** How many readings each source has, ticked or not. */
  sources: (bySource: Record<string, number>) => void;
  failed: (problem: ProblemData) => void;
}

export class Counting {
  private due = 0;
  private asked = new AbortController();
  private known = ""; // the question that the numbers beside the sources answer

  constructor(private readonly news: CountNews) {}

  ask(query: Query, now = false): void {
    window.clearTimeout(this.due);
    this.asked.abort();
    this.asked = new AbortController();
    this.news.waiting();
    if (now) void this.load(query);
    else this.due = window.setTimeout(() => void this.load(query), SOON_MS);
  }

  /** Whatever is under way is of no interest any more. */
  stop(): void {
    window.clearTimeout(this.due);
    this.asked.abort();
  }

  private async load(query: Query): Promise<void> {
    const { signal } = this.asked;
    void this.all(query, signal);
    try {
      const counts = await api<Counts>("GET", COUNTS + toCounts(query), undefined, signal);
      if (!signal.aborted) this.news.counted(counts);
    } catch (error) {
      if (!signal.aborted) this.news.failed(Problem.of(error).data);
    }
  }

  private async all({ simulated, set }: Query, signal: AbortSignal): Promise<void> {
    const question = toCounts({ ...usual(), sources: [...SOURCES], simulated, set });
    if (question === this.known) return;
    try {
      const { by_source } = await api<Counts>("GET", COUNTS + question, undefined, signal);
      if (signal.aborted) return;
      this.known = question;
      this.news.sources(by_source);
    } catch {
      // The numbers beside the sources only help to choose; the counts themselves say what is wrong.
    }
  }
}
