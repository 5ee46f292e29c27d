/** The samples of a reading: which are on the film, one to step through, several to compare on one clock. */
import { el } from "../lib/dom";
import type { Scanpath } from "../lib/types";
import type { FilmViewport } from "../parts/filmviewport";
import { swatch } from "../parts/swatch";
import type { Tool } from "../parts/toolbar";
import { STYLES } from "../parts/track";
import { FIRST, type Places, step, taken, toggle, tracksOf, within } from "./compare";

/** So many others may stand behind a sample alone from the start; more would hide the film. */
const FEW = 4;

export class Samples {
  private places: Places = FIRST;
  private samples: readonly Scanpath[] = [];
  private open = false;
  private readonly name = el("span", { class: "small", "data-sample-name": true });
  private readonly chips = el("div", { class: "chips", role: "group", "aria-label": "Shown together" });
  private readonly behind = el("button", { class: "button tiny", type: "button", "data-others": true });

  /** `picker` names the one that leads and steps through them; `chooser` puts several onto the film. */
  constructor(
    private readonly viewport: FilmViewport,
    private readonly picker: HTMLElement,
    private readonly chooser: HTMLElement,
  ) {
    const arrow = (by: 1 | -1, words: string, sign: string) => {
      const made = el("button", { class: "button tiny plain", type: "button", "aria-label": words }, sign);
      made.addEventListener("click", () => this.step(by));
      return made;
    };
    picker.replaceChildren(arrow(-1, "Sample before", "‹"), this.name, arrow(1, "Next sample", "›"));
    chooser.replaceChildren(
      el("p", { class: "small soft" }, `Choose up to ${STYLES.length} samples to play on one clock.`),
      this.chips,
      el("p", {}, this.behind),
    );
    this.behind.addEventListener("click", () => {
      viewport.shown.others = !viewport.shown.others;
      viewport.refresh();
    });
    viewport.onChange(() => this.update());
  }

  /** The samples that are there now; `open` while more of the first one comes. */
  set(samples: readonly Scanpath[], open: boolean): void {
    const fresh = samples.length !== this.samples.length;
    this.samples = samples;
    this.open = open;
    this.put(within(this.places, samples.length), fresh);
  }

  /** Only the first one, as it is before anybody chooses. */
  reset(): void {
    this.put(FIRST);
  }

  tools(ask: (samples: number) => void): Tool[] {
    const group = "Replay";
    return [
      { name: "sample-before", keys: ["["], group, what: "Sample before", run: () => this.step(-1) },
      { name: "sample-next", keys: ["]"], group, what: "Next sample", run: () => this.step(1) },
      { name: "samples-1", keys: ["!"], group, what: "One sample", run: () => ask(1) },
      { name: "samples-5", keys: ["%"], group, what: "Five samples", run: () => ask(5) },
    ];
  }

  private get lead(): number {
    return this.places.filter((sample) => sample !== null)[this.viewport.replay.lead] ?? 0;
  }

  private step(by: 1 | -1): void {
    const { replay } = this.viewport;
    const { lead, time } = replay;
    this.put(step(this.places, this.lead, by, this.samples.length));
    replay.follow(lead);
    replay.seek(time);
  }

  private put(places: Places, fresh = false): void {
    const alone = taken(places) === 1;
    if (fresh || alone !== (taken(this.places) === 1)) {
      this.viewport.shown.others = alone && this.samples.length <= FEW + 1;
    }
    this.places = places;
    const others = this.samples.filter((_, index) => !places.includes(index)).map(({ fixations }) => fixations);
    this.viewport.show(tracksOf(places, this.samples), others, this.open);
  }

  private update(): void {
    const count = this.samples.length;
    const shown = taken(this.places);
    const hidden = count - shown;
    this.picker.hidden = count < 2;
    this.chooser.hidden = count < 2;
    this.name.textContent = `Sample ${this.lead + 1} of ${count}`;
    if (this.chips.childElementCount !== count) {
      this.chips.replaceChildren(...this.samples.map((_, sample) => this.chip(sample)));
    }
    for (const [sample, chip] of [...this.chips.children].entries()) {
      const place = this.places.indexOf(sample);
      const style = STYLES[place];
      const pressed = String(place >= 0);
      if (chip.getAttribute("aria-pressed") !== pressed || chip.getAttribute("data-in") !== String(place)) {
        chip.setAttribute("aria-pressed", pressed);
        chip.setAttribute("data-in", String(place));
        chip.replaceChildren(...(style ? [swatch(style)] : []), String(sample + 1));
      }
      const full = place < 0 && shown >= STYLES.length;
      const last = place >= 0 && shown === 1;
      chip.setAttribute("aria-disabled", String(full || last));
      (chip as HTMLElement).title = full ? `At most ${STYLES.length} at once` : last ? "One always stays" : "";
    }
    this.behind.hidden = hidden < 1;
    const which = hidden === 1 ? "the other one" : `the ${hidden} others`;
    this.behind.textContent = this.viewport.shown.others ? `Hide ${which}` : `Show ${which}, faint`;
  }

  private chip(sample: number): HTMLButtonElement {
    const made = el("button", { class: "chip", type: "button", "aria-label": `Sample ${sample + 1}` });
    made.addEventListener("click", () => this.put(toggle(this.places, sample)));
    return made;
  }
}
