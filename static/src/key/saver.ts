/** Saves a draft by itself: soon after the last change, one request at a time, and never over somebody else's. */
import { Problem } from "../lib/problem";

export type SaveState = "clean" | "waiting" | "saving" | "failed" | "conflict";

export interface SaverOptions<T> {
  /** Sends what is to be kept; gives the tag of the draft as it then stands. */
  put: (what: T, seen: string | null) => Promise<string>;
  what: () => T;
  onState: (state: SaveState, problem: Problem | null) => void;
  soon?: number; // ms after the last change
  again?: number; // ms after a request that did not get through
}

export class Saver<T> {
  state: SaveState = "clean";
  savedAt: Date | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private going: Promise<void> | null = null;
  private dirty = false;
  private round = 0; // what was sent before a reset tells nothing of what stands here since

  constructor(
    private seen: string | null,
    private readonly options: SaverOptions<T>,
  ) {}

  get tag(): string | null {
    return this.seen;
  }

  /** Something has changed. */
  touch(): void {
    this.dirty = true;
    if (this.state === "conflict") return;
    if (!this.going) this.say("waiting");
    this.later(this.options.soon ?? 900);
  }

  /** Saves now what is not saved yet; gives whether all of it is. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    await this.idle();
    if (this.dirty && this.state !== "conflict") {
      this.going = this.send().finally(() => {
        this.going = null;
      });
      await this.going;
    }
    return !this.dirty && this.state === "clean";
  }

  /** Until no request is on its way. */
  async idle(): Promise<void> {
    while (this.going) await this.going;
  }

  /** After a conflict: what stands here is put over the draft with this tag. */
  async over(tag: string | null): Promise<boolean> {
    this.seen = tag;
    this.dirty = true;
    this.say("waiting");
    return this.flush();
  }

  /** What stands here is what the server has. */
  reset(tag: string | null): void {
    clearTimeout(this.timer);
    this.round += 1;
    this.seen = tag;
    this.savedAt = null;
    this.dirty = false;
    this.say("clean");
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), ms);
  }

  private async send(): Promise<void> {
    const { round } = this;
    this.say("saving");
    this.dirty = false;
    try {
      const tag = await this.options.put(this.options.what(), this.seen);
      if (round !== this.round) return;
      this.seen = tag;
      this.savedAt = new Date();
      this.say(this.dirty ? "waiting" : "clean");
    } catch (error) {
      if (round !== this.round) return;
      this.dirty = true;
      const problem = Problem.of(error);
      if (problem.data.type?.endsWith("/changed-meanwhile")) this.say("conflict", problem);
      else {
        this.say("failed", problem);
        this.later(this.options.again ?? 5000);
      }
    }
  }

  private say(state: SaveState, problem: Problem | null = null): void {
    this.state = state;
    this.options.onState(state, problem);
  }
}
