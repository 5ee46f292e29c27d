/** Why a case stands where it stands: attempts, what was missed, comparisons, predicted workload, and how it went. */
import { api } from "../lib/api";
import { day } from "../lib/day";
import { el, icon } from "../lib/dom";
import { notice } from "../lib/notice";
import { count } from "../lib/plural";
import { Problem } from "../lib/problem";
import { HistoryPlot } from "./historyplot";
import { partedWords } from "./rowview";
import { type Standard, toZ } from "./scale";
import type { Compared, Missed, ReasonedRow, Row } from "./types";
import { bandWords, intervalWords, observed, signed, unobserved, unpredicted, workloadWords } from "./words";

const SOON_MS = 400;
const IMPORTANCE: Record<number, string> = { 1: "incidental", 2: "relevant", 3: "must not be missed" };

export class Drawer {
  row: Row | null = null;
  private readonly title = el("h2", { id: "drawer-title", tabindex: -1 });
  private readonly close = el(
    "button",
    { class: "tool", type: "button", "aria-label": "Close", title: "Close (Escape)" },
    icon("close"),
  );
  private readonly head = el("div");
  private readonly body = el("div");
  private plot: HistoryPlot | null = null;
  private asked = 0;
  private due = 0;

  constructor(
    private readonly host: HTMLElement,
    private readonly standard: () => Standard | null,
    private readonly author: boolean,
    closed: () => void,
  ) {
    host.replaceChildren(el("div", { class: "drawer-head" }, this.title, this.close), this.head, this.body);
    this.close.addEventListener("click", closed);
  }

  get opened(): boolean {
    return this.row !== null;
  }

  /** Opens at a row; `grab` moves the focus there, for whoever did not come by j or k. */
  open(row: Row, grab: boolean): void {
    const other = this.row?.case !== row.case;
    this.row = row;
    this.host.hidden = false;
    this.draw(row);
    if (grab) this.title.focus({ preventScroll: true });
    if (!other) return;
    this.clear();
    this.body.replaceChildren(el("p", { class: "soft" }, "Loading the reasons …"));
    void this.load();
  }

  shut(): void {
    this.row = null;
    this.asked += 1;
    this.clear();
    this.host.hidden = true;
  }

  /** The open row as it is now; its reasons come anew soon. */
  update(row: Row): void {
    if (row.case !== this.row?.case) return;
    this.row = row;
    this.draw(row);
    window.clearTimeout(this.due);
    this.due = window.setTimeout(() => void this.load(), SOON_MS);
  }

  /** The open row as the server has it, without asking for its reasons again; undefined when it left the ladder. */
  follow(row: Row | undefined): void {
    if (row) this.row = row;
    if (row) this.draw(row);
  }

  private draw(row: Row): void {
    this.title.textContent = row.title;
    const standard = this.standard();
    const seen = observed(row) && row.z !== null;
    const place = seen
      ? `${signed(row.z ?? 0)} SD${standard ? ` (95 %: ${intervalWords(row, standard)})` : ""}`
      : observed(row)
        ? unobserved(row)
        : `${unobserved(row)}; it stands where every case begins`;
    const predicted = row.predicted
      ? `${row.predicted.z === null ? "" : `${signed(row.predicted.z)} SD: `}${workloadWords(row.predicted)}`
      : row.rated === false
        ? "none yet; it is worked out when no one else waits"
        : unpredicted(row);
    this.head.replaceChildren(
      el(
        "p",
        { class: "row small" },
        el("span", { class: "badge tag" }, bandWords(row)),
        row.simulated && el("span", { class: "badge tag" }, "simulated film"),
      ),
      el(
        "dl",
        { class: "facts" },
        el("dt", {}, "Observed"),
        el("dd", {}, place),
        el("dt", {}, "Predicted"),
        el(
          "dd",
          {},
          predicted,
          row.parted && partedWords(row.parted),
          row.predicted && el("span", { class: "soft under" }, `by ${row.predicted.model}, 20 readings`),
        ),
      ),
      el(
        "p",
        { class: "row" },
        el("a", { class: "button tiny", href: `/cases/${row.case}/` }, "Open the case"),
        this.author && el("a", { class: "button tiny", href: `/cases/${row.case}/key/` }, "Its key"),
      ),
    );
  }

  private async load(): Promise<void> {
    const { row } = this;
    if (!row) return;
    this.asked += 1;
    const { asked } = this;
    try {
      const answer = await api<ReasonedRow>("GET", `/api/v1/ladder/${row.case}/`);
      if (asked === this.asked) this.tell(answer);
    } catch (error) {
      if (asked !== this.asked) return;
      this.clear();
      this.body.replaceChildren(notice(Problem.of(error).data));
    }
  }

  private tell(row: ReasonedRow): void {
    this.clear();
    const { attempts, successes, missed, against, history, report_words, simulated_attempts } = row;
    const standard = this.standard();
    const chart = el("div", {
      class: "drawer-chart",
      role: "img",
      "aria-label": "Line of its place; the table below has the numbers",
    });
    const facts = [
      report_words === 0 ? "" : `a report of ${count(report_words, "word")}`,
      row.normal
        ? "a key that calls it normal"
        : row.findings === null
          ? ""
          : `a key with ${count(row.findings, "finding")}`,
    ].filter(Boolean);
    this.body.replaceChildren(
      el("h3", {}, "First attempts"),
      el(
        "p",
        {},
        attempts > 0
          ? `${successes} of ${count(attempts, simulated_attempts === attempts ? "simulated resident" : "resident")} succeeded at the first attempt${simulated_attempts > 0 && simulated_attempts < attempts ? `; ${simulated_attempts} of the ${attempts} are simulated` : ""}.`
          : "No resident has read it for the first time yet.",
      ),
      ...(missed.some(({ of }) => of > 0) ? [missedTable(missed)] : []),
      el("h3", {}, "Comparisons"),
      against.length > 0
        ? el("ul", { class: "drawer-list" }, ...against.map(comparison))
        : el("p", {}, "It was not compared with another film yet."),
      ...(facts.length > 0 ? [el("h3", {}, "What it has"), el("p", {}, `${sentence(facts.join(" and "))}.`)] : []),
      ...(history.length > 1 && standard
        ? [el("h3", {}, "How its place went"), chart, historyTable(row, standard)]
        : []),
    );
    if (chart.isConnected && standard) this.plot = new HistoryPlot(chart, history, standard);
  }

  private clear(): void {
    window.clearTimeout(this.due);
    this.plot?.destroy();
    this.plot = null;
  }
}

const sentence = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1);

function missedTable(missed: readonly Missed[]): HTMLElement {
  const head = el(
    "tr",
    {},
    el("th", { scope: "col" }, "Finding"),
    el("th", { scope: "col" }, "Importance"),
    el("th", { scope: "col", class: "num" }, "Missed by"),
  );
  return el(
    "table",
    { class: "table" },
    el("thead", {}, head),
    el(
      "tbody",
      {},
      ...missed.map(({ label, importance, missed: n, of }) =>
        el(
          "tr",
          {},
          el("td", {}, label || "finding"),
          el("td", { class: "small soft" }, IMPORTANCE[importance] ?? ""),
          el("td", { class: "num" }, `${n} of ${of}`),
        ),
      ),
    ),
  );
}

const SAID: Record<Compared["harder"], string> = {
  this: "Harder than",
  against: "Easier than",
  equal: "As hard as",
};

function comparison({ against, harder, at }: Compared): HTMLElement {
  return el(
    "li",
    {},
    `${SAID[harder]} “${against}” `,
    el("time", { class: "soft small", datetime: at, title: at }, day(at)),
  );
}

function historyTable({ history }: ReasonedRow, standard: Standard): HTMLElement {
  return el(
    "details",
    {},
    el("summary", { class: "small soft" }, "Table"),
    el(
      "table",
      { class: "table" },
      el(
        "thead",
        {},
        el("tr", {}, el("th", { scope: "col" }, "When"), el("th", { scope: "col", class: "num" }, "Place, SD")),
      ),
      el(
        "tbody",
        {},
        ...[...history]
          .reverse()
          .map(({ at, place }) =>
            el("tr", {}, el("td", { title: at }, day(at)), el("td", { class: "num" }, signed(toZ(place, standard)))),
          ),
      ),
    ),
  );
}
