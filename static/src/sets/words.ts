/** What a practice set and the cases in it are, in words. */
import { day } from "../lib/day";
import { el } from "../lib/dom";
import { ask } from "../parts/ask";

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

/** Whether this is really to be done to a set: opening one closes its films to residents. */
export async function mayOpen(verb: string): Promise<boolean> {
  if (verb !== "open") return true;
  const words =
    "Residents are given its cases, and see their films nowhere else until they have read them. That goes for cases without a key too.";
  return await ask({ title: "Open this set?", body: [el("p", {}, words)], yes: "Open it", no: "Not yet" });
}
