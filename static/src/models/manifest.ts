/** What a version's manifest says (scores, baselines, notes), whatever its shape, as lines of name and figure. */
import { figure, interval } from "./words";

const MOST = 400; // lines
const DEEPEST = 6;

export type Line = [names: string[], value: string];

/** Every leaf with the names that lead to it; a value with its interval is one leaf. */
export function linesOf(found: unknown, names: string[] = [], lines: Line[] = []): Line[] {
  if (lines.length >= MOST) return lines;
  const estimate = estimateOf(found);
  if (estimate) lines.push([names, estimate]);
  else if (Array.isArray(found) && (names.length >= DEEPEST || found.every((one) => typeof one !== "object"))) {
    lines.push([names, found.map(leaf).join(", ")]);
  } else if (found !== null && typeof found === "object" && names.length < DEEPEST) {
    for (const [name, inner] of Object.entries(found)) linesOf(inner, [...names, name.replaceAll("_", " ")], lines);
  } else lines.push([names, leaf(found)]);
  return lines;
}

function estimateOf(found: unknown): string {
  if (found === null || typeof found !== "object" || !("value" in found)) return "";
  const { value, low = null, high = null } = found as Record<string, unknown>;
  if (typeof value !== "number" && value !== null) return "";
  const ends = typeof low === "number" && typeof high === "number" ? { low, high } : { low: null, high: null };
  const span = interval({ value, ...ends });
  return span ? `${figure(value)} (${span})` : figure(value);
}

function leaf(found: unknown): string {
  if (typeof found === "number") return Number.isInteger(found) ? found.toLocaleString("en-GB") : figure(found);
  if (found === null || found === undefined) return "–";
  if (typeof found === "boolean") return found ? "yes" : "no";
  return typeof found === "object" ? JSON.stringify(found) : String(found);
}
