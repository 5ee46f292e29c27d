/** Seconds from film onset. It stands while the page is paused, and goes on from where a reading was left. */
export class Clock {
  private base = 0; // s, at `since`
  private since: number | null = null; // ms of the browser's clock; null while it stands

  constructor(private readonly browser: () => number = () => performance.now()) {}

  get running(): boolean {
    return this.since !== null;
  }

  /** Runs from here on, from where it stands or from later. */
  start(from = this.base): void {
    this.base = Math.max(from, this.base);
    this.since = this.browser();
  }

  stop(): void {
    this.base = this.at();
    this.since = null;
  }

  /** The time of a moment of the browser's clock, as events carry it; never before the clock last started. */
  at(moment = this.browser()): number {
    return this.since === null ? this.base : this.base + Math.max(moment - this.since, 0) / 1000;
  }

  /** The time that was so many ms ago. */
  ago(ms: number): number {
    return this.at(this.browser() - ms);
  }
}

/** 42.4 → "00:42". */
export function minutes(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(Math.floor(whole / 60))}:${two(whole % 60)}`;
}
