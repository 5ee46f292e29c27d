/** The panel beside the film: questions, note, what is saved, and the buttons that go on. */
import type { SaveState } from "../key/saver";
import { must } from "../lib/dom";
import type { Problem } from "../lib/problem";
import type { Form } from "./form";
import { FormPanel } from "./formpanel";
import type { Question } from "./types";
import { clockWords } from "./words";

export interface SheetActions {
  changed: () => void;
  submit: () => void;
  last: () => void;
  on: () => void;
}

/** How the item stands that is shown. */
export interface Shown {
  number: string;
  questions: readonly Question[];
  off: boolean; // nothing can be answered now
  sending: boolean;
  locked: boolean; // it has been answered: a change is a correction
  corrects: boolean;
  last: boolean; // there is one to go back to
}

export class Sheet {
  readonly note = must<HTMLTextAreaElement>("[data-note]");
  private readonly panel: FormPanel;
  private readonly send = must<HTMLButtonElement>("[data-submit]");
  private readonly saved = must<HTMLElement>("[data-saved]");

  constructor(
    private readonly form: Form,
    actions: SheetActions,
  ) {
    this.panel = new FormPanel(must("[data-questions]"), form, actions.changed);
    this.note.addEventListener("input", () => {
      form.note = this.note.value;
      actions.changed();
    });
    this.send.addEventListener("click", actions.submit);
    must("[data-last]").addEventListener("click", actions.last);
    must("[data-on]").addEventListener("click", actions.on);
  }

  show({ number, questions, off, sending, locked, corrects, last }: Shown): void {
    this.panel.show(questions, off);
    this.note.disabled = off;
    if (this.note.value !== this.form.note) this.note.value = this.form.note;
    this.send.disabled = off || (locked && !corrects);
    this.send.dataset.ready = String(this.form.complete);
    const words = must("[data-submit-words]");
    words.textContent = sending ? "Sending …" : locked ? "Store the correction" : "Submit";
    must<HTMLElement>("[data-locked-words]").hidden = !locked;
    must<HTMLElement>("[data-on]").hidden = !locked;
    must<HTMLElement>("[data-last]").hidden = !last;
    const place = must("[data-number]");
    if (place.textContent !== number) place.textContent = number;
  }

  /** A label of the film, as everywhere. */
  saySimulated(): void {
    const tag = must<HTMLElement>("[data-simulated]");
    tag.textContent = "simulated film";
    tag.hidden = false;
  }

  refresh(): void {
    this.panel.refresh();
  }

  say(words: string): void {
    must("[data-said]").textContent = words;
  }

  /** What is kept of what stands there, in words. */
  sayKept(words: string): void {
    this.saved.textContent = words;
    this.saved.toggleAttribute("data-bad", false);
  }

  saySaved(state: SaveState, at: Date | null, problem: Problem | null): void {
    this.saved.toggleAttribute("data-bad", state === "failed");
    if (state === "failed") this.saved.textContent = `not saved: ${problem?.data.title ?? ""}`;
    else if (state === "clean" && at) this.saved.textContent = `saved ${clockWords(at)}`;
  }
}
