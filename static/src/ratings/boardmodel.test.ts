import { beforeEach, describe, expect, it } from "vitest";
import { BoardModel, cellWords } from "./boardmodel";
import type { BoardData } from "./types";

const data = (): BoardData => ({
  study: { id: "s", name: "S", state: "running" },
  seq: 0,
  blind: false,
  raters: [
    { id: 7, name: "Ada", dropped: false, done: 0, of: 0 },
    { id: 9, name: "Bo", dropped: true, done: 0, of: 0 },
  ],
  items: [{ number: 1 }, { number: 2 }, { number: 3 }],
  cells: {
    "7:1": { state: "answered", seconds: 30, repeat_state: "waiting" },
    "7:2": { state: "shown" },
    "9:1": { state: "answered", seconds: 50 },
    "9:2": { state: "withdrawn" },
  },
  medians: [],
  holds: [],
});

let board: BoardModel;
beforeEach(() => {
  board = new BoardModel(data());
});

describe("the board", () => {
  it("has a waiting cell where nothing is known", () => {
    expect(board.cell(9, 3)).toEqual({ state: "waiting" });
  });

  it("takes an event into its cell and leaves the others", () => {
    expect(board.apply({ rater: 7, item: 2, state: "answered", seconds: 41 })).toBe(true);
    expect(board.cell(7, 2)).toMatchObject({ state: "answered", seconds: 41 });
    expect(board.cell(9, 2).state).toBe("withdrawn");
  });

  it("keeps the first answer when the repeat is answered", () => {
    board.apply({ rater: 7, item: 1, state: "answered", repeat: true, seconds: 12 });
    expect(board.cell(7, 1)).toEqual({ state: "answered", seconds: 30, repeat_state: "answered" });
  });

  it("says when an event is of a rater or an item that it does not have", () => {
    expect(board.apply({ rater: 8, item: 1, state: "shown" })).toBe(false);
    expect(board.apply({ rater: 7, item: 4, state: "shown" })).toBe(false);
  });

  it("counts showings, repeats too, and no withdrawn ones", () => {
    expect(board.progress(7)).toEqual({ done: 1, of: 4 });
    expect(board.progress(9)).toEqual({ done: 1, of: 2 });
  });

  it("has how far raters are from the server where it has no cells, since one rates the films", () => {
    const raters = [{ id: 7, name: "Ada", dropped: false, done: 3, of: 8 }];
    const blind = new BoardModel({ ...data(), blind: true, raters, items: [], cells: {} });
    expect(blind.progress(7)).toEqual({ done: 3, of: 8 });
    expect(blind.total).toEqual({ done: 3, of: 8 });
  });

  it("asks nothing more of a rater who was dropped, whose answers count", () => {
    expect(board.total).toEqual({ done: 2, of: 5 });
  });

  it("has the median seconds of an item's answers, and of all, repeats left out", () => {
    expect(board.median(1)).toBe(40);
    board.apply({ rater: 7, item: 2, state: "shown", seconds: 5 });
    expect(board.median(2)).toBe(null);
    board.apply({ rater: 7, item: 2, state: "answered", seconds: 100 });
    expect(board.median()).toBe(50);
  });

  it("says a cell in words", () => {
    expect(cellWords(3, { state: "answered", seconds: 42.6 })).toBe("Item 3: answered in 43 s");
    expect(cellWords(3, { state: "answered", seconds: null, repeat_state: "shown" })).toBe(
      "Item 3: answered; again: opened, not answered",
    );
  });
});
