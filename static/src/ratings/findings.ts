/** What the results say, in words: differences to human readings, agreement of raters, and repeats. */
import type { Agreement, Compared, Repeats, SourceResult } from "./types";
import { coefficient, many, percent, pWords } from "./words";

const CHANCE = 0.05; // customary
const GOOD = 0.8; // Krippendorff's own limits for alpha
const TENTATIVE = 0.667;

/** Of a question with levels 0 and 1 a share, else a mean with two decimals. */
export function meanWords(value: number | null, share: boolean): string {
  if (value === null) return "–";
  return share ? percent(value) : value.toFixed(2);
}

export function intervalWords({ low, high }: Pick<SourceResult, "low" | "high">, share: boolean): string {
  if (low === null || high === null) return "–";
  return `${meanWords(low, share)} to ${meanWords(high, share)}`;
}

const span = (low: number | null, high: number | null): string =>
  low === null || high === null ? "" : ` (95 % ${coefficient(low)} to ${coefficient(high)})`;

/** "Lower, which may be chance. Cliff’s delta −.20 (95 % −.45 to .05); exact sign-flip test, p = .31, 20 cases." */
export function comparedWords({ delta, low, high, p, test, cases, words }: Compared): string {
  if (delta === null) return words || "Too little data to compare.";
  const side = Math.abs(delta) < 0.005 ? "No higher and no lower" : delta > 0 ? "Higher" : "Lower";
  const size = `Cliff’s delta ${coefficient(delta)}${span(low, high)}`;
  if (p === null) return `${side}. ${size}, ${many(cases, "case")}. ${words || "Too few cases for a test."}`;
  const chance = p < CHANCE ? "hardly by chance" : "which may be chance";
  const found = `${side}, ${chance}. ${size}; ${test}, ${pWords(p)}, ${many(cases, "case")}.`;
  return [found, words].filter(Boolean).join(" ");
}

export function agreementWords({ alpha, low, high, raw, raters, items, words }: Agreement): string {
  if (alpha === null) return words || "Too little data to say how far the raters agree.";
  const worth =
    alpha >= GOOD
      ? "good"
      : alpha >= TENTATIVE
        ? "enough for tentative conclusions"
        : "too low to lean on a single rater";
  const plain = raw === null ? "" : ` Of all pairs of answers ${percent(raw)} are equal.`;
  const n = `${many(raters, "rater")}, ${many(items, "item")}`;
  return [`Krippendorff’s alpha ${coefficient(alpha)}${span(low, high)}: ${worth}; ${n}.${plain}`, words]
    .filter(Boolean)
    .join(" ");
}

export function repeatsWords({ n, equal, share, alpha, words }: Repeats): string {
  if (n === 0 || share === null) return words || "No item has been rated twice by the same rater.";
  const measure = alpha === null ? "" : `, alpha ${coefficient(alpha)}`;
  return [
    `Asked twice, a rater gave the same answer ${equal} of ${many(n, "time")} (${percent(share)}${measure}).`,
    words,
  ]
    .filter(Boolean)
    .join(" ");
}
