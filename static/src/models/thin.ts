/** Curves of long runs, with so few points that a page draws them without effort. */
import type { Point } from "./types";

/** At most `most` of the points, evenly by their place in the list; the first and the last always stay. */
export function thin(points: readonly Point[], most: number): Point[] {
  if (points.length <= most) return [...points];
  if (most < 2) return points.slice(-1);
  const step = (points.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => points[Math.round(index * step)] as Point);
}

/** Both curves over one axis of steps, as the plot wants them; null where a curve has no point. */
export function aligned(
  losses: readonly Point[],
  validation: readonly Point[],
): [number[], (number | null)[], (number | null)[]] {
  const first = new Map(losses);
  const second = new Map(validation);
  const steps = [...new Set([...first.keys(), ...second.keys()])].sort((a, b) => a - b);
  return [steps, steps.map((step) => first.get(step) ?? null), steps.map((step) => second.get(step) ?? null)];
}
