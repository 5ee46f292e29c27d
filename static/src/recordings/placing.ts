/** Where the film lay on the screen, as the person says it: what the file leaves open, and a box instead of the fit. */
import { el } from "../lib/dom";
import type { ImportCase, PlaceData, RecognisedData } from "./types";

export class PlacingForm {
  readonly element: HTMLElement;
  private readonly screen: [HTMLInputElement, HTMLInputElement];
  private readonly box: [HTMLInputElement, HTMLInputElement, HTMLInputElement];
  private readonly film: [HTMLInputElement, HTMLInputElement];
  private readonly own: HTMLInputElement;
  private readonly boxFields: HTMLElement;
  private readonly onScreen: boolean;

  constructor(
    private readonly file: RecognisedData,
    private readonly changed: () => void,
  ) {
    this.onScreen = file.frame.startsWith("screen");
    this.screen = [this.number("Screen width, px", 100), this.number("height, px", 100)];
    this.box = [this.number("left, px"), this.number("top, px"), this.number("width, px", 20)];
    this.film = [this.number("columns, px", 1), this.number("rows, px", 1)];
    const radio = (checked: boolean) => el("input", { type: "radio", name: `fit-${++made}`, checked });
    const fitted = radio(true);
    this.own = radio(false);
    this.own.name = fitted.name;
    for (const choice of [fitted, this.own]) choice.addEventListener("change", () => this.update());
    this.boxFields = el("div", { class: "fields three" }, ...this.box.map(labelOf));
    this.element = el("fieldset", { class: "placing" });
    const screenWords = file.screen_px ? `Screen ${file.screen_px.join(" × ")} px, as the file says. ` : "";
    if (this.onScreen) {
      this.element.append(
        el("legend", {}, "Where the film lay on the screen"),
        file.screen_px
          ? el("p", { class: "small soft" }, screenWords)
          : el("div", { class: "fields two" }, ...this.screen.map(labelOf)),
        el("label", { class: "check" }, fitted, "As large as fits, in the middle"),
        el("label", { class: "check" }, this.own, "Elsewhere:"),
        this.boxFields,
      );
      this.boxFields.append(el("p", { class: "hint" }, "The height follows the film’s shape. Holds for all trials."));
    } else if (file.frame === "film px") {
      this.element.append(
        el("legend", {}, "The film that the file’s pixels are of"),
        el("div", { class: "fields two" }, ...this.film.map(labelOf)),
        el(
          "p",
          { class: "hint" },
          "Its size where the gaze was recorded; it must be the case’s film in the same size.",
        ),
      );
    } else this.element.hidden = true;
    this.update(false);
  }

  /** What the box starts from when somebody wants another one than the fitted. */
  suggest(box: { left: number; top: number; width: number } | null): void {
    if (!box || this.own.checked) return;
    for (const [index, value] of [box.left, box.top, box.width].entries()) {
      const field = this.box[index];
      if (field) field.value = String(Math.round(value * 10) / 10);
    }
  }

  /** As the API takes it; the film's size is asked for where the file counts its pixels. */
  get place(): PlaceData {
    const place: PlaceData = {};
    if (this.onScreen && !this.file.screen_px) place.screen_px = pair(this.screen);
    if (this.onScreen && this.own.checked) {
      const [left, top, width] = this.box.map(({ value }) => (value === "" ? Number.NaN : Number(value)));
      if ([left, top, width].every(Number.isFinite)) place.box = [left as number, top as number, width as number];
    }
    if (this.file.frame === "film px") place.film_px = pair(this.film);
    return place;
  }

  sizeHint({ columns, rows }: ImportCase): void {
    for (const [index, value] of [columns, rows].entries()) {
      this.film[index]?.setAttribute("placeholder", `as the film: ${value}?`);
    }
  }

  private update(tell = true): void {
    this.boxFields.hidden = !this.own.checked;
    if (tell) this.changed();
  }

  private number(words: string, min?: number): HTMLInputElement {
    const made = el("input", { type: "number", step: "any", min, inputmode: "decimal", "aria-label": words });
    made.addEventListener("input", () => this.changed());
    return made;
  }
}

let made = 0;

const labelOf = (field: HTMLInputElement): HTMLElement =>
  el("label", {}, el("span", { "aria-hidden": "true" }, field.getAttribute("aria-label")), field);

function pair(fields: readonly HTMLInputElement[]): [number, number] | null {
  const [first, second] = fields.map(({ value }) => Math.round(Number(value)));
  return first && second ? [first, second] : null;
}
