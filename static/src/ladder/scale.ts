/** The axis of the ladder: log-odds into standard deviations, and those into shares of the axis' width. */
import type { Row } from "./types";

/** z = (place − mean) / sd over all cases of the ladder. */
export interface Standard {
  mean: number;
  sd: number;
}

/**
 * Mean and standard deviation as the rows' own z were made with, from the two that lie furthest apart; the API sends z
 * of the place alone, and the interval is wanted on the same axis. Null while no two places differ.
 */
export function standardOf(rows: readonly Pick<Row, "place" | "z">[]): Standard | null {
  let low: { place: number; z: number } | null = null;
  let high: { place: number; z: number } | null = null;
  for (const { place, z } of rows) {
    if (z === null || !Number.isFinite(z)) continue;
    if (!low || place < low.place) low = { place, z };
    if (!high || place > high.place) high = { place, z };
  }
  if (!low || !high || high.z - low.z < 1e-9) return null;
  const sd = (high.place - low.place) / (high.z - low.z);
  return { sd, mean: high.place - high.z * sd };
}

export const toZ = (place: number, { mean, sd }: Standard): number => (place - mean) / sd;

const LEAST = 2; // SD on either side
const MOST = 4;
const ROOM = 0.25; // beyond the outermost dot

/** How far the axis reaches on either side, SD: as far as the dots (not their intervals), in halves, 2 to 4. */
export function reachOf(dots: readonly (number | null)[]): number {
  const furthest = dots.reduce<number>((most, z) => Math.max(most, z === null ? 0 : Math.abs(z)), 0);
  return Math.min(Math.max(Math.ceil((furthest + ROOM) * 2) / 2, LEAST), MOST);
}

/** Share of the axis' width, 0 (easiest) to 1; what lies beyond stands at the end. */
export function share(z: number, reach: number): number {
  return Math.min(Math.max((z + reach) / (2 * reach), 0), 1);
}

/** Whole SD that are on the axis. */
export function ticksOf(reach: number): number[] {
  const last = Math.floor(reach);
  return Array.from({ length: 2 * last + 1 }, (_, index) => index - last);
}
