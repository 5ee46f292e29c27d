/**
 * Draws a scanpath over the film. Told apart by shape, line and number before colour: numbered circles (radius by
 * duration), saccade lines with an arrow, solid 1 sd and dashed 2 sd ellipses, small diamonds for further samples.
 */
import type { Ellipse, Fixation, Scanpath } from "../lib/types";
import type { Point } from "../viewer/geometry";
import type { FilmViewer } from "../viewer/viewer";

export interface Shown {
  path: boolean;
  ellipses: boolean;
  hidden: boolean; // held down: nothing but the film
}

const ACCENT = "#7cc4ff";
const WHITE = "#ffffff";
const HALO = "rgba(0, 0, 0, 0.75)";
const TRAIL = 8; // the latest fixations are drawn in full, earlier ones step back

/** CSS px; area grows with duration. */
export function radius(fixation: Fixation): number {
  return Math.min(Math.max(22 * Math.sqrt(fixation.duration_s / 0.6), 10), 34);
}

export class Overlay {
  private readonly paint: CanvasRenderingContext2D;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly viewer: FilmViewer,
  ) {
    const paint = canvas.getContext("2d");
    if (!paint) throw new Error("No 2-D canvas.");
    this.paint = paint;
  }

  /** CSS px of a place given in image fractions. */
  place(x: number, y: number): Point {
    const { columns, rows } = this.viewer.view;
    return this.viewer.filmToScreen({ x: x * columns, y: y * rows });
  }

  draw(samples: Scanpath[], chosen: number, time: number, current: number, shown: Shown): void {
    const { view } = this.viewer;
    const path = samples[chosen]?.fixations ?? [];
    // Chromium may go on showing the frame before when a canvas is cleared and nothing is drawn on it.
    this.canvas.hidden = shown.hidden || !this.viewer.film || !path.length || !(shown.path || shown.ellipses);
    if (this.canvas.hidden) return;
    if (this.canvas.width !== this.viewer.canvas.width || this.canvas.height !== this.viewer.canvas.height) {
      this.canvas.width = this.viewer.canvas.width;
      this.canvas.height = this.viewer.canvas.height;
    }
    this.paint.setTransform(1, 0, 0, 1, 0, 0);
    this.paint.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.paint.setTransform(view.dpr, 0, 0, view.dpr, 0, 0);
    if (shown.path) {
      for (const [index, sample] of samples.entries()) if (index !== chosen) this.further(sample.fixations, time);
    }
    const begun = path.slice(0, current + 1);
    const now = begun[current];
    if (shown.ellipses && now) this.uncertainty(now);
    if (!shown.path) return;
    for (let i = 1; i < begun.length; i++) {
      this.paint.globalAlpha = current - i < TRAIL ? 1 : 0.3;
      this.saccade(begun[i - 1] as Fixation, begun[i] as Fixation, i === current);
    }
    for (const [index, fixation] of begun.entries()) {
      this.paint.globalAlpha = current - index < TRAIL ? 1 : 0.6;
      this.fixation(fixation, index, index === current, time);
    }
    this.paint.globalAlpha = 1;
  }

  /** Index of the fixation under a place on the screen, the latest first; -1 for none. */
  at(screen: Point, path: Fixation[], current: number): number {
    for (let index = current; index >= 0; index--) {
      const fixation = path[index];
      if (!fixation) continue;
      const center = this.place(fixation.x, fixation.y);
      if (Math.hypot(center.x - screen.x, center.y - screen.y) <= radius(fixation) + 3) return index;
    }
    return -1;
  }

  private fixation(fixation: Fixation, index: number, now: boolean, time: number): void {
    const { paint } = this;
    const { x, y } = this.place(fixation.x, fixation.y);
    const r = radius(fixation);
    paint.beginPath();
    paint.arc(x, y, r, 0, 2 * Math.PI);
    paint.fillStyle = now ? "rgba(0, 0, 0, 0.45)" : "rgba(0, 0, 0, 0.3)";
    paint.fill();
    this.line(now ? ACCENT : WHITE, now ? 3 : 1.5);
    if (now) {
      const share = Math.min(Math.max((time - fixation.onset_s) / Math.max(fixation.duration_s, 1e-3), 0), 1);
      if (share > 0 && share < 1) {
        paint.beginPath();
        paint.arc(x, y, r + 4.5, -Math.PI / 2, -Math.PI / 2 + share * 2 * Math.PI);
        this.line(WHITE, 2.5);
      }
    }
    paint.font = `600 ${now ? 14 : 12}px system-ui, sans-serif`;
    paint.textAlign = "center";
    paint.textBaseline = "middle";
    paint.lineWidth = 3;
    paint.strokeStyle = HALO;
    const number = String(index + 1);
    paint.strokeText(number, x, y + 0.5);
    paint.fillStyle = WHITE;
    paint.fillText(number, x, y + 0.5);
  }

  /** From rim to rim, with an arrow head at the new fixation. */
  private saccade(from: Fixation, to: Fixation, now: boolean): void {
    const a = this.place(from.x, from.y);
    const b = this.place(to.x, to.y);
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const gap = radius(from) + radius(to);
    if (length <= gap + 2) return;
    const ux = (b.x - a.x) / length;
    const uy = (b.y - a.y) / length;
    const start = { x: a.x + ux * radius(from), y: a.y + uy * radius(from) };
    const tip = { x: b.x - ux * (radius(to) + 1), y: b.y - uy * (radius(to) + 1) };
    const { paint } = this;
    paint.beginPath();
    paint.moveTo(start.x, start.y);
    paint.lineTo(tip.x, tip.y);
    this.line(WHITE, now ? 2 : 1.2);
    const head = Math.min(8, (length - gap) * 0.6);
    paint.beginPath();
    paint.moveTo(tip.x, tip.y);
    paint.lineTo(tip.x - ux * head - uy * head * 0.5, tip.y - uy * head + ux * head * 0.5);
    paint.lineTo(tip.x - ux * head + uy * head * 0.5, tip.y - uy * head - ux * head * 0.5);
    paint.closePath();
    paint.fillStyle = WHITE;
    paint.fill();
  }

  /** Of the current fixation only: those of a whole path would hide the film. */
  private uncertainty(fixation: Fixation): void {
    if (!fixation.ellipse) return;
    this.ellipse(fixation, fixation.ellipse, 1);
    this.line(ACCENT, 1.8, HALO);
    this.ellipse(fixation, fixation.ellipse, 2);
    this.paint.setLineDash([6, 5]);
    this.line(ACCENT, 1.5);
    this.paint.setLineDash([]);
  }

  /** The curve of `sds` standard deviations, mapped point by point so that zoom, turn and pixel shape all hold. */
  private ellipse({ x, y }: Fixation, { sd_x, sd_y, rho }: Ellipse, sds: number): void {
    const across = Math.sqrt(Math.max(0, 1 - rho * rho));
    this.paint.beginPath();
    for (let i = 0; i <= 48; i++) {
      const angle = (i / 48) * 2 * Math.PI;
      const u = Math.cos(angle);
      const v = rho * u + across * Math.sin(angle);
      const point = this.place(x + sds * sd_x * u, y + sds * sd_y * v);
      if (i === 0) this.paint.moveTo(point.x, point.y);
      else this.paint.lineTo(point.x, point.y);
    }
  }

  /** A further sample: thin line, diamonds, no numbers. */
  private further(path: Fixation[], time: number): void {
    const { paint } = this;
    const points = path.filter(({ onset_s }) => onset_s <= time).map(({ x, y }) => this.place(x, y));
    paint.beginPath();
    for (const [index, { x, y }] of points.entries()) {
      if (index === 0) paint.moveTo(x, y);
      else paint.lineTo(x, y);
    }
    paint.strokeStyle = "rgba(255, 255, 255, 0.28)";
    paint.lineWidth = 1;
    paint.stroke();
    paint.beginPath();
    for (const { x, y } of points) {
      paint.moveTo(x, y - 4);
      paint.lineTo(x + 4, y);
      paint.lineTo(x, y + 4);
      paint.lineTo(x - 4, y);
      paint.closePath();
    }
    paint.strokeStyle = "rgba(255, 255, 255, 0.65)";
    paint.stroke();
  }

  /** Strokes the path with a dark halo, so that it shows on white bone as on black air. */
  private line(color: string, width: number, halo = HALO): void {
    this.paint.strokeStyle = halo;
    this.paint.lineWidth = width + 2;
    this.paint.stroke();
    this.paint.strokeStyle = color;
    this.paint.lineWidth = width;
    this.paint.stroke();
  }
}
