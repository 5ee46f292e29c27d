/** What the ladder says: numbers with sign and interval, moves, correlations. */
import { noun } from "../lib/plural";
import type { Standard } from "./scale";
import { toZ } from "./scale";
import type { Band, Estimate, Row } from "./types";

export const BAND_NAMES: Record<Band, string> = {
  5: "Hardest",
  4: "Hard",
  3: "Middle",
  2: "Easy",
  1: "Easiest",
  0: "No band: too few readings",
};

/** "+0.8", "−1.2", "0.0" */
export function signed(z: number): string {
  const words = Math.abs(z).toFixed(1);
  return words === "0.0" ? words : `${z > 0 ? "+" : "−"}${words}`;
}

/** Whether anything was seen of this case: without it, its place is only where every case begins. */
export const observed = ({ attempts, comparisons }: Pick<Row, "attempts" | "comparisons">): boolean =>
  attempts + comparisons > 0;

/** Whether something was seen of it, and too little for a band. */
export const tooSeldom = (row: Pick<Row, "attempts" | "comparisons" | "band">): boolean =>
  observed(row) && row.band === 0;

/** "band 4 of 5: hard"; why there is none. */
export function bandWords(row: Pick<Row, "attempts" | "comparisons" | "band">): string {
  if (row.band > 0) return `band ${row.band} of 5: ${BAND_NAMES[row.band].toLowerCase()}`;
  return observed(row) ? `no band: ${FEW}` : "not read or compared yet";
}

export const FEW = "too few readings";

const NO_SCALE = "too few cases for a scale";

/** Why the observed column has no number. */
export const unobserved = (row: Pick<Row, "attempts" | "comparisons" | "predicted">): string =>
  observed(row) ? NO_SCALE : row.predicted ? "none: predicted only" : "none";

/** Why the predicted column has no number. */
export function unpredicted({ predicted, rated }: Pick<Row, "predicted" | "rated">): string {
  if (rated) return "closed while you rate this film";
  if (predicted) return NO_SCALE;
  return rated === null ? "…" : "none yet";
}

/** "+0.2 to +1.4" */
export function intervalWords({ low, high }: Pick<Row, "low" | "high">, standard: Standard | null): string {
  return standard ? `${signed(toZ(low, standard))} to ${signed(toZ(high, standard))}` : "";
}

export interface Move {
  row: Row;
  from: Band | null; // null: it was not loaded
  shown: boolean; // whether it stands among the loaded rows now
  rose: boolean | null; // harder than before; null: its place is not known from before, or is the same
}

/** What the polite line says of the moves of the last moments; one by name, several as a number. */
export function movedWords(moves: readonly Move[]): string {
  const cases = new Set(moves.map(({ row }) => row.case));
  const last = moves[moves.length - 1];
  if (!last) return "";
  if (cases.size > 1) return `${cases.size} cases changed.`;
  const { row, from, rose, shown } = last;
  if (from === null && !shown) return "A case that is not loaded changed.";
  const where = row.z === null ? "" : ` at ${signed(row.z)} SD`;
  if (from === null && row.band === 0) return `“${row.title}” has news, and ${FEW} for a band yet.`;
  if (from === null) return `“${row.title}” came into the band “${BAND_NAMES[row.band]}”${where}.`;
  const way = rose === null ? "has news" : rose ? "is harder than before" : "is easier than before";
  const band = from === row.band || row.band === 0 ? "" : `, now in the band “${BAND_NAMES[row.band]}”`;
  return `“${row.title}” ${way}${band}${where}.`;
}

const ENOUGH = 20;

/** Whether a correlation is of so few cases that it tells little. */
export const tooFew = (n: number): boolean => n < ENOUGH;

/** ".41 (.12 to .63)"; a dash where it is not defined. */
export function estimateWords({ value, low, high }: Estimate): string {
  if (value === null) return "–";
  return low === null || high === null ? bare(value) : `${bare(value)} (${bare(low)} to ${bare(high)})`;
}

/** A correlation without the zero before the point. */
function bare(value: number): string {
  const words = Math.abs(value).toFixed(2).replace(/^0/, "");
  return value < 0 && words !== ".00" ? `−${words}` : words;
}

/** "23.4 s of looking (95 %: 18.2 to 29.1 s), 14 fixations" */
export function workloadWords({ seconds, low, high, fixations }: NonNullable<Row["predicted"]>): string {
  const rounded = Number.isInteger(fixations) ? String(fixations) : fixations.toFixed(1);
  return `${seconds.toFixed(1)} s of looking (95 %: ${low.toFixed(1)} to ${high.toFixed(1)} s), ${rounded} ${noun(fixations, "fixation")}`;
}
