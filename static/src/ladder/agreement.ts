/** Does the predicted workload tell difficulty? Its rank correlation with the observed places, beside simpler things. */
import { el } from "../lib/dom";
import { count } from "../lib/plural";
import type { Agreement, AgreementRow } from "./types";
import { estimateWords, tooFew } from "./words";

/** One line for whoever does not open the table. */
export function agreementLine({ rows }: Agreement): string {
  const first = rows[0];
  if (!first || first.n === 0) return "no case has both yet";
  if (first.spearman.value === null) return `too few to say: ${count(first.n, "case")} with both`;
  const few = tooFew(first.n) ? ", too few to lean on" : "";
  return `Spearman ${estimateWords(first.spearman)}, n = ${first.n.toLocaleString("en-GB")}${few}`;
}

export function agreementTable({ observed, rows }: Agreement): Node[] {
  const head = ["Rank correlation of the observed place with", "n", "Spearman (95 %)", "Kendall (95 %)"];
  return [
    el(
      "p",
      { class: "soft small" },
      `${count(observed, "case")} with at least one first attempt or comparison. A correlation of 1: the order is the same; 0: it tells nothing. If report length tells as much, the model adds nothing.`,
    ),
    el(
      "div",
      { class: "scroll" },
      el(
        "table",
        { class: "table" },
        el(
          "thead",
          {},
          el("tr", {}, ...head.map((words, index) => el("th", { scope: "col", class: index ? "num" : "" }, words))),
        ),
        el("tbody", {}, ...rows.map(line)),
      ),
    ),
  ];
}

function line({ predictor, n, spearman, kendall, words }: AgreementRow): HTMLElement {
  const said = words || (tooFew(n) ? "fewer than 20 cases: too few to lean on" : "");
  return el(
    "tr",
    { class: tooFew(n) ? "too-few" : "" },
    el("th", { scope: "row" }, predictor, said && el("span", { class: "under" }, said)),
    el("td", { class: "num" }, n.toLocaleString("en-GB")),
    el("td", { class: "num" }, estimateWords(spearman)),
    el("td", { class: "num" }, estimateWords(kendall)),
  );
}
