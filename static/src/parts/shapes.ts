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

const STEP = 0.01; // film widths between the points of a grown outline
const HAIR = 1e-6;

/**
 * The line that lies `margin` film widths outside of the outline, in pieces: where a shape is hollow, what would come
 * nearer to another side of it is left out.
 */
export function grownOf(shape: Shape, margin: number, aspect: number): Point[][] {
  const ring = outlineOf(shape, aspect).map(({ x, y }) => ({ x, y: y * aspect })); // film widths both ways
  const area = ring.reduce((sum, a, at) => sum + cross(a, after(ring, at)), 0);
  const corners = area < 0 ? ring.reverse() : ring; // clockwise on the screen, so that outside lies to the left
  const pieces: Point[][] = [];
  const piece: Point[] = [];
  const add = (at: Point) => {
    if (away(corners, at) > margin - HAIR) piece.push({ x: at.x, y: at.y / aspect });
    else if (piece.length > 0) pieces.push(piece.splice(0));
  };
  const facing = (at: number) => {
    const [a, b] = [corners[at % corners.length] as Point, after(corners, at % corners.length)];
    return Math.atan2(a.x - b.x, b.y - a.y); // of the way out, across the side that begins at this corner
  };
  const out = (from: Point, angle: number) => ({
    x: from.x + margin * Math.cos(angle),
    y: from.y + margin * Math.sin(angle),
  });
  for (const [at, from] of corners.entries()) {
    const to = after(corners, at);
    const parts = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / STEP));
    for (let part = 0; part <= parts; part++) {
      const share = part / parts;
      add(out({ x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share }, facing(at)));
    }
    const turn = ((facing(at + 1) - facing(at) + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
    const steps = turn > 0 ? Math.ceil((turn * margin) / STEP) : 0; // around a corner that points outwards
    for (let step = 1; step < steps; step++) add(out(to, facing(at) + (turn * step) / steps));
  }
  const [first] = pieces;
  if (first && piece.length > 0) first.unshift(...piece);
  else if (piece.length > 0) pieces.push([...piece, piece[0] as Point]);
  return pieces.filter(({ length }) => length > 1);
}

const after = (ring: readonly Point[], at: number): Point => ring[(at + 1) % ring.length] as Point;
const cross = (a: Point, b: Point): number => a.x * b.y - a.y * b.x;

/** How far a place lies from the nearest side of a ring. */
function away(ring: readonly Point[], { x, y }: Point): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const [at, a] of ring.entries()) {
    const b = after(ring, at);
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const along = dx * dx + dy * dy;
    const share = along > 0 ? Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / along)) : 0;
    nearest = Math.min(nearest, Math.hypot(x - a.x - share * dx, y - a.y - share * dy));
  }
  return nearest;
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
