/** Arrow keys as a hand: one small step at once, and while a key is held a steady movement. */
const STEP = 0.01; // film widths
const FAST_STEP = 0.04;
const SPEED = 0.3; // film widths a second
const FAST_SPEED = 1;
const HOLD_MS = 200; // a shorter press is one step

export type Direction = "left" | "right" | "up" | "down";
const WAYS: Record<Direction, [number, number]> = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };

export class Steering {
  private readonly held = new Map<Direction, { since: number; fast: boolean }>();
  private frame = 0;
  private last = 0;

  constructor(private readonly move: (dx: number, dy: number) => void) {}

  press(direction: Direction, fast: boolean): void {
    const [dx, dy] = WAYS[direction];
    const step = fast ? FAST_STEP : STEP;
    this.held.set(direction, { since: performance.now(), fast });
    this.move(dx * step, dy * step);
    if (this.frame) return;
    this.last = performance.now();
    this.frame = requestAnimationFrame((now) => this.go(now));
  }

  release(direction: Direction): void {
    this.held.delete(direction);
  }

  private go(now: number): void {
    const seconds = Math.max(now - this.last, 0) / 1000;
    this.last = Math.max(now, this.last);
    let [x, y] = [0, 0];
    for (const [direction, { since, fast }] of this.held) {
      if (now - since < HOLD_MS) continue;
      const far = (fast ? FAST_SPEED : SPEED) * seconds;
      x += WAYS[direction][0] * far;
      y += WAYS[direction][1] * far;
    }
    if (x !== 0 || y !== 0) this.move(x, y);
    this.frame = this.held.size > 0 ? requestAnimationFrame((next) => this.go(next)) : 0;
  }
}
