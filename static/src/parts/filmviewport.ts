/**
 * One film with whatever lies over it: viewer, overlay, gestures, legend, and the clock of its scanpaths, one or
 * several. It makes its own markup inside the host and takes it away again.
 */
import { el } from "../lib/dom";
import { notice } from "../lib/notice";
import type { Problem } from "../lib/problem";
import type { FilmData, Fixation } from "../lib/types";
import type { Point } from "../viewer/geometry";
import { attachGestures, type Gestures } from "../viewer/gestures";
import { FilmViewer, type Spot } from "../viewer/viewer";
import { heatOf } from "./heat";
import { hit } from "./hit";
import { behind, scanpaths, uncertainty } from "./layers";
import { type Layer, Overlay } from "./overlay";
import { Replay } from "./replay";
import { spotOf } from "./spot";
import { swatch } from "./swatch";
import { nameOf, type Track } from "./track";

export interface Shown {
  path: boolean;
  ellipses: boolean;
  others: boolean; // scanpaths that stand behind
  heat: boolean;
  spot: boolean;
  hidden: boolean; // held down: nothing but the film
}

export interface ViewportOptions {
  label: string; // of the group, for screen readers
  film?: string; // of the picture
}

export class FilmViewport {
  readonly viewer: FilmViewer;
  readonly replay = new Replay();
  readonly gestures: Gestures;
  /** What else a page draws over the film, under the scanpaths: marks, findings. After a change call `refresh`. */
  readonly layers: Layer[] = [];
  /** The sharp disc of a film that is blurred elsewhere; it comes before the spotlight of a replay. */
  aperture: Spot | null = null;
  readonly shown: Shown = { path: true, ellipses: true, others: true, heat: false, spot: false, hidden: false };

  private readonly overlay: Overlay;
  private readonly legend = el("ul", { class: "legend", "aria-label": "Scanpaths on the film", hidden: true });
  private readonly readout = el("div", { class: "readout", "aria-hidden": "true", hidden: true });
  private readonly place = el("span", { "data-place": true });
  private readonly level = el("span");
  private readonly message = el("div", { class: "viewport-message", "data-message": true, hidden: true });
  private readonly gone = new AbortController();
  private readonly listeners = new Set<() => void>();
  private others: readonly (readonly Fixation[])[] = [];
  private told: Node | null = null; // what the page has to say, before what the viewport itself has
  private own: Node | null = null;
  private heated: boolean | null = null; // null: what it is made of has changed
  private wanted: FilmData | null = null;

  constructor(
    readonly host: HTMLElement,
    options: ViewportOptions,
  ) {
    const film = el("canvas", { "data-film": true, role: "img", "aria-label": options.film ?? "Chest film" });
    const over = el("canvas", { class: "overlay", "data-overlay": true, "aria-hidden": "true" });
    for (const [name, value] of Object.entries({ tabindex: "0", role: "group", "aria-label": options.label })) {
      host.setAttribute(name, value);
    }
    this.readout.append(this.level, " ", this.place);
    host.replaceChildren(film, over, this.legend, this.readout, this.message);
    this.viewer = new FilmViewer(film);
    this.overlay = new Overlay(over, this.viewer);
    this.gestures = {
      tool: "window",
      onTap: (at) => this.tap(at),
      onHover: (at) => this.read(at),
    };
    attachGestures(host, this.viewer, this.gestures, this.gone.signal);
    this.replay.onChange(() => this.refresh());
    this.viewer.onRender(() => this.draw());
    this.viewer.onStatus((status, problem) => this.tellStatus(status, problem));
    this.refresh();
  }

  /** Shows a film, or says on the viewport why it cannot; then it gives false. */
  async open(film: FilmData): Promise<boolean> {
    this.wanted = film;
    this.heated = null;
    try {
      await this.viewer.load(film);
    } catch {
      return false; // the viewport has said why
    }
    this.refresh();
    return this.viewer.film === film;
  }

  /** Takes the film away: it is gone, or no longer for this person. */
  close(): void {
    this.wanted = null;
    this.heated = null;
    this.viewer.clear();
    this.refresh();
  }

  /** Shows these scanpaths on one clock, with further ones behind them; `open` while fixations still come. */
  show(tracks: readonly Track[], others: readonly (readonly Fixation[])[] = [], open = false): void {
    this.others = others;
    this.heated = null;
    this.legend.replaceChildren(
      ...tracks.map((track) => el("li", { "data-track": track.id }, swatch(track.style), nameOf(track))),
    );
    this.replay.set(tracks, open);
  }

  /** The page's own words over the film, until it takes them back with null. */
  say(content: Node | null): void {
    this.told = content;
    this.speak();
  }

  /** Called whenever something that is shown has changed; gives the function that ends it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Height of the film over its width, as it is shown. */
  get aspect(): number {
    const { columns, rows, aspect } = this.viewer.view;
    return (rows * aspect) / columns;
  }

  /** CSS px of a place in film fractions, and back. */
  toScreen(x: number, y: number): Point {
    return this.overlay.place(x, y);
  }

  toFilm(at: Point): Point {
    const { columns, rows } = this.viewer.view;
    const film = this.viewer.screenToFilm(at);
    return { x: film.x / columns, y: film.y / rows };
  }

  /** After a change of `shown` or `gestures`. */
  refresh(): void {
    const { shown, viewer, replay } = this;
    this.host.dataset.tool = this.gestures.tool;
    const several = replay.tracks.length > 1;
    this.legend.hidden = !several || !shown.path || shown.hidden;
    for (const [index, line] of [...this.legend.children].entries()) {
      line.toggleAttribute("data-lead", index === replay.lead);
    }
    this.heat();
    viewer.setSpot(this.aperture ?? (shown.spot && !shown.hidden ? spotOf(replay, viewer.view) : null));
    this.draw(); // the film itself need not be drawn again for it
    for (const listener of this.listeners) listener();
  }

  destroy(): void {
    this.gone.abort();
    this.listeners.clear();
    this.replay.destroy();
    this.viewer.destroy();
    this.host.replaceChildren();
  }

  private draw(): void {
    const { shown, viewer, replay } = this;
    const layers = shown.hidden ? [] : [...this.layers];
    if (!shown.hidden && !replay.empty) {
      if (shown.path && shown.others && this.others.length > 0) layers.push(behind);
      if (shown.ellipses) layers.push(uncertainty);
      if (shown.path) layers.push(scanpaths);
    }
    const { tracks, lead, time } = replay;
    this.overlay.draw(layers, { tracks, lead, time, others: this.others });
    this.readout.hidden = !viewer.film;
    const { windowCenter, windowWidth } = viewer;
    this.level.textContent = `${Math.round(viewer.view.scale * 100)} % · centre ${Math.round(windowCenter)}, width ${Math.round(windowWidth)}`;
  }

  /** Of all scanpaths there are, also those that are not drawn. */
  private heat(): void {
    const { view, film } = this.viewer;
    const wanted = this.shown.heat && !this.shown.hidden && film !== null;
    if (wanted === this.heated) return;
    this.heated = wanted;
    const paths = [...this.replay.tracks.map(({ fixations }) => fixations), ...this.others];
    this.viewer.setHeat(wanted ? heatOf(paths, view.columns, view.rows) : null);
  }

  private tap(at: { x: number; y: number }): void {
    if (!this.shown.path) return;
    const { tracks, lead, time } = this.replay;
    const found = hit(tracks, lead, time, this.overlay.place, at);
    if (!found) return;
    this.replay.follow(found.track);
    this.replay.jump(found.fixation);
  }

  private read(at: { x: number; y: number } | null): void {
    const { view } = this.viewer;
    const film = at && this.viewer.screenToFilm(at);
    const inside = film && film.x >= 0 && film.y >= 0 && film.x < view.columns && film.y < view.rows;
    this.place.textContent = inside ? `· x ${Math.floor(film.x)}, y ${Math.floor(film.y)}` : "";
  }

  private tellStatus(status: FilmViewer["status"], problem?: Problem): void {
    this.host.dataset.filmStatus = status;
    if (status === "loading") this.own = el("p", { class: "soft" }, "Opening the film …");
    else if (status === "lost") {
      this.own = notice({ title: "The graphics were interrupted.", detail: "The film comes back by itself." });
    } else if (problem) {
      const again = el("button", { class: "button", type: "button" }, "Try again");
      again.addEventListener("click", () => this.wanted && void this.open(this.wanted));
      this.own = notice(problem.data, "bad", again);
    } else this.own = null;
    this.speak();
  }

  private speak(): void {
    const content = this.told ?? this.own;
    this.message.hidden = content === null;
    if (content?.isConnected) return; // somebody may be typing there
    this.message.replaceChildren(...(content ? [el("div", {}, content)] : []));
  }
}
