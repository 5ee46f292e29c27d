/**
 * Collects what happens on one clock and cuts it into parts. Time grows within a part and from part to part; what
 * arrives late (pointer events come up to a frame after they happened) is never put before what was already cut.
 */
import type { Clock } from "./clock";
import type { Happened, Happening, Part, Sample, ViewLog } from "./types";

export interface Fractions {
  x: number;
  y: number;
}

/** A part is cut early at these; the server takes a little more. */
export const FULL = { samples: 1_500, views: 400, events: 150 };

const REST_S = 0.015; // a resting pointer is sampled about 60 times a second
const LATE_MS = 20; // so long a pointer event may be on its way; a sample of rest is not put before it

const empty = (): Part => ({ samples: [], views: [], events: [] });

export class Recorder {
  private part = empty();
  private floor = 0; // s: the end of the parts that were cut
  private last = Number.NEGATIVE_INFINITY; // s, of the newest sample
  private place: Fractions | null = null;
  private seen = "";

  constructor(
    private readonly clock: Clock,
    private readonly take: (part: Part, end: number) => void,
  ) {}

  /** Goes on after this time. */
  begin(after: number): void {
    this.floor = Math.max(this.floor, after);
  }

  /** Where the reader looks, or null: nowhere on the film. */
  point(place: Fractions | null, moment?: number): void {
    this.place = place;
    if (this.clock.running) this.add(this.clock.at(moment));
  }

  /** Again and again: the place holds until told otherwise; `place` where the film was moved under a pointer at rest. */
  rest(place: Fractions | null = this.place): void {
    if (!this.clock.running) return;
    const time = this.clock.ago(LATE_MS);
    if (time - this.last < REST_S) return;
    this.place = place;
    this.add(time);
  }

  view(view: ViewLog): void {
    const key = JSON.stringify(view);
    if (!this.clock.running || key === this.seen) return;
    this.seen = key;
    this.part.views.push([this.now(this.part.views), view]);
    this.cutIfFull();
  }

  event(name: Happening, data?: Record<string, unknown>): void {
    const at = this.now(this.part.events);
    const happened: Happened = data ? [at, name, data] : [at, name];
    this.part.events.push(happened);
    this.cutIfFull();
  }

  /** The time stops here: a place before the pause is not one that goes on through it. */
  pause(): void {
    this.place = null;
    this.add(Math.max(this.clock.at(), this.last + 0.001));
  }

  /** Hands over what there is. */
  cut(): void {
    const { part } = this;
    const end = Math.max(...[part.samples, part.views, part.events].map((rows) => rows[rows.length - 1]?.[0] ?? 0));
    if (part.samples.length + part.views.length + part.events.length === 0) return;
    this.part = empty();
    this.floor = Math.max(this.floor, end);
    this.take(part, this.floor);
  }

  private add(seconds: number): void {
    const time = round(Math.max(seconds, this.floor + 1e-4), 1e4);
    if (time <= this.last) return;
    this.last = time;
    const { place } = this;
    const sample: Sample = place ? [time, round(place.x, 1e5), round(place.y, 1e5)] : [time, null, null];
    this.part.samples.push(sample);
    this.cutIfFull();
  }

  private now(rows: readonly (readonly unknown[])[]): number {
    const before = (rows[rows.length - 1]?.[0] as number | undefined) ?? this.floor;
    return round(Math.max(this.clock.at(), this.floor + 1e-4, before + 1e-4), 1e4);
  }

  private cutIfFull(): void {
    const { samples, views, events } = this.part;
    if (samples.length >= FULL.samples || views.length >= FULL.views || events.length >= FULL.events) this.cut();
  }
}

const round = (value: number, parts: number): number => Math.round(value * parts) / parts;
