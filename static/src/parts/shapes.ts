/**
 * Places of findings on a film: ellipses and polygons. Places are film fractions (x right, y down), radii are film
 * widths, the angle is degrees clockwise; `aspect` is the film's height over its width.
 */
import type { Point } from "../viewer/geometry";

export interface EllipseShape {
  kind: "ellipse";
  x: number;
  y: number;
  radius_x: number;
  radius_y: number;
  angle_deg: number;
}

export interface PolygonShape {
  kind: "polygon";
  points: [number, number][];
}

export type Shape = EllipseShape | PolygonShape;

const CORNERS = 72; // as ml/gaze/shapes.py has them
const rad = (degrees: number): number => (degrees * Math.PI) / 180;

/** The outline in film fractions. */
export function outlineOf(shape: Shape, aspect: number): Point[] {
  if (shape.kind === "polygon") return shape.points.map(([x, y]) => ({ x, y }));
  return Array.from({ length: CORNERS }, (_, index) => {
    const turn = (index * 2 * Math.PI) / CORNERS;
    return onEllipse(shape, Math.cos(turn), Math.sin(turn), aspect);
  });
}

/** The place that lies `across` and `down` semi-axes from the middle, before the ellipse is turned. */
export function onEllipse(shape: EllipseShape, across: number, down: number, aspect: number): Point {
  const u = across * shape.radius_x;
  const v = down * shape.radius_y;
  const c = Math.cos(rad(shape.angle_deg));
  const s = Math.sin(rad(shape.angle_deg));
  return { x: shape.x + u * c - v * s, y: shape.y + (u * s + v * c) / aspect };
}

/** The inverse of `onEllipse`: how many semi-axes across and down a place lies. */
export function inEllipse(shape: EllipseShape, at: Point, aspect: number): { across: number; down: number } {
  const x = at.x - shape.x;
  const y = (at.y - shape.y) * aspect;
  const c = Math.cos(rad(shape.angle_deg));
  const s = Math.sin(rad(shape.angle_deg));
  return { across: (x * c + y * s) / shape.radius_x, down: (y * c - x * s) / shape.radius_y };
}

/** The middle of the outline's box: where a number may stand, and where to zoom to. */
export function middleOf(shape: Shape): Point {
  if (shape.kind === "ellipse") return { x: shape.x, y: shape.y };
  const xs = shape.points.map(([x]) => x);
  const ys = shape.points.map(([, y]) => y);
  return { x: (Math.min(...xs) + Math.max(...xs)) / 2, y: (Math.min(...ys) + Math.max(...ys)) / 2 };
}

/** Half width and half height of an ellipse's box, film fractions. */
export function reach(shape: EllipseShape, aspect: number): { x: number; y: number } {
  const c = Math.cos(rad(shape.angle_deg));
  const s = Math.sin(rad(shape.angle_deg));
  return {
    x: Math.hypot(shape.radius_x * c, shape.radius_y * s),
    y: Math.hypot(shape.radius_x * s, shape.radius_y * c) / aspect,
  };
}

export function contains(shape: Shape, at: Point, aspect: number): boolean {
  if (shape.kind === "ellipse") {
    const { across, down } = inEllipse(shape, at, aspect);
    return across * across + down * down <= 1;
  }
  let inside = false;
  const { points } = shape;
  for (const [index, [x, y]] of points.entries()) {
    const [px, py] = points[(index + points.length - 1) % points.length] as [number, number];
    if (y > at.y !== py > at.y && at.x < ((px - x) * (at.y - y)) / (py - y) + x) inside = !inside;
  }
  return inside;
}
