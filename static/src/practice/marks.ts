/** The marks of an attempt: added, moved, described, taken away, and each of these undone. */
import type { Confidence, MarkData } from "./types";

export interface Mark extends MarkData {
  key: number; // of its row, as long as the page is there
}

const MIDDLE: Confidence = 3;
const STEPS = 100; // that can be undone

export class Marks {
  list: readonly Mark[] = [];
  selected: number | null = null; // key

  private past: (readonly Mark[])[] = [];
  private future: (readonly Mark[])[] = [];
  private joined = "";
  private made = 0;
  private readonly listeners = new Set<() => void>();

  onChange(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** As they were stored. There is nothing to undo before. */
  restore(marks: readonly MarkData[]): void {
    this.list = marks.map((mark) => ({ ...mark, key: ++this.made }));
    this.selected = null;
    this.past = [];
    this.future = [];
    this.changed();
  }

  get data(): MarkData[] {
    return this.list.map(({ key: _, ...mark }) => mark);
  }

  add(x: number, y: number, at_s: number | null): Mark {
    const mark: Mark = { x, y, confidence: MIDDLE, label: "", at_s, key: ++this.made };
    this.put([...this.list, mark], mark.key);
    return mark;
  }

  /** Changes of one kind to one mark, one after the other, are undone in one step: a mark moved by many keys. */
  change(key: number, change: Partial<MarkData>): void {
    const kind = `${key} ${Object.keys(change).sort()}`;
    this.put(
      this.list.map((mark) => (mark.key === key ? { ...mark, ...change } : mark)),
      key,
      kind,
    );
  }

  remove(key: number): void {
    const at = this.list.findIndex((mark) => mark.key === key);
    const list = this.list.filter((mark) => mark.key !== key);
    this.put(list, list[Math.min(at, list.length - 1)]?.key ?? null);
  }

  select(key: number | null): void {
    if (key === this.selected) return;
    this.selected = key;
    this.joined = "";
    this.changed();
  }

  undo(): boolean {
    return this.turn(this.past, this.future);
  }

  redo(): boolean {
    return this.turn(this.future, this.past);
  }

  private put(list: readonly Mark[], selected: number | null, joined = ""): void {
    if (!joined || joined !== this.joined) this.past = [...this.past.slice(1 - STEPS), this.list];
    this.joined = joined;
    this.future = [];
    this.list = list;
    this.selected = selected;
    this.changed();
  }

  private turn(from: (readonly Mark[])[], to: (readonly Mark[])[]): boolean {
    const list = from.pop();
    if (!list) return false;
    to.push(this.list);
    const known = new Set(this.list.map(({ key }) => key));
    const back = list.find(({ key }) => !known.has(key));
    this.list = list;
    this.joined = "";
    if (back) this.selected = back.key;
    else if (!list.some(({ key }) => key === this.selected)) this.selected = list[list.length - 1]?.key ?? null;
    this.changed();
    return true;
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
