/**
 * The film with its readings: over each other on one viewport, or side by side on two, on one clock and in one view. The
 * findings, the marks and the regions of the film lie under them.
 */
import { el } from "../lib/dom";
import type { FilmData } from "../lib/types";
import { FilmViewport } from "../parts/filmviewport";
import { type FindingData, findingLayer } from "../parts/findinglayer";
import { hit } from "../parts/hit";
import { Replay } from "../parts/replay";
import { outlineOf } from "../parts/shapes";
import { nameOf } from "../parts/track";
import { type Places, taken, toggle } from "../room/compare";
import type { FilmViewer } from "../viewer/viewer";
import type { FeedbackData, ReadingData } from "./feedbacktypes";
import { markLayer } from "./marklayer";
import { firstPlaces, tracksOf } from "./readings";
import { regionLayer } from "./regionlayer";

const LABEL = "Film. The tables say what lies where.";

export interface Under {
  findings: boolean;
  marks: boolean;
  regions: boolean;
}

export class Board {
  readonly clock = new Replay();
  readonly viewport: FilmViewport;
  readonly under: Under = { findings: true, marks: true, regions: false };
  readings: readonly ReadingData[] = [];
  places: Places = [];
  beside: FilmViewport | null = null; // the second film, side by side
  selected: number | null = null; // index of a mark

  private film: FilmData | null = null;
  private data: FeedbackData | null = null;
  private seen = "";
  private readonly listeners = new Set<() => void>();

  constructor(private readonly host: HTMLElement) {
    this.viewport = this.make();
    this.clock.onChange(() => this.sync());
    this.viewport.onChange(() => this.share());
  }

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  async open(film: FilmData): Promise<boolean> {
    this.film = film;
    return this.viewport.open(film);
  }

  set(data: FeedbackData): void {
    const known = this.readings.length === data.readings.length;
    this.data = data;
    this.readings = data.readings;
    if (!known || taken(this.places) === 0) this.places = firstPlaces(data.readings);
    this.put();
  }

  /** Puts a reading onto the film, or takes it away; one always stays, and there are at most four. */
  toggle(reading: number): void {
    this.places = toggle(this.places, reading);
    this.put();
  }

  get sided(): boolean {
    return this.beside !== null;
  }

  async sideBySide(wanted: boolean): Promise<void> {
    if (wanted === this.sided || !this.film) return;
    this.seen = "";
    if (wanted) {
      this.beside = this.make();
      this.put();
      await this.beside.open(this.film);
      this.mirror(this.viewport.viewer, this.beside.viewer);
    } else {
      const { parentElement } = this.beside?.host ?? {};
      this.beside?.destroy();
      parentElement?.remove();
      this.beside = null;
    }
    this.put();
  }

  /** Brings a finding into the middle, as large as is good to look at. */
  show(finding: FindingData): void {
    const { viewer } = this.viewport;
    const { view } = viewer;
    const corners = outlineOf(finding.shape, (view.rows * view.aspect) / view.columns);
    const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
    this.look(viewer, [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]);
  }

  showMark(index: number): void {
    const mark = this.data?.marks[index];
    this.selected = index;
    if (mark) this.look(this.viewport.viewer, [mark.x - 0.05, mark.y - 0.05, mark.x + 0.05, mark.y + 0.05]);
    this.refresh();
  }

  refresh(): void {
    this.viewport.refresh();
    this.beside?.refresh();
  }

  private look(viewer: FilmViewer, [x0, y0, x1, y1]: [number, number, number, number]): void {
    const { view } = viewer;
    const across = (x1 - x0) * view.columns;
    const down = (y1 - y0) * view.rows * view.aspect;
    const scale = Math.min((0.35 * view.width) / across, (0.35 * view.height) / down, view.fitScale * 3);
    viewer.zoom(Math.max(scale, view.fitScale));
    view.center = { x: ((x0 + x1) / 2) * view.columns, y: ((y0 + y1) / 2) * view.rows };
    viewer.pan(0, 0);
  }

  private make(): FilmViewport {
    const viewport = el("div", { class: "viewport", "data-viewport": true });
    this.host.append(
      el("div", { class: "viewport-cell" }, viewport, el("p", { class: "viewport-name", "data-name": true })),
    );
    const made = new FilmViewport(viewport, { label: LABEL });
    made.layers.push(
      regionLayer(
        () => (this.under.regions && this.data ? this.data.regions.boxes : {}),
        () => this.data?.order ?? null,
      ),
      findingLayer(
        () => (this.under.findings && this.data ? this.data.key.findings : []),
        () => this.data?.hit_margin ?? 0,
      ),
      markLayer(() =>
        this.under.marks && this.data
          ? this.data.marks.map((mark, index) => ({ ...mark, selected: index === this.selected }))
          : [],
      ),
    );
    made.gestures.onTap = (at) => this.tap(made, at);
    made.viewer.onRender(() => {
      const other = made === this.viewport ? this.beside : this.viewport;
      if (this.sided && other?.viewer.film) this.mirror(made.viewer, other.viewer);
    });
    return made;
  }

  /** The chosen readings onto the viewports: all on one, or the first on the left and the others on the right. */
  private put(): void {
    const tracks = tracksOf(this.places, this.readings);
    this.clock.set(tracks);
    const parts = this.beside ? [tracks.slice(0, 1), tracks.slice(1)] : [tracks];
    for (const [index, viewport] of [this.viewport, this.beside].entries()) {
      const mine = parts[index] ?? [];
      viewport?.show(mine);
      const name = viewport?.host.parentElement?.querySelector("[data-name]");
      if (name) name.textContent = this.beside ? mine.map(nameOf).join(" and ") || "No other reading is chosen" : "";
    }
    this.sync();
    this.share();
    for (const listener of this.listeners) listener();
  }

  private sync(): void {
    const lead = this.clock.tracks[this.clock.lead]?.id;
    for (const viewport of [this.viewport, this.beside]) {
      if (!viewport) continue;
      const { replay } = viewport;
      replay.time = this.clock.time;
      const index = replay.tracks.findIndex(({ id }) => id === lead);
      if (index >= 0) replay.lead = index;
      viewport.refresh();
    }
  }

  /** What is shown, and what a drag does, is the same on both. */
  private share(): void {
    const { beside, viewport } = this;
    if (!beside) return;
    const key = JSON.stringify([viewport.shown, viewport.gestures.tool]);
    if (key === JSON.stringify([beside.shown, beside.gestures.tool])) return;
    Object.assign(beside.shown, viewport.shown);
    beside.gestures.tool = viewport.gestures.tool;
    beside.refresh();
  }

  private mirror(from: FilmViewer, to: FilmViewer): void {
    const key = ({ view, windowCenter, windowWidth, invert }: FilmViewer) =>
      JSON.stringify([view.scale, view.center, view.turns, windowCenter, windowWidth, invert]);
    const now = key(from);
    if (now === key(to) || now === this.seen) return;
    this.seen = now;
    const { scale, center, turns, fitted } = from.view;
    Object.assign(to.view, { scale, center: { ...center }, turns, fitted });
    to.invert = from.invert;
    to.window(from.windowCenter, from.windowWidth);
  }

  private tap({ replay, viewer, shown }: FilmViewport, at: { x: number; y: number }): void {
    if (!shown.path) return;
    const { columns, rows } = viewer.view;
    const place = (x: number, y: number) => viewer.filmToScreen({ x: x * columns, y: y * rows });
    const found = hit(replay.tracks, replay.lead, replay.time, place, at);
    const track = found && replay.tracks[found.track];
    if (!track) return;
    this.clock.follow(this.clock.tracks.findIndex(({ id }) => id === track.id));
    this.clock.jump(found.fixation);
  }
}
