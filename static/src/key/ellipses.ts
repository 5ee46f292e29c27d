/**
 * Ellipses under the hand: made by a drag, moved, sized, turned, and kept on the film. Places are film fractions, radii
 * film widths; `aspect` is the film's height over its width. Nothing here changes what it is given.
 */
import { type EllipseShape, inEllipse, onEllipse, reach, type Shape } from "../parts/shapes";
import type { Point } from "../viewer/geometry";

export const SMALLEST = 0.006; // film widths: smaller ones cannot be grasped
const DIGITS = 5; // of what is stored: a hundredth of a pixel of a film of a thousand

/** Where an ellipse is grasped: the ends of its axes, and the sign that turns it. */
export type Handle = "right" | "down" | "left" | "up" | "turn";
export const AXES: Record<Exclude<Handle, "turn">, [number, number]> = {
  right: [1, 0],
  down: [0, 1],
  left: [-1, 0],
  up: [0, -1],
};

/** The ellipse that fills the box between two corners, or null while that is too small to be meant. */
export function fromDrag(a: Point, b: Point, aspect: number): EllipseShape | null {
  const on = (place: Point) => ({ x: clamp(place.x, 0, 1), y: clamp(place.y, 0, 1) });
  const [p, q] = [on(a), on(b)];
  const radius_x = Math.abs(p.x - q.x) / 2;
  const radius_y = (Math.abs(p.y - q.y) * aspect) / 2;
  if (radius_x < SMALLEST || radius_y < SMALLEST) return null;
  return rounded({ kind: "ellipse", x: (p.x + q.x) / 2, y: (p.y + q.y) / 2, radius_x, radius_y, angle_deg: 0 });
}

/** Moved by film fractions, no farther than to the film's edge. */
export function moved(shape: Shape, dx: number, dy: number, aspect: number): Shape {
  if (shape.kind === "ellipse") return kept({ ...shape, x: shape.x + dx, y: shape.y + dy }, aspect);
  const xs = shape.points.map(([x]) => x);
  const ys = shape.points.map(([, y]) => y);
  const across = clamp(dx, -Math.min(...xs), 1 - Math.max(...xs));
  const down = clamp(dy, -Math.min(...ys), 1 - Math.max(...ys));
  return { ...shape, points: shape.points.map(([x, y]) => [round(x + across), round(y + down)]) };
}

/** Its semi-axes longer by so many film widths. */
export function sized(shape: EllipseShape, across: number, down: number, aspect: number): EllipseShape {
  return kept({ ...shape, radius_x: shape.radius_x + across, radius_y: shape.radius_y + down }, aspect);
}

export function turned(shape: EllipseShape, degrees: number, aspect: number): EllipseShape {
  return kept({ ...shape, angle_deg: shape.angle_deg + degrees }, aspect);
}

/** Pulled by a handle to a place. The middle stays; the axis that was grasped changes its length or its direction. */
export function pulled(shape: EllipseShape, handle: Handle, to: Point, aspect: number): EllipseShape {
  if (handle === "turn") {
    const angle = (Math.atan2((to.y - shape.y) * aspect, to.x - shape.x) * 180) / Math.PI + 90; // the sign stands above
    return kept({ ...shape, angle_deg: angle }, aspect);
  }
  const { across, down } = inEllipse(shape, to, aspect);
  const [x] = AXES[handle];
  return x === 0
    ? kept({ ...shape, radius_y: Math.abs(down) * shape.radius_y }, aspect)
    : kept({ ...shape, radius_x: Math.abs(across) * shape.radius_x }, aspect);
}

/** The end of an axis, film fractions. */
export function endOf(shape: EllipseShape, handle: Exclude<Handle, "turn">, aspect: number): Point {
  const [across, down] = AXES[handle];
  return onEllipse(shape, across, down, aspect);
}

/** On the film as a whole: made smaller where it would not fit, then moved in. */
export function kept(shape: EllipseShape, aspect: number): EllipseShape {
  let { radius_x, radius_y } = shape;
  radius_x = clamp(radius_x, SMALLEST, 1);
  radius_y = clamp(radius_y, SMALLEST, 1);
  let at = reach({ ...shape, radius_x, radius_y }, aspect);
  const shrink = Math.min(1, 0.5 / at.x, 0.5 / at.y);
  if (shrink < 1) {
    radius_x *= shrink;
    radius_y *= shrink;
    at = { x: at.x * shrink, y: at.y * shrink };
  }
  const angle_deg = ((((shape.angle_deg + 90) % 180) + 180) % 180) - 90; // an ellipse turned by half a turn is the same
  return rounded({
    ...shape,
    x: clamp(shape.x, at.x, 1 - at.x),
    y: clamp(shape.y, at.y, 1 - at.y),
    radius_x,
    radius_y,
    angle_deg,
  });
}

function rounded(shape: EllipseShape): EllipseShape {
  return {
    kind: "ellipse",
    x: round(shape.x),
    y: round(shape.y),
    radius_x: round(shape.radius_x),
    radius_y: round(shape.radius_y),
    angle_deg: Math.round(shape.angle_deg * 10) / 10,
  };
}

const round = (value: number): number => Number(value.toFixed(DIGITS));

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
