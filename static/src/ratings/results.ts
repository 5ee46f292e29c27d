/** Results of a closed study: per question what each source got, how it differs from human readings, how raters agree. */
import { api } from "../lib/api";
import { el } from "../lib/dom";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { bars, levelsOf } from "./chart";
import { agreementWords, comparedWords, intervalWords, meanWords, repeatsWords } from "./findings";
import type { Name, QuestionResult, ResultsData } from "./types";
import { many } from "./words";

const TITLES: Record<Name, string> = {
  human_like: "Human-like",
  comprehensive: "Comprehensive",
  redundant: "Redundant",
  confidence: "Confidence of the raters",
};
const SHARES: readonly Name[] = ["human_like"];

export class Results {
  readonly element = el("div", { class: "stack" }, el("p", { class: "soft" }, "Working out the results …"));

  constructor(private readonly url: string) {
    void this.load();
  }

  private async load(): Promise<void> {
    try {
      const data = await api<ResultsData>("GET", `${this.url}results/`);
      const names = (Object.keys(TITLES) as Name[]).filter((name) => data.results.questions[name]);
      this.element.replaceChildren(
        this.head(data),
        ...names.map((name) => this.question(name, data.results.questions[name] as QuestionResult, data)),
        raters(data),
        items(data),
      );
    } catch (error) {
      this.element.replaceChildren(notice(Problem.of(error).data));
    }
  }

  private head({ dropped, knowing, withdrawn, corrections, organiser_rated }: ResultsData): HTMLElement {
    const said = [
      ...dropped.map(({ name, answers, dropped_at }) =>
        dropped_at
          ? `${name} was dropped while the study ran, after ${many(answers, "answer")}; these count.`
          : `${name} was dropped while the study ran, and came back; ${many(answers, "answer")} in all.`,
      ),
      ...knowing.map(
        ({ name, words }) => `${name} was taken although they may have known readings of these films again: ${words}.`,
      ),
      withdrawn > 0 &&
        `${many(withdrawn, "item was", "items were")} passed over: a reading of the film was withdrawn, or it is gone.`,
      corrections > 0 &&
        `${many(corrections, "answer was", "answers were")} corrected; the newest counts, and the file of answers has all.`,
      organiser_rated && "The organiser was one of the raters.",
    ].filter((words) => words !== false);
    const file = (name: string, words: string, save: string) =>
      el("a", { class: "button tiny", href: this.url + name, download: save }, words);
    return el(
      "section",
      { class: "panel results-head" },
      el(
        "div",
        { class: "grow" },
        el("p", { class: "soft" }, "First showings only; intervals are 95 %, over cases. Repeats stand by themselves."),
        said.length > 0 && el("ul", { class: "notes" }, ...said.map((words) => el("li", {}, words))),
      ),
      el(
        "div",
        { class: "row" },
        file("results.csv", "Results, CSV", "results.csv"),
        file("answers.csv", "Answers, CSV", "answers.csv"),
        file("results/", "JSON", "results.json"),
      ),
    );
  }

  private question(name: Name, { sources, agreement, repeats }: QuestionResult, data: ResultsData): HTMLElement {
    const asked = data.questions?.find((question) => question.name === name);
    const counted = Object.entries(sources).map(([label, { n, counts }]) => ({ label, n, counts }));
    const levels = asked?.levels.map(({ value }) => value) ?? levelsOf(counted);
    const share = SHARES.includes(name);
    const id = `results-${name}`;
    const compared = Object.entries(sources).flatMap(([label, { to_human }]) =>
      to_human ? [[label, to_human] as const] : [],
    );
    const head = ["Source", "n", ...levels.map(String), share ? "Said human" : "Mean", "95 %"];
    const rows = Object.entries(sources).map(([label, source]) =>
      el(
        "tr",
        { "data-source": label },
        el("th", { scope: "row" }, label),
        el("td", { class: "num" }, String(source.n)),
        ...levels.map((level) => el("td", { class: "num" }, String(source.counts[String(level)] ?? 0))),
        el("td", { class: "num" }, el("strong", {}, meanWords(source.mean, share))),
        el("td", { class: "num" }, intervalWords(source, share)),
      ),
    );
    return el(
      "section",
      { class: "panel", "aria-labelledby": id, "data-question": name },
      el("h2", { id }, asked?.title ?? TITLES[name]),
      asked &&
        el("p", { class: "small soft" }, asked.levels.map(({ value, words }) => `${value}: ${words}`).join(" · ")),
      el(
        "div",
        { class: "result" },
        el("div", { class: "charts" }, ...counted.map((source) => bars(source, levels))),
        el(
          "div",
          { class: "scroll" },
          el(
            "table",
            { class: "table" },
            el(
              "thead",
              {},
              el("tr", {}, ...head.map((words, at) => el("th", { scope: "col", class: at > 0 ? "num" : null }, words))),
            ),
            el("tbody", {}, ...rows),
          ),
        ),
      ),
      el(
        "dl",
        { class: "said" },
        ...compared.flatMap(([label, one]) => [
          el("dt", {}, `${label} against ${data.reference ?? "human"}`),
          el("dd", {}, comparedWords(one)),
        ]),
        el("dt", {}, "Agreement"),
        el("dd", {}, agreementWords(agreement)),
        el("dt", {}, "Repeats"),
        el("dd", {}, repeatsWords(repeats)),
      ),
    );
  }
}

/** Severity: what each rater gave on average. */
function raters({ results }: ResultsData): HTMLElement {
  const names = Object.keys(TITLES) as Name[];
  const rows = Object.entries(results.raters).map(([rater, { n, means }]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, rater),
      el("td", { class: "num" }, String(n)),
      ...names.map((name) => el("td", { class: "num" }, meanWords(means[name] ?? null, SHARES.includes(name)))),
    ),
  );
  const head = ["Rater", "n", ...names.map((name) => TITLES[name])];
  return folded("Raters: what each gave on average", head, rows);
}

function items({ items }: ResultsData): HTMLElement {
  const rows = items.map(({ number, case: title, source }) =>
    el("tr", {}, el("td", { class: "num" }, String(number)), el("td", {}, title), el("td", {}, source)),
  );
  return folded("Items: which film, which source", ["Item", "Case", "Source"], rows);
}

function folded(title: string, head: string[], rows: HTMLElement[]): HTMLElement {
  return el(
    "details",
    { class: "panel" },
    el("summary", {}, title),
    el(
      "div",
      { class: "scroll" },
      el(
        "table",
        { class: "table" },
        el("thead", {}, el("tr", {}, ...head.map((words) => el("th", { scope: "col" }, words)))),
        el("tbody", {}, ...rows),
      ),
    ),
  );
}
