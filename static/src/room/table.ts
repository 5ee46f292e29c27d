/** The fixations as a table, for those who cannot see the picture and for exact numbers. A row jumps the replay. */
import { el } from "../lib/dom";
import type { Fixation } from "../lib/types";
import { region } from "./regions";

export class FixationTable {
  private rows: HTMLTableRowElement[] = [];
  private marked = -1;

  constructor(
    private readonly body: HTMLElement,
    private readonly jump: (index: number) => void,
  ) {}

  /** Adds what is new; starts again when what is there is another path. */
  fill(path: Fixation[], again: boolean): void {
    if (again || path.length < this.rows.length) this.clear();
    for (let index = this.rows.length; index < path.length; index++) {
      const row = this.row(path[index] as Fixation, index);
      this.rows.push(row);
      this.body.append(row);
    }
  }

  clear(): void {
    this.rows = [];
    this.marked = -1;
    this.body.replaceChildren();
  }

  mark(index: number): void {
    if (index === this.marked) return;
    this.rows[this.marked]?.removeAttribute("aria-current");
    const row = this.rows[index];
    row?.setAttribute("aria-current", "true");
    this.marked = index;
    const scroller = this.body.closest<HTMLElement>(".path");
    if (!row || !scroller) return;
    const box = row.getBoundingClientRect();
    const around = scroller.getBoundingClientRect();
    const head = 66; // px that the sticky head covers
    if (box.bottom > around.bottom) scroller.scrollTop += box.bottom - around.bottom + 8;
    else if (box.top < around.top + head) scroller.scrollTop += box.top - around.top - head;
  }

  private row(fixation: Fixation, index: number): HTMLTableRowElement {
    const button = el("button", { type: "button", "aria-label": `Show fixation ${index + 1}` }, String(index + 1));
    const { duration_low_s: low, duration_high_s: high } = fixation;
    const between = low != null && high != null ? `90 %: ${low.toFixed(2)} to ${high.toFixed(2)} s` : null;
    const row = el(
      "tr",
      { "data-x": fixation.x, "data-y": fixation.y },
      el("td", { class: "num" }, button),
      el("td", { title: `x ${fixation.x.toFixed(3)}, y ${fixation.y.toFixed(3)}` }, region(fixation.x, fixation.y)),
      el("td", { class: "num" }, fixation.onset_s.toFixed(2)),
      el("td", { class: "num", title: between }, fixation.duration_s.toFixed(2)),
    );
    row.addEventListener("click", () => this.jump(index));
    return row;
  }
}
