/** An answer key under the author's hand: what it says, and every step back and forth. */
import type { Shape } from "../parts/shapes";

export type Importance = 1 | 2 | 3;

export const IMPORTANCE: Record<Importance, string> = { 1: "Incidental", 2: "Relevant", 3: "Must not be missed" };

export interface EditFinding {
  id: string; // of this page; the server numbers findings anew with every draft
  label: string;
  shape: Shape;
  importance: Importance;
  note: string;
}

export interface KeyDoc {
  normal: boolean | null;
  note: string;
  findings: readonly EditFinding[];
}

const STEPS = 200;
const ONE_GO_MS = 1500; // steps of one kind within this are one step

/** Snapshots of what cannot be changed in place. */
export class History<T> {
  private past: T[] = [];
  private future: T[] = [];
  private tag = "";
  private at = 0;

  constructor(
    private state: T,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  get now(): T {
    return this.state;
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** A step forward. Steps with the same tag that follow each other soon, or while a hand is `held`, are undone as one. */
  set(next: T, tag = "", held = false): void {
    if (next === this.state) return;
    const time = this.clock();
    const soon = held || time - this.at < ONE_GO_MS;
    const goesOn = tag !== "" && tag === this.tag && soon && this.past.length > 0;
    if (!goesOn) this.past = [...this.past.slice(1 - STEPS), this.state];
    this.future = [];
    this.tag = tag;
    this.at = time;
    this.state = next;
  }

  /** What follows is a step of its own. */
  seal(): void {
    this.tag = "";
  }

  /** Takes the step that is being made back, as if it had not been begun. */
  abandon(): void {
    const before = this.past.pop();
    if (before !== undefined) this.state = before;
    this.tag = "";
  }

  undo(): boolean {
    return this.step(this.past, this.future);
  }

  redo(): boolean {
    return this.step(this.future, this.past);
  }

  private step(from: T[], to: T[]): boolean {
    const next = from.pop();
    if (next === undefined) return false;
    to.push(this.state);
    this.state = next;
    this.tag = "";
    return true;
  }
}

let made = 0;
export const newId = (): string => `f${++made}`;

/** The same key, if the finding says all that already: then there is no step to take back. */
export function withFinding(doc: KeyDoc, id: string, change: Partial<EditFinding>): KeyDoc {
  const names = Object.keys(change) as (keyof EditFinding)[];
  const finding = doc.findings.find((one) => one.id === id);
  if (!finding || names.every((name) => finding[name] === change[name])) return doc;
  return { ...doc, findings: doc.findings.map((one) => (one.id === id ? { ...one, ...change } : one)) };
}

/** What is drawn is not normal: the first finding that matters says so, unless somebody has said otherwise. */
export function withNew(doc: KeyDoc, finding: EditFinding): KeyDoc {
  return { ...doc, normal: doc.normal ?? false, findings: [...doc.findings, finding] };
}

export function without(doc: KeyDoc, id: string): KeyDoc {
  return { ...doc, findings: doc.findings.filter((one) => one.id !== id) };
}

/** Texts by the names that the identity check gives them. */
export function withTexts(doc: KeyDoc, texts: Record<string, string>): KeyDoc {
  const findings = doc.findings.map((one, index) => ({
    ...one,
    label: (texts[`label of finding ${index + 1}`] ?? one.label).slice(0, 60),
    note: texts[`note of finding ${index + 1}`] ?? one.note,
  }));
  return { ...doc, note: texts["teaching note"] ?? doc.note, findings };
}

/** What keeps the key from being approved, in sentences; the server looks again, also at the film's edge. */
export function faultsOf({ normal, findings }: KeyDoc): string[] {
  const faults: string[] = [];
  if (normal === null) faults.push("Say whether the film is normal.");
  if (normal === false && findings.length === 0) faults.push("A film that is not normal needs a finding.");
  if (normal && findings.some(({ importance }) => importance > 1))
    faults.push("A normal film has incidental findings only.");
  for (const [index, { label }] of findings.entries()) {
    if (!label.trim()) faults.push(`Say what finding ${index + 1} is.`);
  }
  return faults;
}
