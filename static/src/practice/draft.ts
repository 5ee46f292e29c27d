/**
 * Saves marks and answer while they are made: soon after a change, the newest state only, one request at a time, until
 * it is there. What is not there yet is kept in the tab and comes before what the server knows when the page is loaded again.
 */
import { csrf } from "../lib/api";
import { type Problem, problemOf } from "../lib/problem";
import type { Answer, MarkData } from "./types";

export interface DraftData {
  marks: MarkData[];
  answer: Answer;
}

const SOON_MS = 600;
const LATE_MS = 3_000;
const LONGEST_WAIT_MS = 15_000;
const PATIENCE_MS = 10_000; // for an answer

export class Draft {
  saved = true;
  since = 0; // ms of the browser's clock: unsaved for so long

  private readonly address: string;
  private readonly key: string;
  private known = ""; // what the server has
  private writer: string | null = null; // nobody writes before a tab has the pen
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending = false;
  private held = false;
  private flying: Promise<unknown> = Promise.resolve();
  private failures = 0;
  private ended = false;

  constructor(
    attempt: string,
    private readonly get: () => DraftData,
    private readonly refused: (problem: Problem) => void,
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> = sessionStorage,
  ) {
    this.address = `/api/v1/practice/attempts/${attempt}/draft/`;
    this.key = `medgaze:draft:${attempt}`;
  }

  /** Not saved although there was time for it. */
  get late(): boolean {
    return !this.saved && performance.now() - this.since > LATE_MS;
  }

  /** What an earlier page of this tab could not save. */
  get kept(): DraftData | null {
    try {
      return JSON.parse(this.storage.getItem(this.key) ?? "null") as DraftData | null;
    } catch {
      return null;
    }
  }

  begin(writer: string | null): void {
    this.writer = writer;
    if (this.saved) this.known = JSON.stringify(this.get());
    else this.later(0);
  }

  touch(): void {
    const state = JSON.stringify(this.get());
    if (this.saved && state === this.known) return;
    if (this.saved) this.since = performance.now();
    this.saved = false;
    try {
      this.storage.setItem(this.key, state);
    } catch {
      // Full or forbidden: it is saved as soon as the server has it.
    }
    this.later(SOON_MS);
  }

  /** The page may be gone the next moment. */
  flush(): void {
    if (!this.saved && this.writer !== null && !this.ended && !this.held) this.put(true).catch(() => undefined);
  }

  /** Nothing is saved for now: a commit that carries the same is to go out. Resolves when nothing is on its way. */
  async hold(): Promise<void> {
    this.held = true;
    clearTimeout(this.timer);
    await this.flying;
  }

  release(): void {
    this.held = false;
    if (!this.saved) this.later(0);
  }

  /** Nothing more is saved: the attempt is committed, skipped or another tab's. */
  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.storage.removeItem(this.key);
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    if (this.held) return;
    this.timer = setTimeout(() => void this.send(), ms);
  }

  private async send(): Promise<void> {
    if (this.sending || this.ended || this.writer === null) return;
    this.sending = true;
    const sent = JSON.stringify(this.get());
    const answer = this.put(false).catch(() => null);
    this.flying = answer;
    const response = await answer;
    this.sending = false;
    if (this.ended) return;
    if (response?.ok) {
      this.failures = 0;
      this.known = sent;
      if (sent !== JSON.stringify(this.get())) return this.later(0);
      this.saved = true;
      this.storage.removeItem(this.key);
    } else if (!response || response.status >= 500 || response.status === 429) {
      this.later(Math.min(1_000 * 2 ** this.failures++, LONGEST_WAIT_MS));
    } else {
      this.ended = true;
      this.refused(await problemOf(response));
    }
  }

  private put(keepalive: boolean): Promise<Response> {
    return fetch(this.address, {
      method: "PUT",
      credentials: "same-origin",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: JSON.stringify({ writer: this.writer, ...this.get() }),
      keepalive,
      signal: keepalive ? null : AbortSignal.timeout(PATIENCE_MS),
    });
  }
}
