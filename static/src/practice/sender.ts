/**
 * Sends a recording's parts one after the other, each until it is acknowledged. A part is frozen when it is made, so
 * that one whose answer was lost is sent again byte for byte, and the server takes it once.
 */
import { csrf } from "../lib/api";
import { type ProblemData, problemOf } from "../lib/problem";
import type { PartStore, StoredPart } from "./store";
import type { Part, RecordingData } from "./types";

export type End = "taken-over" | "closed" | "signed-out" | "refused";

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;
const PATIENCE_MS = 10_000; // for an answer
const KEEPALIVE_BYTES = 60_000; // browsers send 64 kB after a page has gone

export class Sender {
  /** Why nothing more is sent, if so. What was not acknowledged stays in the store. */
  ended: { why: End; problem: ProblemData } | null = null;
  saved: number; // s: what is stored reaches to here
  failures = 0; // in a row

  private queue: StoredPart[];
  private next: number;
  private pumping = false;
  private held = false;
  private wake: (() => void) | null = null;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly recording: RecordingData,
    private readonly store: PartStore,
    private readonly changed: () => void = () => undefined,
    private readonly random: () => number = Math.random,
  ) {
    this.saved = recording.end_s;
    this.queue = leftOver(recording, store);
    this.next = recording.next_seq + this.queue.length;
  }

  /** s: where a recording that goes on has to begin, after what is stored and what is about to be. */
  get end(): number {
    return Math.max(this.saved, ...this.queue.map(({ end }) => end));
  }

  /** How many parts there are, sent or not. */
  get count(): number {
    return this.next;
  }

  start(): void {
    void this.pump();
  }

  put(part: Part, end: number): void {
    const stored = { seq: this.next++, end, content: JSON.stringify(part) };
    this.queue.push(stored);
    this.store.put(stored);
    void this.pump();
  }

  /** The connection may be back: no need to wait longer. */
  hurry(): void {
    this.wake?.();
  }

  /** The page may be gone the next moment: all again, in a way that outlives it. */
  flush(): void {
    if (this.ended || this.held) return;
    let bytes = 0;
    for (const part of this.queue) {
      bytes += part.content.length + 100;
      if (bytes > KEEPALIVE_BYTES) return;
      this.post(part, { keepalive: true }).catch(() => undefined);
    }
  }

  /** Sends nothing more for now; resolves when nothing is on its way. */
  async hold(): Promise<void> {
    this.held = true;
    this.hurry();
    if (this.pumping) await new Promise<void>((done) => this.waiting.push(done));
  }

  release(): void {
    this.held = false;
    void this.pump();
  }

  /** Resolves when every part is acknowledged, or nothing more can be. */
  async drained(): Promise<void> {
    if (this.queue.length > 0 && !this.ended) await new Promise<void>((done) => this.waiting.push(done));
  }

  private async pump(): Promise<void> {
    if (this.pumping || this.held) return;
    this.pumping = true;
    for (let part = this.queue[0]; part && !this.ended && !this.held; part = this.queue[0]) {
      const wait = await this.send(part);
      if (wait === null) this.failures = 0;
      else this.failures += 1;
      this.changed();
      if (wait !== null && !this.ended && !this.held) await this.sleep(wait);
    }
    this.pumping = false;
    for (const done of this.waiting.splice(0)) done();
  }

  /** Null when it is acknowledged, else the ms to wait before the next try. */
  private async send(part: StoredPart): Promise<number | null> {
    let response: Response;
    try {
      response = await this.post(part, { signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch {
      return this.delay();
    }
    if (response.ok) {
      this.queue.shift();
      this.store.drop(part.seq);
      this.saved = Math.max(this.saved, part.end);
      return null;
    }
    const { status } = response;
    const asked = Number(response.headers.get("Retry-After")) * 1_000 || 0;
    if (status >= 500 || status === 429 || status === 408) return Math.max(this.delay(), asked);
    const { data } = await problemOf(response);
    const kind = data.type ?? "";
    if (status === 409 && kind.includes("part-early")) return this.renumber(data);
    this.ended = { why: endOf(status, kind), problem: data };
    // What was read elsewhere since is the reading now; the rest of this one would be put over it later.
    if (this.ended.why === "taken-over") for (const { seq } of this.queue) this.store.drop(seq);
    return 0;
  }

  /** The server has fewer parts than it once acknowledged: what is still held follows on what it has. */
  private renumber(problem: ProblemData & { next_seq?: unknown }): number {
    const from = problem.next_seq;
    if (typeof from !== "number" || from >= (this.queue[0]?.seq ?? 0)) {
      this.ended = { why: "refused", problem };
      return 0;
    }
    for (const { seq } of this.queue) this.store.drop(seq);
    for (const [index, part] of this.queue.entries()) {
      part.seq = from + index;
      this.store.put(part);
    }
    this.next = from + this.queue.length;
    return 0;
  }

  private post({ seq, content }: StoredPart, more: RequestInit): Promise<Response> {
    return fetch(`/api/v1/recordings/${this.recording.id}/parts/${seq}/`, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: `{"writer":${JSON.stringify(this.recording.writer)},${content.slice(1)}`,
      ...more,
    });
  }

  private delay(): number {
    const grown = Math.min(FIRST_WAIT_MS * 2 ** this.failures, LONGEST_WAIT_MS);
    return Math.min(grown * (0.75 + this.random() / 2), LONGEST_WAIT_MS);
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(done, ms);
      this.wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}

/** What an earlier page of this tab held and the server still lacks. What another tab has recorded since is not mixed in. */
function leftOver({ next_seq, end_s }: RecordingData, store: PartStore): StoredPart[] {
  const kept: StoredPart[] = [];
  for (const part of store.all()) {
    if (part.seq === next_seq + kept.length && part.end > end_s) kept.push(part);
    else store.drop(part.seq);
  }
  return kept;
}

function endOf(status: number, kind: string): End {
  if (kind.includes("taken-over")) return "taken-over";
  if (kind.includes("recording-closed")) return "closed";
  return status === 401 || status === 403 ? "signed-out" : "refused";
}
