/**
 * The sharp disc of a blurred film: under the pointer, moved by keys, or above the finger. Where it stands is what is
 * recorded. A pointer holds its place on the screen, keys hold theirs on the film, also while the film is moved.
 */
import type { Point, View } from "../viewer/geometry";
import type { Spot } from "../viewer/viewer";
import type { Fractions } from "./recorder";

/** Sharp radius, film widths: 2 cm, 3 cm and 4.5 cm on a chest film of 38 cm. */
export const SIZES = { small: 0.05, medium: 0.08, large: 0.12 };
/** The blur's standard deviation, of the film's long side. Off is for those who are watched by an eye tracker. */
export const BLURS = { weak: 0.009, strong: 0.018, off: 0 };
export const SOFT = 1.7; // the radius beyond which all is blurred, over the sharp one
const FINGER_PX = 70; // the disc stands so far above a finger
const MARGIN_PX = 48; // keys keep the disc so far inside the screen's edge

export interface Choice {
  size: keyof typeof SIZES;
  blur: keyof typeof BLURS;
}

/** What it needs of a viewer. */
export interface Ground {
  view: Pick<View, "columns" | "rows" | "aspect" | "scale" | "width" | "height">;
  screenToFilm(screen: Point): Point;
  filmToScreen(film: Point): Point;
  pan(dx: number, dy: number): void;
}

export class Aperture {
  private led: "pointer" | "keys" = "pointer";
  private screen: Point | null = null; // CSS px, while a pointer leads
  private film: Point = { x: 0, y: 0 }; // film px, while keys lead

  constructor(
    private readonly ground: Ground,
    public choice: Choice,
  ) {}

  get on(): boolean {
    return this.choice.blur !== "off";
  }

  /** Where its middle is, film fractions; null when that is off the film or nowhere. */
  get place(): Fractions | null {
    const { middle } = this;
    return middle && this.fractions(middle);
  }

  /** The same for a pointer that is, or was, at a place on the screen (CSS px). */
  placeAt(at: Point, finger = false): Fractions | null {
    return this.fractions(this.ground.screenToFilm(this.lifted(at, finger)));
  }

  /** A pointer has moved; null: it has left. Keys that lead go on without it. */
  point(at: Point | null, finger = false): void {
    if (at) this.led = "pointer";
    this.screen = at && this.lifted(at, finger);
  }

  /** By keys: so many film widths to the right and down as the film lies on the screen; the film follows at the edge. */
  step(dx: number, dy: number): void {
    const { ground } = this;
    const { view } = ground;
    const from = ground.filmToScreen(this.place ? (this.middle as Point) : this.center);
    const px = view.columns * view.scale;
    this.hold(ground.screenToFilm({ x: from.x + dx * px, y: from.y + dy * px }));
    const now = ground.filmToScreen(this.film);
    const inside = (value: number, size: number) =>
      Math.min(Math.max(value, Math.min(MARGIN_PX, size / 2)), Math.max(size - MARGIN_PX, size / 2)) - value;
    const [x, y] = [inside(now.x, view.width), inside(now.y, view.height)];
    if (x !== 0 || y !== 0) ground.pan(x, y);
  }

  toCenter(): void {
    this.hold(this.center);
  }

  /** What the viewer draws: all is blurred while it is nowhere, and nothing while it is off. */
  get spot(): Spot | null {
    if (!this.on) return null;
    const { columns } = this.ground.view;
    const sharp = SIZES[this.choice.size] * columns;
    return { at: this.middle ?? { x: -9 * columns, y: -9 * columns }, sharp, soft: sharp * SOFT };
  }

  /** For the log: what the reader could see sharp. */
  get facts(): Record<string, unknown> {
    const { size, blur } = this.choice;
    return { on: this.on, sharp: SIZES[size], soft: SIZES[size] * SOFT, blur: BLURS[blur] };
  }

  private get middle(): Point | null {
    if (this.led === "keys") return this.film;
    return this.screen && this.ground.screenToFilm(this.screen);
  }

  private get center(): Point {
    const { columns, rows } = this.ground.view;
    return { x: columns / 2, y: rows / 2 };
  }

  private hold({ x, y }: Point): void {
    const { columns, rows } = this.ground.view;
    this.led = "keys";
    this.film = { x: Math.min(Math.max(x, 0), columns), y: Math.min(Math.max(y, 0), rows) };
  }

  private lifted(at: Point, finger: boolean): Point {
    return finger && this.on ? { x: at.x, y: at.y - FINGER_PX } : at;
  }

  private fractions(film: Point): Fractions | null {
    const { columns, rows } = this.ground.view;
    const place = { x: film.x / columns, y: film.y / rows };
    return place.x >= 0 && place.x <= 1 && place.y >= 0 && place.y <= 1 ? place : null;
  }
}

const KEY = "medgaze:aperture";
export const FIRST: Choice = { size: "medium", blur: "strong" };

export function recall(storage: Pick<Storage, "getItem"> = localStorage): Choice {
  try {
    const kept = JSON.parse(storage.getItem(KEY) ?? "{}") as Partial<Choice>;
    const size = kept.size && kept.size in SIZES ? kept.size : FIRST.size;
    return { size, blur: kept.blur && kept.blur in BLURS ? kept.blur : FIRST.blur };
  } catch {
    return FIRST;
  }
}

export function keep(choice: Choice, storage: Pick<Storage, "setItem"> = localStorage): void {
  try {
    storage.setItem(KEY, JSON.stringify(choice));
  } catch {
    // Forbidden here: it holds for this page.
  }
}
