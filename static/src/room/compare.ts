/** Which samples of a reading are on the film: up to four, each in a place of its own that gives it its style. */

import type { Scanpath } from "../lib/types";
import { STYLES, type Track } from "../parts/track";

/** The sample in each place, or null where a place is free; at least one is taken. */
export type Places = readonly (number | null)[];

export const FIRST: Places = STYLES.map((_, place) => (place === 0 ? 0 : null));

export const taken = (places: Places): number => places.filter((sample) => sample !== null).length;

/** Puts a sample into the first free place, or takes it away; the last one stays, and a full viewport takes no more. */
export function toggle(places: Places, sample: number): Places {
  if (places.includes(sample)) {
    return taken(places) > 1 ? places.map((other) => (other === sample ? null : other)) : places;
  }
  const free = places.indexOf(null);
  return places.map((other, place) => (place === free ? sample : other));
}

/** Lets the place that holds `sample` go on to the next one (step 1) or the one before (-1) that is not shown yet. */
export function step(places: Places, sample: number, by: 1 | -1, count: number): Places {
  let next = sample;
  for (let tries = 0; tries < count; tries++) {
    next = (next + by + count) % count;
    if (!places.includes(next)) return places.map((other) => (other === sample ? next : other));
  }
  return places;
}

/** The same without samples that are not there (any more). */
export function within(places: Places, count: number): Places {
  const kept = places.map((sample) => (sample !== null && sample < count ? sample : null));
  return taken(kept) > 0 ? kept : FIRST;
}

export function tracksOf(places: Places, samples: readonly Scanpath[]): Track[] {
  return places.flatMap((sample, place) => {
    const path = sample === null ? undefined : samples[sample];
    const style = STYLES[place];
    if (sample === null || !path || !style) return [];
    return [
      {
        id: `sample-${sample}`,
        source: "model" as const,
        label: `Sample ${sample + 1}`,
        style,
        fixations: path.fixations,
      },
    ];
  });
}
