/** How large the disc is and how strong the blur: a form that stands at the start and in the bar. */
import { el } from "../lib/dom";
import type { Choice } from "./aperture";

const SIZE: [Choice["size"], string][] = [
  ["small", "Small"],
  ["medium", "Medium"],
  ["large", "Large"],
];
const BLUR: [Choice["blur"], string][] = [
  ["strong", "Strong"],
  ["weak", "Weak"],
  ["off", "Off: I read with a tracker"],
];
let made = 0;

export class ChoicesForm {
  readonly element = el("div", { class: "choices" });
  private readonly id = ++made;

  constructor(
    private choice: Choice,
    private readonly changed: (choice: Choice) => void,
  ) {
    this.element.append(this.group("size", "Sharp disc", SIZE), this.group("blur", "Blur around it", BLUR));
    this.set(choice);
  }

  set(choice: Choice): void {
    this.choice = choice;
    for (const input of this.element.querySelectorAll("input")) {
      const name = input.dataset.choice as keyof Choice;
      input.checked = input.value === choice[name];
      if (name === "size") input.disabled = choice.blur === "off";
    }
  }

  private group(name: keyof Choice, title: string, options: [string, string][]): HTMLElement {
    const field = el("fieldset", {}, el("legend", {}, title));
    for (const [value, words] of options) {
      const input = el("input", { type: "radio", name: `${name}-${this.id}`, value, "data-choice": name });
      input.addEventListener("change", () => this.changed({ ...this.choice, [name]: value } as Choice));
      field.append(el("label", { class: "check" }, input, words));
    }
    return field;
  }
}
