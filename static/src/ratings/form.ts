/**
 * The answers to one item and which question comes next. Digits answer in order; a digit that is no level of the
 * question changes nothing, Backspace goes back a question, and what was answered stays until another digit comes.
 */
import type { DraftData, Name, Question, Values } from "./types";

export type Pressed = "answered" | "no-level" | "all-answered";

const EMPTY: DraftData = { human_like: null, comprehensive: null, redundant: null, confidence: null, note: "" };

export class Form {
  questions: readonly Question[] = [];
  /** Index of the question that the next digit answers; their number when all have been gone through. */
  at = 0;
  note = "";
  private values: Values = { ...EMPTY };

  /** Another item, with what was answered already: on with the first question that is not. */
  begin(questions: readonly Question[], answers: Partial<DraftData> | null): void {
    const { note, ...values } = { ...EMPTY, ...answers };
    this.questions = questions;
    this.values = values;
    this.note = note;
    this.at = this.open;
  }

  value(name: Name): number | null {
    return this.values[name];
  }

  get now(): Question | null {
    return this.questions[this.at] ?? null;
  }

  /** Those that have no answer yet. */
  get missing(): Question[] {
    return this.questions.filter(({ name }) => this.values[name] === null);
  }

  get complete(): boolean {
    return this.questions.length > 0 && this.missing.length === 0;
  }

  get data(): DraftData {
    return { ...this.values, note: this.note };
  }

  digit(value: number): Pressed {
    const question = this.now;
    if (!question) return "all-answered";
    if (!question.levels.some((level) => level.value === value)) return "no-level";
    this.values[question.name] = value;
    this.at += 1;
    return "answered";
  }

  /** An answer given by hand, out of order perhaps: on with the question after it, or the first open one after that. */
  choose(name: Name, value: number): void {
    this.values[name] = value;
    const after = this.questions.findIndex((question) => question.name === name) + 1;
    const open = this.questions.findIndex((question, index) => index >= after && this.values[question.name] === null);
    this.at = open >= 0 ? open : this.open;
  }

  back(): void {
    this.at = Math.max(this.at - 1, 0);
  }

  go(index: number): void {
    this.at = Math.min(Math.max(index, 0), this.questions.length);
  }

  /** To the first question without an answer. */
  toOpen(): void {
    this.at = this.open;
  }

  private get open(): number {
    const open = this.questions.findIndex(({ name }) => this.values[name] === null);
    return open >= 0 ? open : this.questions.length;
  }
}

export const same = (a: DraftData, b: DraftData): boolean =>
  (Object.keys(EMPTY) as (keyof DraftData)[]).every((name) => a[name] === b[name]);
