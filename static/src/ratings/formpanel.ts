/** The questions beside the film: one row of levels each, with the anchor of the level that is pointed at or chosen. */
import { el } from "../lib/dom";
import type { Form } from "./form";
import type { Level, Question } from "./types";

interface Row {
  question: Question;
  box: HTMLFieldSetElement;
  choices: HTMLInputElement[];
  anchor: HTMLElement;
}

const NAMED = 2; // so few levels have room for their words on them

export class FormPanel {
  private rows: Row[] = [];
  private drawn = "";
  private off = true;

  constructor(
    private readonly host: HTMLElement,
    private readonly form: Form,
    private readonly changed: () => void,
  ) {}

  /** The questions as they stand, open for answers or not yet. */
  show(questions: readonly Question[], off: boolean): void {
    const key = JSON.stringify(questions);
    if (key !== this.drawn) {
      this.drawn = key;
      this.rows = questions.map((question, index) => this.row(question, index));
      this.host.replaceChildren(...this.rows.map(({ box }) => box));
    }
    this.off = off;
    this.refresh();
  }

  /** After a change of the form. A keyboard's focus inside it goes with the question that comes next. */
  refresh(): void {
    const { form } = this;
    const focused = document.activeElement;
    for (const [index, { question, box, choices, anchor }] of this.rows.entries()) {
      const value = form.value(question.name);
      const now = index === form.at && !this.off;
      box.disabled = this.off;
      box.toggleAttribute("data-now", now);
      box.toggleAttribute("data-answered", value !== null);
      if (now) box.setAttribute("aria-current", "step");
      else box.removeAttribute("aria-current");
      for (const choice of choices) choice.checked = Number(choice.value) === value;
      anchor.textContent = anchorOf(question, value);
      if (now && focused instanceof HTMLInputElement && this.host.contains(focused) && !box.contains(focused)) {
        (choices.find(({ checked }) => checked) ?? choices[0])?.focus();
      }
    }
  }

  private row(question: Question, index: number): Row {
    const { name, title, levels } = question;
    const anchor = el("p", { class: "anchor", "aria-hidden": "true" });
    const choices: HTMLInputElement[] = [];
    const labels = levels.map((level) => {
      const choice = el("input", { type: "radio", name, value: level.value });
      choices.push(choice);
      const words =
        levels.length > NAMED ? el("span", { class: "unseen" }, `: ${level.words}`) : el("span", {}, level.words);
      const label = el("label", { class: "level" }, choice, el("strong", {}, String(level.value)), words);
      const point = () => {
        anchor.textContent = anchorOf(question, level.value);
      };
      const rest = () => {
        anchor.textContent = anchorOf(question, this.form.value(name));
      };
      choice.addEventListener("change", () => {
        this.form.choose(name, level.value);
        this.changed();
      });
      choice.addEventListener("focus", () => {
        this.form.go(index);
        this.refresh();
        point();
      });
      choice.addEventListener("blur", rest);
      label.addEventListener("pointerenter", point);
      label.addEventListener("pointerleave", rest);
      return label;
    });
    const box = el(
      "fieldset",
      { class: "question", "data-question": name },
      el("legend", {}, el("span", { class: "numbers" }, `${index + 1} `), title),
      el("div", { class: "levels" }, ...labels),
      anchor,
    );
    return { question, box, choices, anchor };
  }
}

const wordsOf = ({ value, words }: Level): string => `${value}: ${words}`;

/** In short: of "0–20 %: almost none" what stands before the colon. */
const shortOf = ({ value, words }: Level): string => `${value}: ${words.split(": ")[0]}`;

/** The chosen level in words, or what the ends of the scale mean; nothing where the words stand on the levels. */
export function anchorOf({ levels }: Question, value: number | null): string {
  const [first, last] = [levels[0], levels[levels.length - 1]];
  if (levels.length <= NAMED || !first || !last) return "";
  const chosen = levels.find((level) => level.value === value);
  return chosen ? wordsOf(chosen) : `${shortOf(first)} … ${shortOf(last)}`;
}
