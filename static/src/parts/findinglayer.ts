/**
 * The findings of an answer key over the film. Told apart by line and sign before colour: a solid outline and ✓ for a
 * hit, a dashed one and ✗ for a missed one, a plain outline where nothing is judged; the number and the label beside it.
 */
import type { Layer, Place } from "./overlay";
import { type EllipseShape, grownOf, outlineOf, type PolygonShape } from "./shapes";

export type { EllipseShape, PolygonShape } from "./shapes";

export interface FindingData {
  id: string;
  number: number;
  label: string;
  shape: EllipseShape | PolygonShape;
  importance: 1 | 2 | 3;
  note: string;
  state?: "hit" | "missed" | "plain";
}

const HALO = "rgba(0, 0, 0, 0.75)";
const LINES = {
  plain: { color: "#e4e4e4", dash: [], sign: "" },
  hit: { color: "#a9d6a5", dash: [], sign: " ✓" },
  missed: { color: "#ffab91", dash: [8, 6], sign: " ✗" },
};
const GAP_PX = 8;
const FONT_PX = 13;

/** `margin`: film widths around each within which a mark still counts, drawn as a thin dashed line; 0: none. */
export function findingLayer(get: () => readonly FindingData[], margin: () => number = () => 0): Layer {
  return (paint, _, place) => {
    const aspect = aspectOf(place);
    for (const finding of get()) {
      const { color, dash, sign } = LINES[finding.state ?? "plain"];
      const corners = outlineOf(finding.shape, aspect).map(({ x, y }) => place(x, y));
      paint.beginPath();
      for (const { x, y } of corners) paint.lineTo(x, y);
      paint.closePath();
      paint.lineJoin = "round";
      paint.setLineDash([]);
      paint.strokeStyle = HALO;
      paint.lineWidth = 5;
      paint.stroke();
      paint.setLineDash(dash);
      paint.strokeStyle = color;
      paint.lineWidth = 2;
      paint.stroke();
      paint.setLineDash([]);
      if (margin() > 0) grown(paint, finding.shape, margin(), aspect, place, color);
      name(paint, `${finding.number}${finding.label ? ` ${finding.label}` : ""}${sign}`, corners, color);
    }
  };
}

const MARGIN_DASH = [5, 4];

function grown(
  paint: CanvasRenderingContext2D,
  shape: FindingData["shape"],
  margin: number,
  aspect: number,
  place: Place,
  color: string,
): void {
  paint.setLineDash(MARGIN_DASH);
  for (const piece of grownOf(shape, margin, aspect)) {
    paint.beginPath();
    for (const at of piece) {
      const { x, y } = place(at.x, at.y);
      paint.lineTo(x, y);
    }
    for (const [style, width] of [
      [HALO, 3],
      [color, 1],
    ] as const) {
      paint.strokeStyle = style;
      paint.lineWidth = width;
      paint.stroke();
    }
  }
  paint.setLineDash([]);
}

/** Height of the film over its width, which the mapping itself tells. */
export function aspectOf(place: Place): number {
  const origin = place(0, 0);
  const right = place(1, 0);
  const down = place(0, 1);
  return Math.hypot(down.x - origin.x, down.y - origin.y) / Math.hypot(right.x - origin.x, right.y - origin.y);
}

/** At the right of the outline, where there is room for it; else at its left. */
function name(
  paint: CanvasRenderingContext2D,
  words: string,
  corners: readonly { x: number; y: number }[],
  color: string,
): void {
  const rightmost = corners.reduce((a, b) => (b.x > a.x ? b : a));
  const leftmost = corners.reduce((a, b) => (b.x < a.x ? b : a));
  paint.font = `600 ${FONT_PX}px system-ui, sans-serif`;
  paint.textBaseline = "middle";
  const room = paint.canvas.clientWidth - rightmost.x - GAP_PX;
  const atRight = paint.measureText(words).width <= room || leftmost.x < paint.canvas.clientWidth - rightmost.x;
  const x = atRight ? rightmost.x + GAP_PX : leftmost.x - GAP_PX;
  const y = (atRight ? rightmost : leftmost).y;
  paint.textAlign = atRight ? "left" : "right";
  paint.lineJoin = "round";
  paint.lineWidth = 4;
  paint.strokeStyle = HALO;
  paint.strokeText(words, x, y);
  paint.fillStyle = color;
  paint.fillText(words, x, y);
}
