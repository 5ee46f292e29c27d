/** What the gate found: a row a metric, with both versions, their difference and the rule; and the verdict above it. */

import { el } from "../lib/dom";
import { count } from "../lib/plural";
import { table, when } from "../releases/pieces";
import type { GateRow, VerdictData } from "./types";
import { byMetric, capital, figure, interval, metricWords, signed, standing, verdictWords } from "./words";

const COLUMNS = [
  { name: "Metric" },
  { name: "Champion", num: true },
  { name: "Candidate", num: true },
  { name: "Difference, 95 %", num: true },
  { name: "Baseline", num: true },
  { name: "Rules and verdict" },
];

export const passedBadge = (passed: boolean, words = passed ? "passed" : "failed"): HTMLElement =>
  el("span", { class: "badge", "data-state": passed ? "done" : "failed" }, words);

/** The gate's table with its verdict, what it was judged on, and whether that still holds. */
export function verdictView(verdict: VerdictData): HTMLElement {
  const { passed, champion, set, rules, at, stale, rows } = verdict;
  const films = set.cases === undefined ? "" : ` on ${count(set.cases, set.simulated ? "simulated film" : "film")}`;
  const readings = set.readings === undefined ? "" : `, ${count(set.readings, "reading")}`;
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
    table(
      COLUMNS,
      byMetric(rows).map((some) => ({ cells: row(some) })),
      "The gate’s rows, a metric each",
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

/** A metric may have several rules; its figures stand once. */
function row([one, ...more]: [GateRow, ...GateRow[]]): (Node | string)[][] {
  const under = (words: string) => (words ? [el("span", { class: "under" }, words)] : []);
  return [
    [capital(one.metric), ...under(metricWords(one, "gate"))],
    [figure(one.champion.value), ...under(interval(one.champion))],
    [figure(one.candidate.value), ...under(interval(one.candidate))],
    [signed(one.difference.value), ...under(interval(one.difference, signed)), ...under(standing(one))],
    one.baseline ? [figure(one.baseline.value), ...under(one.baseline.name)] : ["–"],
    [
      el(
        "ul",
        { class: "plain rules" },
        ...[one, ...more].map(({ passed, rule }) => el("li", {}, passedBadge(passed), el("span", {}, capital(rule)))),
      ),
    ],
  ];
}
