/** Seconds that an item was in front of its rater: the clock stands while the page is hidden. */
export class Stopwatch {
  private gone = 0; // s, before the clock was last started
  private since: number | null = null; // ms

  constructor(private readonly now: () => number = () => performance.now()) {}

  start(): void {
    this.gone = 0;
    this.since = this.now();
  }

  pause(): void {
    this.gone = this.seconds;
    this.since = null;
  }

  goOn(): void {
    this.since ??= this.now();
  }

  get seconds(): number {
    return this.gone + (this.since === null ? 0 : (this.now() - this.since) / 1000);
  }
}
