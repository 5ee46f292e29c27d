/** The list of marks beside the film: each with its place in words, confidence, label. A focused row moves by arrows. */
import { el, icon } from "../lib/dom";
import { completed } from "../lib/terms";
import { region } from "../parts/regions";
import type { Mark, Marks } from "./marks";
import type { Confidence } from "./types";

const STEP = 0.005; // film widths
const FAST = 0.02;
const LABEL_MAX = 60;
const WAYS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export class MarksPanel {
  private readonly rows = new Map<number, Row>();
  private readonly list = el("ol", { class: "marks", "data-marks": true });
  private readonly none = el("p", { class: "small soft" });
  private readonly words = el("datalist", { id: "mark-labels" });
  private terms: readonly string[] = [];

  /** `aspect`: the film's height over its width. */
  constructor(
    host: HTMLElement,
    private readonly marks: Marks,
    private readonly count: HTMLElement,
    aspect: () => number,
  ) {
    this.none.append("Point at what you see and press ", el("kbd", {}, "A"), ", or tap + Mark.");
    host.replaceChildren(this.none, this.list, this.words);
    marks.onChange(() => this.update(aspect));
    this.update(aspect);
  }

  labels(words: readonly string[]): void {
    this.terms = words;
    this.words.replaceChildren(...words.map((value) => el("option", { value })));
  }

  /** To the label of the selected mark, or of the last one. */
  writeLabel(): void {
    const key = this.marks.selected ?? this.marks.list[this.marks.list.length - 1]?.key;
    if (key !== undefined) this.rows.get(key)?.label.focus();
  }

  private update(aspect: () => number): void {
    const { list, selected } = this.marks;
    const had = this.list.contains(document.activeElement);
    for (const [key, row] of this.rows) {
      if (list.some((mark) => mark.key === key)) continue;
      row.element.remove();
      this.rows.delete(key);
    }
    for (const [index, mark] of list.entries()) {
      const row = this.rows.get(mark.key) ?? new Row(mark.key, this.marks, aspect, () => this.terms);
      this.rows.set(mark.key, row);
      if (this.list.children[index] !== row.element)
        this.list.insertBefore(row.element, this.list.children[index] ?? null);
      row.show(mark, index + 1, mark.key === selected);
    }
    this.count.textContent = String(list.length);
    this.none.hidden = list.length > 0;
    if (had && !this.list.contains(document.activeElement) && selected !== null)
      this.rows.get(selected)?.number.focus();
  }
}

class Row {
  readonly number = el("button", { class: "mark-number", type: "button" });
  readonly label = el("input", {
    list: "mark-labels",
    maxlength: LABEL_MAX,
    placeholder: "Label (L)",
    autocomplete: "off",
  });
  readonly element: HTMLElement;
  private readonly place = el("span", { class: "grow small soft" });
  private readonly dots: HTMLInputElement[] = [];
  private wasSelected = false;

  constructor(
    private readonly key: number,
    private readonly marks: Marks,
    aspect: () => number,
    terms: () => readonly string[],
  ) {
    const away = el("button", { class: "tool", type: "button", title: "Take away (Delete)" }, icon("close"));
    const scale = el("div", { class: "confidence", role: "radiogroup", title: "Confidence (1 to 5)" });
    for (const value of [1, 2, 3, 4, 5] as Confidence[]) {
      const dot = el("input", { type: "radio", name: `confidence-${key}`, value });
      dot.addEventListener("change", () => marks.change(key, { confidence: value }));
      this.dots.push(dot);
      scale.append(el("label", {}, dot, String(value)));
    }
    this.element = el(
      "li",
      { "data-mark": key },
      el("div", { class: "row" }, this.number, this.place, away),
      el("div", { class: "row" }, this.label, scale),
    );
    away.addEventListener("click", () => marks.remove(key));
    this.number.addEventListener("click", () => marks.select(key));
    this.element.addEventListener("focusin", () => marks.select(key));
    this.label.addEventListener("change", () => marks.change(key, { label: this.label.value.trim() }));
    this.label.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        this.label.value = completed(this.label.value, terms());
        marks.change(key, { label: this.label.value });
      }
      if (event.key === "Enter" || event.key === "Escape") this.label.blur();
    });
    this.number.addEventListener("keydown", (event) => this.move(event, aspect()));
    this.away = away;
    this.scale = scale;
  }

  private readonly away: HTMLElement;
  private readonly scale: HTMLElement;

  show(mark: Mark, number: number, selected: boolean): void {
    const where = region(mark.x, mark.y);
    this.number.textContent = String(number);
    this.number.setAttribute("aria-label", `Mark ${number}, ${where}. Arrows move it.`);
    this.number.setAttribute("aria-pressed", String(selected));
    this.away.setAttribute("aria-label", `Take mark ${number} away`);
    this.scale.setAttribute("aria-label", `Confidence of mark ${number}`);
    this.label.setAttribute("aria-label", `Label of mark ${number}`);
    this.place.textContent = where;
    this.element.toggleAttribute("data-selected", selected);
    if (document.activeElement !== this.label) this.label.value = mark.label;
    for (const dot of this.dots) dot.checked = Number(dot.value) === mark.confidence;
    if (selected && !this.wasSelected) this.element.scrollIntoView({ block: "nearest" });
    this.wasSelected = selected;
  }

  private move(event: KeyboardEvent, aspect: number): void {
    const way = WAYS[event.key];
    const mark = this.marks.list.find(({ key }) => key === this.key);
    if (!way || !mark) return;
    event.preventDefault();
    event.stopPropagation(); // the same keys move the disc
    const step = event.shiftKey ? FAST : STEP;
    const within = (value: number) => Math.min(Math.max(value, 0), 1);
    this.marks.change(this.key, { x: within(mark.x + way[0] * step), y: within(mark.y + (way[1] * step) / aspect) });
  }
}
