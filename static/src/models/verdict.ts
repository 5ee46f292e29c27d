/** What the gate found: a row a metric, with both versions, their difference and the rule; and the verdict above it. */
import { el } from "../lib/dom";
import { type Column, stackTable } from "./table";
import type { GateRow, VerdictData } from "./types";
import { when } from "./when";
import { differenceWords, figure, interval, many, standing, verdictWords } from "./words";

const COLUMNS: Column[] = [
  { words: "Metric" },
  { words: "Champion", num: true },
  { words: "Candidate", num: true },
  { words: "Difference, 95 %", num: true },
  { words: "Baseline", num: true },
  { words: "Rule", wide: true },
  { words: "Verdict" },
];

export const passedBadge = (passed: boolean, words = passed ? "passed" : "failed"): HTMLElement =>
  el("span", { class: "badge", "data-state": passed ? "done" : "failed" }, words);

/** The gate's table with its verdict, what it was judged on, and whether that still holds. */
export function verdictView(verdict: VerdictData): HTMLElement {
  const { passed, champion, set, rules, at, stale, rows } = verdict;
  const films = set.cases === undefined ? "" : ` on ${many(set.cases, set.simulated ? "simulated film" : "film")}`;
  const readings = set.readings === undefined ? "" : `, ${many(set.readings, "reading")}`;
  return el(
    "div",
    { class: "verdict", "data-verdict": passed ? "passed" : "failed" },
    el(
      "p",
      { class: "verdict-line" },
      passedBadge(passed),
      el("span", {}, `It ${verdictWords(verdict)}, against `),
      el("a", { href: `/models/${champion.sha256}/` }, champion.name),
      el("span", { class: "soft small" }, `${films}${readings} · `, when(at)),
    ),
    stale &&
      el(
        "p",
        { class: "notice small" },
        `Another version serves now: this was judged against ${champion.name}. Judge it again to compare it with the champion of today.`,
      ),
    stackTable(
      "The gate’s rows: metric, champion, candidate, difference, baseline, rule, verdict",
      COLUMNS,
      rows.map(row),
    ),
    el(
      "p",
      { class: "hint" },
      "Intervals are 95 %, over films; the difference is paired, candidate less champion.",
      set.name && ` Set “${set.name}”`,
      set.sha256 && el("span", { title: set.sha256 }, ` (sha256 ${set.sha256.slice(0, 8)})`),
      rules.version !== undefined && `, rules version ${rules.version}`,
      set.simulated &&
        ". The set is simulated: it says how well a version reads as the simulated readers do, not as people do",
      ".",
    ),
  );
}

function row(one: GateRow): (Node | string)[] {
  const way = one.higher_is_better ? "higher is better" : "lower is better";
  const span = (words: string) => words && el("span", { class: "under" }, words);
  const found = standing(one);
  return [
    el("span", {}, one.metric, el("span", { class: "under" }, one.unit ? `${one.unit}, ${way}` : way)),
    el("span", {}, figure(one.champion.value), span(interval(one.champion))),
    el("span", {}, figure(one.candidate.value), span(interval(one.candidate))),
    el("span", {}, differenceWords(one.difference).replace(/ \(95 %: (.*)\)$/, ""), span(spanOf(one)), span(found)),
    one.baseline ? el("span", {}, figure(one.baseline.value), span(one.baseline.name)) : "–",
    one.rule,
    passedBadge(one.passed),
  ];
}

const spanOf = ({ difference }: GateRow): string => /\(95 %: (.*)\)$/.exec(differenceWords(difference))?.[1] ?? "";
