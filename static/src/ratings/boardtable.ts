/** The board's table: a row a rater, a small cell an item, told by fill and shape; under it the median seconds an item. */
import { el, icon } from "../lib/dom";
import { type BoardModel, type CellEvent, cellWords, keyOf } from "./boardmodel";
import type { BoardData, Cell } from "./types";

const LEGEND = [
  [{ state: "waiting" }, "waits"],
  [{ state: "shown" }, "opened"],
  [{ state: "answered" }, "answered"],
  [{ state: "answered", repeat_state: "shown" }, "opened again"],
  [{ state: "answered", repeat_state: "answered" }, "answered twice"],
  [{ state: "withdrawn" }, "withdrawn"],
] as const;

type Rater = BoardData["raters"][number];

export class BoardTable {
  readonly element: HTMLElement;
  private readonly cells = new Map<string, HTMLElement>();
  private readonly medians = new Map<number, HTMLElement>();
  private readonly sums = new Map<number, HTMLElement>();

  /** `drop` is null where nobody can be dropped any more. */
  constructor(
    private readonly model: BoardModel,
    private readonly drop: ((rater: Rater) => void) | null,
  ) {
    const head = el(
      "tr",
      {},
      el("th", { scope: "col" }, "Rater"),
      el("th", { scope: "col" }, "Rated"),
      ...model.items.map(({ number }) => {
        const told = number === 1 || number % 5 === 0;
        const words = told ? String(number) : el("span", { class: "unseen" }, String(number));
        return el("th", { scope: "col", class: "item" }, words);
      }),
    );
    const foot = el(
      "tr",
      {},
      el("th", { scope: "row", colspan: 2 }, "Median seconds"),
      ...model.items.map(({ number }) => {
        const cell = el("td", { class: "median numbers" });
        this.medians.set(number, cell);
        return cell;
      }),
    );
    const table = el(
      "table",
      { class: "board" },
      el("caption", { class: "unseen" }, "Raters and items"),
      el("thead", {}, head),
      el("tbody", {}, ...model.raters.map((rater) => this.row(rater))),
      !model.blind && el("tfoot", {}, foot),
    );
    this.element = el(
      "div",
      { class: "scroll board-scroll", tabindex: 0, role: "group", "aria-label": "Board" },
      table,
    );
  }

  refresh(): void {
    const { model } = this;
    for (const { id } of model.raters) {
      for (const { number } of model.items) this.cell(id, number);
      this.sum(id);
    }
    for (const { number } of model.items) this.median(number);
  }

  /** After an event that the model has taken: its cell, with a soft flash, and what follows from it. */
  changed({ rater, item }: CellEvent): void {
    this.cell(rater, item);
    this.sum(rater);
    this.median(item);
    const cell = this.cells.get(keyOf(rater, item));
    cell?.removeAttribute("data-new");
    requestAnimationFrame(() => cell?.setAttribute("data-new", ""));
  }

  private row(rater: Rater): HTMLElement {
    const { id, name, dropped } = rater;
    const rated = el("td", { class: "numbers" });
    this.sums.set(id, rated);
    const who = el(
      "span",
      { class: "row" },
      el("span", { class: "grow" }, name),
      dropped && el("span", { class: "badge tag" }, "dropped"),
    );
    if (this.drop && !dropped) {
      const words = { title: "Drop this rater", "aria-label": `Drop ${name}` };
      const button = el("button", { class: "tool", type: "button", ...words }, icon("close"));
      button.addEventListener("click", () => this.drop?.(rater));
      who.append(button);
    }
    return el(
      "tr",
      { "data-rater": id, "data-dropped": dropped },
      el("th", { scope: "row" }, who),
      rated,
      ...this.model.items.map(({ number }) => {
        const cell = el("span", { class: "cell" }, el("span", { class: "unseen" }));
        this.cells.set(keyOf(id, number), cell);
        return el("td", { class: "item" }, cell);
      }),
    );
  }

  private cell(rater: number, item: number): void {
    const cell = this.cells.get(keyOf(rater, item));
    if (!cell) return;
    const data = this.model.cell(rater, item);
    const words = cellWords(item, data);
    for (const [name, value] of Object.entries(facts(data))) {
      if (value) cell.setAttribute(name, value);
      else cell.removeAttribute(name);
    }
    cell.title = words;
    if (cell.firstElementChild) cell.firstElementChild.textContent = words;
  }

  private sum(rater: number): void {
    const place = this.sums.get(rater);
    const { done, of } = this.model.progress(rater);
    if (place) place.textContent = `${done} of ${of}`;
  }

  private median(item: number): void {
    const place = this.medians.get(item);
    const seconds = this.model.median(item);
    if (place) place.textContent = seconds === null ? "" : String(Math.round(seconds));
  }
}

export function legend(): HTMLElement {
  const one = ([cell, words]: (typeof LEGEND)[number]) =>
    el("li", {}, el("span", { class: "cell", ...facts(cell) }), words);
  return el("ul", { class: "board-legend small soft" }, ...LEGEND.map(one));
}

const facts = ({ state, repeat_state }: Cell): Record<string, string | null> => ({
  "data-state": state,
  "data-repeat": repeat_state || null,
});
