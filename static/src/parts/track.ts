/** A scanpath as it is shown: whose it is, its name, and how it is told from the others of the same viewport. */
import type { Fixation } from "../lib/types";

export type Source = "human" | "model" | "control" | "hidden"; // hidden: nobody is to know
export type Marker = "circle" | "square" | "diamond" | "triangle";

/** Colour, line and shape all differ, so that any one of them is enough. */
export interface Style {
  color: string;
  now: string; // of the fixation at the clock's time
  dash: number[]; // CSS px; empty: a solid line
  marker: Marker;
}

export interface Track {
  id: string; // within its viewport
  source: Source;
  label: string;
  style: Style;
  fixations: Fixation[];
}

const ACCENT = "#7cc4ff";

/** As many as can be told apart over a film. The first is also how a scanpath alone is drawn. */
export const STYLES: readonly Style[] = [
  { color: "#ffffff", now: ACCENT, dash: [], marker: "circle" },
  { color: "#ffc457", now: "#ffc457", dash: [9, 6], marker: "square" },
  { color: "#86e0a8", now: "#86e0a8", dash: [2, 5], marker: "diamond" },
  { color: "#ff9fce", now: "#ff9fce", dash: [12, 4, 2, 4], marker: "triangle" },
];

const SOURCES: Record<Source, string> = { human: "Reader", model: "Model", control: "Control", hidden: "Path" };

/** "Model · Sample 2": the source is said in words as well. */
export const nameOf = ({ source, label }: Pick<Track, "source" | "label">): string => `${SOURCES[source]} · ${label}`;

/** Seconds from film onset at which a scanpath is over; 0 for an empty one. */
export function endOf(path: readonly Fixation[]): number {
  const last = path[path.length - 1];
  return last ? last.onset_s + last.duration_s : 0;
}

/** Index of the fixation at a time (s), or the last one before it; -1 before the first. */
export function currentAt(path: readonly Fixation[], time: number): number {
  let found = -1;
  for (const [index, { onset_s }] of path.entries()) {
    if (onset_s > time + 1e-6) break;
    found = index;
  }
  return found;
}

/** Corners of a marker about (0, 0) whose area is about that of a circle of radius `r`; a circle has none. */
export function cornersOf(marker: Marker, r: number): [number, number][] {
  const side = r * 0.89; // half a square's side: (2 · 0.89 r)² is π r²
  const tip = r * 1.25;
  const foot = r * 1.2;
  switch (marker) {
    case "circle":
      return [];
    case "square":
      return [
        [-side, -side],
        [side, -side],
        [side, side],
        [-side, side],
      ];
    case "diamond":
      return [
        [0, -tip],
        [tip, 0],
        [0, tip],
        [-tip, 0],
      ];
    case "triangle":
      return [
        [0, -foot * 1.15],
        [foot, foot * 0.78],
        [-foot, foot * 0.78],
      ];
  }
}
