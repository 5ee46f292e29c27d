/** What the film shows, as tables and as files: for those who cannot see the picture, and for exact numbers. */
import { el } from "../lib/dom";
import { FixationTable } from "../parts/fixationtable";
import { region } from "../parts/regions";
import type { Replay } from "../parts/replay";
import type { FeedbackData } from "./feedbacktypes";

type Cell = string | number | null;

export class TablesTab {
  readonly element = el("div");
  private readonly numbers = el("div");

  constructor(clock: Replay) {
    const fixations = el("div", { class: "fixation-table" });
    new FixationTable(fixations, clock);
    this.element.append(this.numbers, el("h3", {}, "Fixations"), fixations);
  }

  show(data: FeedbackData): void {
    const url = `/api/v1/practice/attempts/${data.attempt}`;
    const files = ["findings", "marks", "fixations", "similarity"].map((name) =>
      el("a", { class: "button tiny", href: `${url}/${name}.csv`, download: `${name}.csv` }, `${name}.csv`),
    );
    this.numbers.replaceChildren(
      el("div", { class: "row files" }, ...files),
      table(
        "Findings",
        ["No.", "Finding", "State", "Dwell s", "Missed by"],
        data.key.findings.map(({ number, label, state, dwell_s, miss }) => [
          number,
          label,
          state,
          dwell_s?.toFixed(2) ?? "",
          miss ?? "",
        ]),
      ),
      table(
        "Marks",
        ["No.", "Place", "Conf.", "Label", "At s", "Verdict"],
        data.marks.map(({ x, y, confidence, label, at_s, verdict, finding }, index) => [
          index + 1,
          region(x, y),
          confidence,
          label,
          at_s === null ? "" : at_s.toFixed(1),
          finding === null ? verdict : `${verdict} (${finding})`,
        ]),
      ),
    );
  }
}

function table(title: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): HTMLElement {
  if (rows.length === 0) return el("p", { class: "small soft" }, `${title}: none.`);
  return el(
    "table",
    { class: "table tight" },
    el("caption", {}, title),
    el("thead", {}, el("tr", {}, ...heads.map((words) => el("th", { scope: "col" }, words)))),
    el("tbody", {}, ...rows.map((cells) => el("tr", {}, ...cells.map((cell) => el("td", {}, String(cell ?? "")))))),
  );
}
