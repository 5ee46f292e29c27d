/** The canvas over the film and its layers, drawn from below upward. A layer draws in CSS px and asks where things lie. */
import type { Fixation } from "../lib/types";
import type { Point } from "../viewer/geometry";
import type { FilmViewer } from "../viewer/viewer";
import type { Track } from "./track";

/** What there is to draw. */
export interface Scene {
  tracks: readonly Track[];
  lead: number;
  /** Further scanpaths that only stand behind, without numbers. */
  others: readonly (readonly Fixation[])[];
  time: number; // s
}

/** CSS px of a place given in image fractions. */
export type Place = (x: number, y: number) => Point;

export type Layer = (paint: CanvasRenderingContext2D, scene: Scene, place: Place) => void;

export class Overlay {
  private readonly paint: CanvasRenderingContext2D;

  constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly viewer: FilmViewer,
  ) {
    const paint = canvas.getContext("2d");
    if (!paint) throw new Error("No 2-D canvas.");
    this.paint = paint;
  }

  readonly place: Place = (x, y) => {
    const { columns, rows } = this.viewer.view;
    return this.viewer.filmToScreen({ x: x * columns, y: y * rows });
  };

  draw(layers: readonly Layer[], scene: Scene): void {
    this.canvas.hidden = layers.length === 0 || !this.viewer.film;
    if (this.canvas.hidden) return;
    const { width, height } = this.viewer.canvas;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const { dpr } = this.viewer.view;
    this.paint.setTransform(1, 0, 0, 1, 0, 0);
    this.paint.clearRect(0, 0, width, height);
    // Chromium goes on showing the frame before when a canvas is cleared and nothing is drawn on it afterwards, and a
    // layer may have nothing to draw. One pixel that nobody sees makes it a new frame.
    this.paint.fillStyle = "rgb(0 0 0 / 0.004)";
    this.paint.fillRect(0, 0, 1, 1);
    this.paint.setTransform(dpr, 0, 0, dpr, 0, 0);
    for (const layer of layers) {
      this.paint.save();
      layer(this.paint, scene, this.place);
      this.paint.restore();
    }
  }
}
