/** The form of a query: sources, real or simulated, and what goes along. Every change is told at once. */
import { el } from "../lib/dom";
import { SOURCE_NAMES, SOURCE_WORDS } from "./query";
import { type Query, SIMULATED, type Simulated, SOURCES, type Source } from "./types";

const KINDS: Record<Simulated, [name: string, words: string]> = {
  with: ["Real and simulated", "each row says which it is"],
  without: ["Real only", "no simulated readers, no simulated films"],
  only: ["Simulated only", "by simulated readers, or of simulated films whoever read them"],
};
type Extra = "predictions" | "ratings" | "films" | "reports";
const ALONG: [Extra, string, string][] = [
  ["predictions", "Predicted readings", "the model's readings of these cases, with the model's version"],
  ["ratings", "Ratings", "what faculty answered about readings in closed studies"],
];
const SECOND: [Extra, string, string][] = [
  ["films", "Films", "the de-identified images"],
  ["reports", "Reports", "the reports' texts"],
];

export class QueryForm {
  readonly element: HTMLElement;
  private readonly sources = new Map<Source, HTMLInputElement>();
  private readonly numbers = new Map<Source, HTMLElement>();
  private readonly kinds = new Map<Simulated, HTMLInputElement>();
  private readonly extras = new Map<Extra, HTMLInputElement>();

  /** `set`: a choice of practice sets, as the page was made with it. */
  constructor(
    private query: Query,
    private readonly set: HTMLSelectElement | null,
    private readonly changed: (query: Query) => void,
  ) {
    this.element = el(
      "div",
      { class: "plan-main" },
      group(
        "Source of the gaze",
        "Sources of unlike kind are kept apart in the tables; tick only what you mean to use.",
        "group",
        ...SOURCES.map((source) => this.source(source)),
      ),
      group("Real or simulated", "", "radiogroup", ...SIMULATED.map((kind) => this.kind(kind))),
      set && group("Cases", "", "group", set),
      group("What goes along", "", "group", ...ALONG.map((extra) => this.extra(...extra))),
      group(
        "Films and reports",
        "They need a second approval: an admin confirms with the password that these films and texts may leave here. Without it you get the gaze with each film's sha256, and no picture or text.",
        "group",
        ...SECOND.map((extra) => this.extra(...extra)),
      ),
    );
    this.element.addEventListener("change", () => this.tell());
    this.show(query);
  }

  /** Puts another query into the form, without telling. */
  show(query: Query): void {
    this.query = query;
    for (const [source, box] of this.sources) box.checked = query.sources.includes(source);
    for (const [kind, box] of this.kinds) box.checked = query.simulated === kind;
    for (const [name, box] of this.extras) box.checked = query[name];
    if (!this.set) return;
    this.set.value = query.set ?? "";
    if (!this.set.selectedOptions.length) this.unknown(query.set ?? "");
  }

  /** How many readings each source has now. */
  count(bySource: Record<string, number>): void {
    for (const [source, place] of this.numbers) place.textContent = (bySource[source] ?? 0).toLocaleString("en-GB");
  }

  /** A set that is not among the choices any more stays chosen until somebody chooses another. */
  private unknown(id: string): void {
    this.set?.append(el("option", { value: id, selected: true }, "a set without published cases"));
  }

  private tell(): void {
    const chosen = <K>(boxes: Map<K, HTMLInputElement>) =>
      [...boxes].filter(([, box]) => box.checked).map(([key]) => key);
    const extras = Object.fromEntries([...this.extras].map(([name, box]) => [name, box.checked]));
    this.query = {
      ...this.query,
      ...extras,
      sources: chosen(this.sources),
      simulated: chosen(this.kinds)[0] ?? "with",
      set: this.set ? this.set.value || null : this.query.set,
    };
    this.changed(this.query);
  }

  private source(source: Source): HTMLElement {
    const box = el("input", { type: "checkbox", name: "source", value: source });
    const number = el("span", { class: "numbers soft small", title: "readings", "data-count": source });
    this.sources.set(source, box);
    this.numbers.set(source, number);
    return choice(box, SOURCE_NAMES[source], SOURCE_WORDS[source], number);
  }

  private kind(kind: Simulated): HTMLElement {
    const box = el("input", { type: "radio", name: "simulated", value: kind });
    this.kinds.set(kind, box);
    return choice(box, ...KINDS[kind]);
  }

  private extra(name: Extra, label: string, words: string): HTMLElement {
    const box = el("input", { type: "checkbox", name });
    this.extras.set(name, box);
    return choice(box, label, words);
  }
}

function group(title: string, words: string, role: "group" | "radiogroup", ...choices: HTMLElement[]): HTMLElement {
  return el(
    "div",
    { class: "panel choices", role, "aria-label": title },
    el("h2", {}, title),
    words !== "" && el("p", { class: "small soft" }, words),
    el("div", { class: "checks" }, ...choices),
  );
}

function choice(box: HTMLInputElement, name: string, words: string, ...more: HTMLElement[]): HTMLElement {
  return el(
    "label",
    { class: "check-words" },
    box,
    el("span", { class: "grow" }, el("strong", {}, name), el("span", { class: "small soft" }, words)),
    ...more,
  );
}
