/** What was found, what was missed and why, and what was marked where nothing is. A row brings its place into sight. */
import { api } from "../lib/api";
import { el } from "../lib/dom";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { region } from "../parts/regions";
import type { FeedbackData, JudgedFinding, JudgedMark, Miss } from "./feedbacktypes";

const SVG = "http://www.w3.org/2000/svg";
const IMPORTANCE: Record<number, string> = { 1: "incidental", 2: "relevant", 3: "must not be missed" };

/** Why a finding was missed, in words. The place grown by the useful field counts as looked at. */
export function missWords({ miss, dwell_s }: Pick<JudgedFinding, "miss" | "dwell_s">): string {
  const seconds = `${(dwell_s ?? 0).toFixed(1)} s`;
  const words: Record<Miss, string> = {
    search: "You never looked there: an error of search.",
    recognition: `You looked there for ${seconds} and did not see it: an error of recognition.`,
    decision: `You looked there for ${seconds} and did not call it: an error of decision.`,
  };
  return miss ? words[miss] : "You did not mark it.";
}

/** What the reader called it, where the key has another name; a hit is judged by its place alone. */
export function named(called: string, label: string): string {
  const other = called.trim() && label && called.trim().toLowerCase() !== label.toLowerCase();
  return other ? ` You called it “${called.trim()}”.` : "";
}

/** What the two lines around a finding on the film are. */
function legend(margin: number): HTMLElement {
  const line = (dash: string, width: number) => {
    const drawing = document.createElementNS(SVG, "svg");
    for (const [name, value] of Object.entries({ width: 28, height: 10, "aria-hidden": "true" }))
      drawing.setAttribute(name, String(value));
    const path = document.createElementNS(SVG, "path");
    const how = { d: "M1 5H27", stroke: "currentColor", "stroke-width": width, "stroke-dasharray": dash };
    for (const [name, value] of Object.entries(how)) path.setAttribute(name, String(value));
    drawing.append(path);
    return drawing;
  };
  return el(
    "p",
    { class: "small soft finding-lines", "data-legend": true },
    el("span", {}, line("none", 2), " the finding"),
    el("span", {}, line("5 4", 1), ` margin: a mark within ${margin} film widths still hits`),
  );
}

export class FindingsTab {
  readonly element = el("div");

  constructor(
    private readonly look: { finding: (finding: JudgedFinding) => void; mark: (index: number) => void },
    private readonly said: () => void,
  ) {}

  show(data: FeedbackData): void {
    const { key, marks } = data;
    const others = marks.map((mark, index) => ({ mark, index })).filter(({ mark }) => mark.verdict !== "hit");
    const missed = key.findings.filter(({ state }) => state === "missed");
    const hits = key.findings.filter(({ state }) => state === "hit");
    this.element.replaceChildren(
      ...(data.newer_key ? [this.newer(key.version)] : []),
      ...(data.coverage.words ? [el("p", { class: "notice small" }, data.coverage.words)] : []),
      ...(key.note ? [el("p", { class: "teaching" }, key.note)] : []),
      key.findings.length === 0
        ? el("p", {}, key.normal ? "This film is normal: there is nothing to find." : "The key names no finding.")
        : el(
            "ul",
            { class: "judged" },
            ...[...missed, ...hits].map((finding) => this.finding(finding, marks, data.useful_field)),
          ),
      ...(key.findings.length > 0 ? [legend(data.hit_margin)] : []),
      ...(others.length > 0
        ? [
            el("h3", {}, "Other marks"),
            el("ul", { class: "judged" }, ...others.map(({ mark, index }) => this.mark(mark, index))),
          ]
        : []),
      this.disagree(data),
    );
  }

  private newer(version: number): HTMLElement {
    const words = `This feedback is by version ${version} of the key, which was changed since.`;
    return notice({ title: "The key is newer.", detail: words }, "");
  }

  private finding(finding: JudgedFinding, marks: readonly JudgedMark[], field: number): HTMLElement {
    const { number, label, state, mark, importance, note, miss_at } = finding;
    const by = mark === null ? undefined : marks[mark];
    const words =
      state === "hit" && by
        ? `Found: mark ${(mark ?? 0) + 1}, confidence ${by.confidence}${by.at_s === null ? "" : `, after ${by.at_s.toFixed(1)} s`}.${named(by.label, label)}`
        : missWords(finding);
    const cuts = Object.entries(miss_at)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([cut, miss]) => `${miss} with ${cut} s`);
    const more = el(
      "div",
      { class: "more", hidden: true },
      note && el("p", { class: "teaching" }, note),
      cuts.length > 0 &&
        el(
          "p",
          { class: "small soft" },
          `Where recognition ends and decision begins is a convention (1 s): ${cuts.join(", ")}. Looked at means the disc within ${field} film widths.`,
        ),
      !note && cuts.length === 0 && el("p", { class: "small soft" }, "The author left no note."),
    );
    const title = `${number} ${label || "finding"}`;
    const weight = IMPORTANCE[importance] ?? "";
    return this.row(state, state === "hit" ? "✓" : "✗", title, words, more, () => this.look.finding(finding), weight);
  }

  private mark(mark: JudgedMark, index: number): HTMLElement {
    const { verdict, confidence, label, x, y } = mark;
    const what =
      verdict === "misplaced" ? `Misplaced: right label, but not where it is.` : "False: nothing in the key is there.";
    const title = `Mark ${index + 1}${label ? ` ${label}` : ""}`;
    const words = `${what} Confidence ${confidence}, ${region(x, y)}.`;
    return this.row(verdict, verdict === "misplaced" ? "○" : "✕", title, words, null, () => this.look.mark(index));
  }

  private row(
    state: string,
    sign: string,
    title: string,
    words: string,
    more: HTMLElement | null,
    look: () => void,
    weight = "",
  ): HTMLElement {
    const button = el(
      "button",
      { type: "button", class: "judged-head", "aria-expanded": more && "false" },
      el("span", { class: "sign", "aria-hidden": "true" }, sign),
      el(
        "span",
        { class: "grow" },
        el("strong", {}, title, weight && el("span", { class: "weight" }, weight)),
        el("span", { class: "small soft" }, words),
      ),
    );
    button.addEventListener("click", () => {
      look();
      if (!more) return;
      more.hidden = !more.hidden;
      button.setAttribute("aria-expanded", String(!more.hidden));
    });
    return el("li", { "data-verdict": state }, button, more);
  }

  private disagree(data: FeedbackData): HTMLElement {
    const text = el("textarea", {
      rows: 3,
      maxlength: 1000,
      required: true,
      "aria-label": "What is wrong with the key",
    });
    const said = el("p", { class: "small soft", role: "status" });
    if (data.disagreed) said.textContent = "You have told faculty. Words sent again replace those.";
    const form = el("form", {}, text, el("p", {}, el("button", { class: "button tiny" }, "Tell faculty")), said);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!text.value.trim()) return;
      try {
        await api("POST", `/api/v1/practice/attempts/${data.attempt}/disagree/`, { words: text.value.trim() });
        text.value = "";
        said.textContent = "Faculty will see it beside the key. Thank you.";
        this.said();
      } catch (error) {
        said.textContent = Problem.of(error).words;
      }
    });
    return el("details", { class: "disagree" }, el("summary", {}, "I disagree with this key"), form);
  }
}
