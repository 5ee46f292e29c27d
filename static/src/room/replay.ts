/** The replay's clock: seconds from film onset. While fixations still arrive it waits at the last one and goes on. */
import type { Fixation } from "../lib/types";

export class Replay {
  fixations: Fixation[] = [];
  time = 0; // s
  speed = 1;
  playing = false;
  /** More fixations are on their way: the end is not the end yet. */
  open = false;

  private last = 0;
  private frame = 0;

  constructor(private readonly changed: () => void) {}

  get end(): number {
    const last = this.fixations[this.fixations.length - 1];
    return last ? last.onset_s + last.duration_s : 0;
  }

  /** Index of the fixation at the clock's time, or the last one before it; -1 before the first. */
  get current(): number {
    let found = -1;
    for (const [index, fixation] of this.fixations.entries()) if (fixation.onset_s <= this.time + 1e-6) found = index;
    return found;
  }

  set(fixations: Fixation[], open: boolean): void {
    this.fixations = fixations;
    this.open = open;
    this.time = Math.min(this.time, this.end);
    this.changed();
  }

  play(): void {
    if (this.fixations.length === 0 && !this.open) return;
    if (this.time >= this.end - 1e-6 && !this.open) this.time = 0;
    this.playing = true;
    this.last = performance.now();
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame((now) => this.step(now));
    this.changed();
  }

  pause(): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.changed();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  seek(time: number): void {
    this.time = Math.min(Math.max(time, 0), this.end);
    this.changed();
  }

  /** To the start of a fixation, which then is the current one. */
  jump(index: number): void {
    const fixation = this.fixations[Math.min(Math.max(index, 0), this.fixations.length - 1)];
    if (!fixation) return;
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.seek(fixation.onset_s);
  }

  toEnd(): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.seek(this.end);
  }

  private step(now: number): void {
    this.time = Math.min(this.time + ((now - this.last) / 1000) * this.speed, this.end);
    this.last = now;
    if (this.time >= this.end && !this.open) this.playing = false;
    if (this.playing) this.frame = requestAnimationFrame((next) => this.step(next));
    this.changed();
  }
}
