/** Two films beside each other at one height, each with its own zoom; keys mean the one that was touched last. */
import { el } from "../lib/dom";
import { FilmViewport } from "../parts/filmviewport";
import { WindowBox } from "../parts/windowbox";
import type { Pair } from "./types";

const NAMES = [
  { film: "First film", wide: "Left", tall: "Upper" },
  { film: "Second film", wide: "Right", tall: "Lower" },
] as const;

/** Whether the films stand one over the other, as in styles/ladder.css. */
export const stacked = (): boolean => window.matchMedia("(max-width: 700px), (max-aspect-ratio: 1 / 1)").matches;

interface Cell {
  host: HTMLElement;
  viewport: FilmViewport;
  box: WindowBox;
}

/** Of a film as it is seen: its own height and how far it can be enlarged within its place. */
export interface Fitted {
  down: number; // film px, by the shape of a pixel
  fitScale: number; // CSS px a film px
}

/** Scales at which all films have the height of the smallest fitted one. */
export function levelled(films: readonly Fitted[]): number[] {
  const height = Math.min(...films.map(({ down, fitScale }) => down * fitScale));
  return films.map(({ down }) => height / down);
}

export class TwoFilms {
  readonly cells: readonly Cell[];
  active = 0;
  shownAt: number | null = null; // performance.now() when both were in sight
  private asked = 0;
  private scales: number[] = []; // as they were levelled; other ones are the reader's own

  constructor(
    host: HTMLElement,
    private readonly changed: () => void,
  ) {
    this.cells = NAMES.map(({ film, wide, tall }, index) => {
      const viewport = el("div", { class: "viewport", "data-viewport": index === 0 ? "left" : "right" });
      const window = el("span");
      const cell = el(
        "div",
        { class: "viewport-cell" },
        el(
          "div",
          { class: "film-head" },
          el("strong", {}, el("span", { class: "wide" }, wide), el("span", { class: "tall" }, tall), " film"),
          window,
        ),
        viewport,
      );
      host.append(cell);
      const made = new FilmViewport(viewport, { label: film, film });
      for (const event of ["pointerenter", "pointerdown", "focusin"]) {
        cell.addEventListener(event, () => this.activate(index));
      }
      viewport.addEventListener("dblclick", () => this.level(index));
      return { host: cell, viewport: made, box: new WindowBox(window, made.viewer) };
    });
    new ResizeObserver(() => this.untouched() && this.level()).observe(host);
    this.activate(0);
  }

  get viewports(): FilmViewport[] {
    return this.cells.map(({ viewport }) => viewport);
  }

  /** Shows a pair, gives whether both films are there. A later call takes over. */
  async open(pair: Pair): Promise<boolean> {
    this.asked += 1;
    const { asked } = this;
    this.shownAt = null;
    this.changed();
    const films = [pair.left.film, pair.right.film];
    const opened = await Promise.all(
      this.cells.map(({ viewport }, index) => viewport.open(films[index] as (typeof films)[0])),
    );
    if (asked !== this.asked) return false;
    for (const [index, { box }] of this.cells.entries()) box.film(opened[index] ? (films[index] ?? null) : null);
    const both = opened.every(Boolean);
    if (both) {
      this.level();
      this.shownAt = performance.now();
    }
    this.changed();
    return both;
  }

  close(): void {
    this.asked += 1;
    this.shownAt = null;
    for (const { viewport, box } of this.cells) {
      viewport.close();
      box.film(null);
    }
    this.changed();
  }

  /** Both films, or one of them, whole and of one height. */
  level(only?: number): void {
    const views = this.viewports.map(({ viewer }) => viewer.view);
    this.scales = levelled(
      views.map((view) => ({ down: view.turns % 2 ? view.columns : view.rows * view.aspect, fitScale: view.fitScale })),
    );
    for (const [index, { viewer }] of this.viewports.entries()) {
      if (only !== undefined && only !== index) continue;
      if (!viewer.film) continue;
      viewer.fit();
      viewer.zoom(this.scales[index] ?? viewer.view.scale);
    }
  }

  private untouched(): boolean {
    return this.viewports.every(({ viewer }, index) => {
      const { view, film } = viewer;
      const levelled = Math.abs(view.scale / (this.scales[index] ?? view.scale) - 1) < 1e-6;
      return film !== null && (view.fitted || levelled);
    });
  }

  private activate(index: number): void {
    this.active = index;
    for (const [at, { host }] of this.cells.entries()) host.toggleAttribute("data-active", at === index);
  }
}
