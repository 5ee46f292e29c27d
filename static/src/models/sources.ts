/** Which kinds of readings a training learns from. */
import { el } from "../lib/dom";
import { SOURCE_NAMES, SOURCE_WORDS } from "../releases/query";
import { SOURCES } from "../releases/types";

/** Where nobody says which: what an eye tracker saw, and the simulated readers. */
export const USUAL: readonly string[] = ["tracker", "import", "simulated"];

export class SourceBoxes {
  readonly element: HTMLElement;
  private readonly boxes: HTMLInputElement[];

  constructor(chosen: readonly string[] | null, changed: () => void) {
    this.boxes = SOURCES.map((name) =>
      el("input", { type: "checkbox", name: "source", value: name, checked: (chosen ?? USUAL).includes(name) }),
    );
    this.element = el(
      "fieldset",
      { class: "sources" },
      el("legend", { class: "label" }, "Sources"),
      ...SOURCES.map((name, at) =>
        el(
          "label",
          { class: "check-words" },
          this.boxes[at],
          el("span", {}, el("strong", {}, SOURCE_NAMES[name]), el("span", { class: "small soft" }, SOURCE_WORDS[name])),
        ),
      ),
    );
    this.element.addEventListener("change", changed);
  }

  get chosen(): string[] {
    return this.boxes.filter(({ checked }) => checked).map(({ value }) => value);
  }
}
