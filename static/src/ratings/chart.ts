/** Counts of answers a level as bars, one small chart a source, all on one scale of shares. The table has the numbers. */
import { el } from "../lib/dom";

const SVG = "http://www.w3.org/2000/svg";
const BAR = 26;
const GAP = 8;
const HIGH = 84; // of a bar that has all answers
const TOP = 18; // for the count above it
const BELOW = 20; // for the level under it

export interface Counted {
  label: string;
  n: number;
  counts: Record<string, number>;
}

export function levelsOf(sources: readonly Counted[]): number[] {
  return [...new Set(sources.flatMap(({ counts }) => Object.keys(counts).map(Number)))].sort((a, b) => a - b);
}

export function bars(source: Counted, levels: readonly number[]): HTMLElement {
  const { label, n, counts } = source;
  const width = levels.length * (BAR + GAP) + GAP;
  const height = TOP + HIGH + BELOW;
  const count = (level: number) => counts[String(level)] ?? 0;
  const words = levels.map((level) => `${level}: ${count(level)}`).join(", ");
  const drawing = make("svg", {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": `${label}, answers a level: ${words}`,
  });
  for (const [index, level] of levels.entries()) {
    const x = GAP + index * (BAR + GAP);
    const high = n > 0 ? (count(level) / n) * HIGH : 0;
    drawing.append(
      make("rect", { class: "rest", x, y: TOP, width: BAR, height: HIGH }),
      make("rect", { class: "part", x, y: TOP + HIGH - high, width: BAR, height: high }),
      text(String(count(level)), x + BAR / 2, TOP + HIGH - high - 5, "count"),
      text(String(level), x + BAR / 2, height - 5, "level"),
    );
  }
  return el("figure", { class: "bars" }, el("figcaption", {}, label), drawing);
}

function text(words: string, x: number, y: number, kind: string): SVGElement {
  const made = make("text", { class: kind, x, y, "text-anchor": "middle" });
  made.textContent = words;
  return made;
}

function make(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
