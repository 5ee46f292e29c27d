/** What a practice set and the cases in it are, in words. */
import { day } from "../lib/day";

export interface PlaceData {
  case: string;
  position: number;
  title: string;
  state: string;
  published: boolean;
  owner: { id: number; name: string };
  thumbnail: string;
  key_version: number | null;
  draft_version: number | null;
  agreed: boolean;
  answered_at: string | null;
}

export interface SetData {
  id: string;
  name: string;
  description: string;
  open: boolean;
  simulated: boolean;
  cases: number;
  keyed: number;
  waiting: number;
  opened_at: string | null;
  closed_at: string | null;
  places: PlaceData[];
}

/** Whether residents can be given this case. */
export const readable = (place: PlaceData): boolean =>
  place.agreed && place.key_version !== null && place.state === "ready";

export function stateWords(set: SetData): string {
  const n = set.places.filter(readable).length;
  const all = set.places.length;
  const which = `${n} of ${all} ${all === 1 ? "case" : "cases"} can be practised`;
  if (set.open) return `Open since ${day(set.opened_at)}: ${which}.`;
  if (set.closed_at) return `Closed since ${day(set.closed_at)}: ${which}.`;
  if (all === 0) return "Not opened yet. Add a case first.";
  return n === 0 ? `Not opened yet: ${which}. Write a key first.` : `Not opened yet: ${which}.`;
}

export function mayOpen(verb: string): boolean {
  return (
    verb !== "open" ||
    confirm(
      "Open this set? Residents are given its cases, and see their films nowhere else until they have read them. That goes for cases without a key too.",
    )
  );
}
