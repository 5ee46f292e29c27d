/** Which drawn fixation lies under a place on the screen. */
import type { Fixation } from "../lib/types";
import type { Point } from "../viewer/geometry";
import { currentAt, type Track } from "./track";

export interface Hit {
  track: number;
  fixation: number;
}

const SLACK_PX = 3;

/** CSS px; the area grows with the duration. Several tracks at once are drawn smaller. */
export function radius(fixation: Fixation, several = false): number {
  const r = Math.min(Math.max(22 * Math.sqrt(fixation.duration_s / 0.6), 10), 34);
  return several ? Math.max(r * 0.7, 8) : r;
}

/** The topmost one: the lead's before the others', the latest first; none that the clock has not reached. */
export function hit(
  tracks: readonly Track[],
  lead: number,
  time: number,
  place: (x: number, y: number) => Point,
  at: Point,
): Hit | null {
  const order = [lead, ...tracks.keys()].filter((track, index) => index === 0 || track !== lead);
  for (const track of order) {
    const path = tracks[track]?.fixations ?? [];
    for (let index = currentAt(path, time); index >= 0; index--) {
      const fixation = path[index] as Fixation;
      const { x, y } = place(fixation.x, fixation.y);
      if (Math.hypot(x - at.x, y - at.y) <= radius(fixation, tracks.length > 1) + SLACK_PX) {
        return { track, fixation: index };
      }
    }
  }
  return null;
}
