/** The board's cells as they are known, kept up by events: raters by items, with medians and what is done. */
import type { BoardData, Cell, CellState } from "./types";

export interface CellEvent {
  rater: number;
  item: number;
  state: CellState;
  repeat?: boolean;
  seconds?: number | null;
}

export const keyOf = (rater: number, item: number): string => `${rater}:${item}`;

export class BoardModel {
  private cells = new Map<string, Cell>();
  private data: BoardData;

  constructor(data: BoardData) {
    this.data = data;
    this.set(data);
  }

  set(data: BoardData): void {
    this.data = data;
    this.cells = new Map(Object.entries(data.cells));
  }

  get raters(): BoardData["raters"] {
    return this.data.raters;
  }

  get blind(): boolean {
    return this.data.blind;
  }

  get items(): BoardData["items"] {
    return this.data.items;
  }

  get holds(): BoardData["holds"] {
    return this.data.holds;
  }

  cell(rater: number, item: number): Cell {
    return this.cells.get(keyOf(rater, item)) ?? { state: "waiting" };
  }

  /** Takes an event; gives whether the board has such a cell. */
  apply({ rater, item, state, repeat, seconds }: CellEvent): boolean {
    if (!this.raters.some(({ id }) => id === rater) || !this.items.some(({ number }) => number === item)) return false;
    const before = this.cell(rater, item);
    const after: Cell = repeat
      ? { ...before, repeat_state: state }
      : { ...before, state, seconds: seconds ?? before.seconds ?? null };
    this.cells.set(keyOf(rater, item), after);
    const row = this.raters.find(({ id }) => id === rater);
    if (repeat && !before.repeat_state && row?.unseen_repeats) row.unseen_repeats -= 1;
    return true;
  }

  /** Showings that are answered, of those that are to be; a withdrawn one is none. */
  progress(rater: number): { done: number; of: number } {
    const told = this.raters.find(({ id }) => id === rater);
    if (this.blind && told) return { done: told.done, of: told.of };
    const states = this.items.flatMap(({ number }) => {
      const { state, repeat_state } = this.cell(rater, number);
      return repeat_state ? [state, repeat_state] : [state];
    });
    const unseen = told?.unseen_repeats ?? 0;
    return {
      done: states.filter((state) => state === "answered").length,
      of: states.filter((state) => state !== "withdrawn").length + unseen,
    };
  }

  /** Of all; of those who were dropped only what they had answered. */
  get total(): { done: number; of: number } {
    const rows = this.raters.map(({ id, dropped }) => {
      const { done, of } = this.progress(id);
      return { done, of: dropped ? done : of };
    });
    return { done: rows.reduce((sum, { done }) => sum + done, 0), of: rows.reduce((sum, { of }) => sum + of, 0) };
  }

  /** Median seconds of the answers to one item, or to all; null without any. */
  median(item?: number): number | null {
    const seconds = this.raters
      .flatMap(({ id }) =>
        this.items
          .filter(({ number }) => item === undefined || number === item)
          .map(({ number }) => this.cell(id, number)),
      )
      .filter(({ state }) => state === "answered")
      .flatMap(({ seconds }) => (seconds === null || seconds === undefined ? [] : [seconds]))
      .sort((a, b) => a - b);
    if (seconds.length === 0) return null;
    const half = (seconds.length - 1) / 2;
    return ((seconds[Math.floor(half)] as number) + (seconds[Math.ceil(half)] as number)) / 2;
  }
}

const STATES: Record<CellState, string> = {
  waiting: "waits",
  shown: "opened, not answered",
  answered: "answered",
  withdrawn: "withdrawn",
};

/** "Item 12: answered in 43 s; again: waits" */
export function cellWords(item: number, { state, repeat_state, seconds }: Cell): string {
  const took = state === "answered" && seconds !== null && seconds !== undefined ? ` in ${Math.round(seconds)} s` : "";
  const again = repeat_state ? `; again: ${STATES[repeat_state]}` : "";
  return `Item ${item}: ${STATES[state]}${took}${again}`;
}
