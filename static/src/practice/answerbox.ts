/** Normal or not, the one question that a commit may ask, and skipping. */
import { el, must } from "../lib/dom";
import { ask } from "../parts/ask";
import type { Answer } from "./types";

export interface AnswerActions {
  changed: () => void;
  commit: () => void;
  skip: () => void;
  hide: () => void; // an identity is seen on the film
  clear: () => void; // take all marks away
}

export class AnswerBox {
  private readonly choices: HTMLInputElement[];
  private readonly missing: HTMLElement;
  private readonly contradicts: HTMLElement;
  private readonly sure: HTMLElement;

  constructor(
    root: HTMLElement,
    private readonly actions: AnswerActions,
  ) {
    this.choices = [...root.querySelectorAll<HTMLInputElement>("input[name=answer]")];
    this.missing = must("[data-ask=missing]", root);
    this.contradicts = must("[data-ask=contradicts]", root);
    for (const choice of this.choices) choice.addEventListener("change", () => this.changed());
    const press = (selector: string, run: () => void) => must(selector, root).addEventListener("click", run);
    for (const answer of ["normal", "abnormal"] as const) {
      press(`[data-say=${answer}]`, () => {
        this.set(answer);
        actions.commit();
      });
    }
    press("[data-clear]", () => {
      actions.clear();
      this.hide();
    });
    press("[data-not-normal]", () => this.set("abnormal"));
    this.sure = must("[data-sure]", root);
    press("[data-skip]", () => this.askSkip());
    press("[data-skip-sure]", actions.skip);
    press("[data-hide]", () => void this.askHide());
    press("[data-commit]", actions.commit);
  }

  get value(): Answer {
    return (this.choices.find(({ checked }) => checked)?.value ?? "") as Answer;
  }

  /** As it was stored. */
  restore(answer: Answer): void {
    for (const choice of this.choices) choice.checked = choice.value === answer;
  }

  set(answer: Answer): void {
    this.restore(answer);
    this.changed();
  }

  /** Whether a commit can go out with so many marks; if not, what is missing is asked. */
  settled(marks: number): boolean {
    const asks =
      marks === 0 && !this.value ? this.missing : marks > 0 && this.value === "normal" ? this.contradicts : null;
    if (!asks) return true;
    asks.hidden = false;
    must<HTMLElement>("button", asks).focus();
    return false;
  }

  /** Whether it is really to be skipped: a second press says no. */
  askSkip(): void {
    this.sure.hidden = !this.sure.hidden;
    if (!this.sure.hidden) must<HTMLElement>("button", this.sure).focus();
  }

  private async askHide(): Promise<void> {
    const body = [el("p", {}, "Faculty look at it next.")];
    const sure = await ask({ title: "Hide this film from everybody at once?", body, yes: "Hide it", no: "Leave it" });
    if (sure) this.actions.hide();
  }

  private changed(): void {
    this.hide();
    this.actions.changed();
  }

  /** What was asked is settled, or the marks have changed. */
  hide(): void {
    this.missing.hidden = this.contradicts.hidden = true;
  }
}
