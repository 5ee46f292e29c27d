/** The spotlight's place: on the lead's current fixation, and on the way to the next one between two. */
import type { View } from "../viewer/geometry";
import type { Spot } from "../viewer/viewer";
import type { Replay } from "./replay";

const SHARP = 0.08; // of the film's shorter side
const SOFT = 0.17;

export function spotOf(replay: Replay, view: View): Spot | null {
  const now = replay.fixations[Math.max(replay.current, 0)];
  if (!now) return null;
  const next = replay.fixations[replay.current + 1];
  let { x, y } = now;
  const left = now.onset_s + now.duration_s;
  if (next && replay.time > left && next.onset_s > left) {
    const share = (replay.time - left) / (next.onset_s - left);
    x += (next.x - x) * share;
    y += (next.y - y) * share;
  }
  const side = Math.min(view.columns, view.rows * view.aspect);
  return { at: { x: x * view.columns, y: y * view.rows }, sharp: SHARP * side, soft: SOFT * side };
}
