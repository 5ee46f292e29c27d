/**
 * The clock of a viewport: seconds from film onset, one for all its scanpaths. While fixations still arrive it waits at
 * the last one and goes on. Steps and jumps follow the lead, the one whose numbers are looked at.
 */
import type { Fixation } from "../lib/types";
import { currentAt, endOf, type Track } from "./track";

export class Replay {
  tracks: readonly Track[] = [];
  lead = 0; // index of the track that steps and table follow
  time = 0; // s
  speed = 1;
  playing = false;
  /** More fixations are on their way: the end is not the end yet. */
  open = false;

  private last = 0;
  private frame = 0;
  private readonly listeners = new Set<() => void>();

  /** Called after every change; gives the function that ends it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Of the lead. */
  get fixations(): readonly Fixation[] {
    return this.tracks[this.lead]?.fixations ?? [];
  }

  /** When the longest scanpath is over, s. */
  get end(): number {
    return Math.max(0, ...this.tracks.map(({ fixations }) => endOf(fixations)));
  }

  /** Index of the lead's fixation at the clock's time, or the last one before it; -1 before the first. */
  get current(): number {
    return currentAt(this.fixations, this.time);
  }

  get empty(): boolean {
    return this.tracks.every(({ fixations }) => fixations.length === 0);
  }

  /** Show these from now on. The lead stays the same track where it is still among them. */
  set(tracks: readonly Track[], open = false): void {
    const led = this.tracks[this.lead]?.id;
    this.tracks = tracks;
    this.open = open;
    this.lead = Math.max(
      tracks.findIndex(({ id }) => id === led),
      0,
    );
    this.time = Math.min(this.time, this.end);
    if (this.playing && this.time >= this.end && !open) this.stop();
    this.changed();
  }

  /** Let another track lead; the clock stays. */
  follow(lead: number): void {
    if (lead === this.lead || !this.tracks[lead]) return;
    this.lead = lead;
    this.changed();
  }

  play(): void {
    if (this.empty && !this.open) return;
    if (this.time >= this.end - 1e-6 && !this.open) this.time = 0;
    this.playing = true;
    this.last = performance.now();
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame((now) => this.step(now));
    this.changed();
  }

  pause(): void {
    this.stop();
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

  /** To the start of a fixation of the lead, which then is the current one. */
  jump(index: number): void {
    const { fixations } = this;
    const fixation = fixations[Math.min(Math.max(index, 0), fixations.length - 1)];
    if (!fixation) return;
    this.stop();
    this.seek(fixation.onset_s);
  }

  toEnd(): void {
    this.stop();
    this.seek(this.end);
  }

  destroy(): void {
    this.stop();
    this.listeners.clear();
  }

  private stop(): void {
    this.playing = false;
    cancelAnimationFrame(this.frame);
  }

  private step(now: number): void {
    const passed = Math.max(now - this.last, 0); // the frame may have begun before somebody pressed play
    this.time = Math.min(this.time + (passed / 1000) * this.speed, this.end);
    this.last = now;
    if (this.time >= this.end && !this.open) this.playing = false;
    if (this.playing) this.frame = requestAnimationFrame((next) => this.step(next));
    this.changed();
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
