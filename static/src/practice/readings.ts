/** The readings of one film as tracks: whose each is, in words, and up to four of them at once, each in its style. */
import { STYLES, type Track } from "../parts/track";
import type { Places } from "../room/compare";
import type { ReadingData } from "./feedbacktypes";

const KINDS: Record<string, string> = {
  aperture: "dwells of the sharp disc",
  clicks: "read without the disc",
  tracker: "eye tracker",
  import: "imported eye tracker",
  simulated: "simulated reader",
  model: "predicted by the model",
};

export const kindOf = ({ source }: Pick<ReadingData, "source">): string => KINDS[source] ?? source;

/** The own one and the predicted one, or the first other one while that is not there. */
export function firstPlaces(readings: readonly ReadingData[]): Places {
  const own = readings.findIndex(({ role }) => role === "own");
  const beside = readings.findIndex(({ role }) => role !== "own");
  const chosen = [own, beside].filter((index) => index >= 0);
  return STYLES.map((_, place) => chosen[place] ?? null);
}

export function tracksOf(places: Places, readings: readonly ReadingData[]): Track[] {
  return places.flatMap((index, place) => {
    const reading = index === null ? undefined : readings[index];
    const style = STYLES[place];
    if (!reading || !style) return [];
    const { id, role, source, label, fixations } = reading;
    const simulated = source === "simulated" ? `${label}, simulated` : label;
    return [{ id, source: role === "predicted" ? "model" : "human", label: simulated, style, fixations } as const];
  });
}
