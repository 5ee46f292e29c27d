/** Whose gaze it is: one's own, a reader's brought before, or a new reader's who has no account here. */
import { el } from "../lib/dom";
import type { ReaderData } from "./types";

const PURPOSES = [
  ["teaching", "teaching: shown to learners"],
  ["research", "research: studies and releases"],
  ["training", "training the model"],
] as const;
const NEW = "new";

export class WhoseForm {
  readonly element: HTMLElement;
  private readonly choice: HTMLSelectElement;
  private readonly pseudonym = el("input", { maxlength: 40, placeholder: "Reader 7", "aria-label": "Pseudonym" });
  private readonly basis = el("input", {
    maxlength: 200,
    placeholder: "Written consent, study 12",
    "aria-label": "Basis",
  });
  private readonly purposes = PURPOSES.map(([name]) => el("input", { type: "checkbox", value: name }));
  private readonly fields: HTMLElement;
  private readonly known = el("p", { class: "hint" });

  constructor(
    others: boolean,
    consent: boolean,
    private readonly readers: readonly ReaderData[],
  ) {
    this.choice = el("select", { "aria-label": "Whose gaze it is" }, el("option", { value: "mine" }, "My own"));
    if (others) {
      for (const { id, pseudonym } of readers) this.choice.append(el("option", { value: id }, pseudonym));
      this.choice.append(el("option", { value: NEW }, "Somebody without an account here …"));
    }
    this.fields = el(
      "div",
      { class: "fields" },
      el("label", {}, "Pseudonym (no name)", this.pseudonym),
      el("label", {}, "On what basis it may be used", this.basis),
      el("p", { class: "small" }, "It may serve:"),
      ...PURPOSES.map(([, words], index) => el("label", { class: "check" }, this.purposes[index], words)),
      el("p", { class: "hint" }, "You declare this for them. With nothing ticked only you see the recording."),
    );
    this.element = el(
      "fieldset",
      { class: "whose" },
      el("legend", {}, "Whose gaze it is"),
      others ? this.choice : el("p", { class: "small" }, "Your own."),
      consent &&
        el(
          "p",
          { class: "notice small", "data-consent-first": true },
          "Before your own readings are kept you are asked what they may be used for. ",
          el("a", { href: "/people/me/consent/?next=/recordings/import/" }, "Answer now"),
        ),
      this.known,
      this.fields,
    );
    this.choice.addEventListener("change", () => this.update());
    this.update();
  }

  get value(): Record<string, unknown> {
    const { value } = this.choice;
    if (value === "mine") return { mine: true };
    if (value !== NEW) return { reader: value };
    const purposes = this.purposes.filter(({ checked }) => checked).map((box) => box.value);
    return { pseudonym: this.pseudonym.value, basis: this.basis.value, purposes };
  }

  private update(): void {
    const { value } = this.choice;
    this.fields.hidden = value !== NEW;
    this.known.textContent = this.readers.find(({ id }) => id === value)?.basis ?? "";
    this.known.hidden = !this.known.textContent;
    const asked = this.element.querySelector<HTMLElement>("[data-consent-first]");
    if (asked) asked.hidden = value !== "mine";
  }
}
