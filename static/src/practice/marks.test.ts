import { expect, test } from "vitest";
import { Marks } from "./marks";

const places = (marks: Marks) => marks.list.map(({ x, y }) => [x, y]);

test("a new mark is the selected one, with a middle confidence and the time it was made", () => {
  const marks = new Marks();
  const { key } = marks.add(0.2, 0.3, 4.5);
  expect(marks.selected).toBe(key);
  expect(marks.data).toEqual([{ x: 0.2, y: 0.3, confidence: 3, label: "", at_s: 4.5 }]);
});

test("each step is undone and done again, in order", () => {
  const marks = new Marks();
  const first = marks.add(0.1, 0.1, 1);
  marks.add(0.2, 0.2, 2);
  marks.change(first.key, { confidence: 5 });
  marks.remove(first.key);
  expect(places(marks)).toEqual([[0.2, 0.2]]);
  marks.undo();
  expect(marks.list[0]).toMatchObject({ key: first.key, confidence: 5 });
  expect(marks.selected).toBe(first.key);
  marks.undo();
  expect(marks.list[0]?.confidence).toBe(3);
  marks.undo();
  marks.undo();
  expect(marks.list).toEqual([]);
  expect(marks.undo()).toBe(false);
  for (let step = 0; step < 4; step++) marks.redo();
  expect(places(marks)).toEqual([[0.2, 0.2]]);
  expect(marks.redo()).toBe(false);
});

test("a mark that is moved key by key goes back in one step; another change between is its own", () => {
  const marks = new Marks();
  const { key } = marks.add(0.5, 0.5, 1);
  for (const x of [0.51, 0.52, 0.53]) marks.change(key, { x });
  marks.change(key, { label: "nodule" });
  marks.change(key, { x: 0.6 });
  marks.undo();
  expect(marks.list[0]).toMatchObject({ x: 0.53, label: "nodule" });
  marks.undo();
  marks.undo();
  expect(marks.list[0]).toMatchObject({ x: 0.5, label: "" });
});

test("what was undone is gone once something new is done", () => {
  const marks = new Marks();
  marks.add(0.1, 0.1, 1);
  marks.undo();
  marks.add(0.9, 0.9, 2);
  expect(marks.redo()).toBe(false);
  expect(places(marks)).toEqual([[0.9, 0.9]]);
});

test("when a mark is taken away the next one is selected, else the one before, else none", () => {
  const marks = new Marks();
  const [a, b, c] = [1, 2, 3].map((at) => marks.add(0.1 * at, 0.1, at).key) as [number, number, number];
  marks.remove(b);
  expect(marks.selected).toBe(c);
  marks.remove(c);
  expect(marks.selected).toBe(a);
  marks.remove(a);
  expect(marks.selected).toBeNull();
});

test("stored marks come back as they were, and there is nothing before them", () => {
  const stored = [{ x: 0.1, y: 0.2, confidence: 5 as const, label: "mass", at_s: null }];
  const marks = new Marks();
  marks.add(0.9, 0.9, 1);
  marks.restore(stored);
  expect(marks.data).toEqual(stored);
  expect(marks.undo()).toBe(false);
});
