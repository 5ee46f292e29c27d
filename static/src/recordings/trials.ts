/** The trials of a file as a list: to which case each belongs, which eye is used, and whether it could be mapped. */

import { el } from "../lib/dom";
import { count } from "../lib/plural";
import { pickCase } from "../parts/casepicker";
import type { EyeData, ImportCase, TrialData } from "./types";

const EYES: Record<string, string> = {
  left: "left eye",
  right: "right eye",
  mean: "both eyes, their middle",
  gaze: "gaze",
};
const WHY: Record<string, string> = {
  id: "its id stands in the file",
  film: "its film’s sum stands in the file",
  picture: "the file names its picture",
  title: "the trial is called as it is",
  only: "it is the only case",
};

const FEWEST_HZ = 15; // no eye tracker is slower

export interface Trial {
  data: TrialData;
  case: ImportCase | null;
  eye: string;
  said: string; // why it was proposed, or what the preview said
  bad: boolean;
  asked: boolean; // the preview waits for something the file does not say
}

export class TrialList {
  readonly element = el("ul", { class: "trials", "aria-label": "Trials" });
  readonly trials: Trial[];
  selected = 0;

  constructor(
    trials: readonly TrialData[],
    private readonly changed: () => void,
  ) {
    this.trials = trials.map((data) => ({
      data,
      case: data.proposal?.case ?? null,
      eye: data.eyes[0]?.eye ?? "",
      said: data.proposal ? `Proposed: ${WHY[data.proposal.why] ?? data.proposal.why}.` : "",
      bad: false,
      asked: false,
    }));
    this.selected = Math.max(
      this.trials.findIndex((trial) => trial.case),
      0,
    );
    this.draw();
  }

  get current(): Trial | null {
    return this.trials[this.selected] ?? null;
  }

  get chosen(): Trial[] {
    return this.trials.filter((trial) => trial.case);
  }

  /** What the preview or the saving said of a trial. */
  say(trial: Trial, words: string, bad: boolean): void {
    trial.said = words;
    trial.bad = bad;
    this.draw();
    const row = this.element.children[this.trials.indexOf(trial)] as HTMLElement | undefined;
    if (!row || !bad) return;
    const below = row.offsetTop + row.offsetHeight - this.element.clientHeight; // the list scrolls, the page stays
    this.element.scrollTop = Math.max(this.element.scrollTop, below);
  }

  select(number: number): void {
    this.selected = this.trials.findIndex(({ data }) => data.number === number);
    this.draw();
    this.changed();
  }

  private draw(): void {
    const focused = this.element.contains(document.activeElement)
      ? document.activeElement?.getAttribute("data-at")
      : null;
    this.element.replaceChildren(...this.trials.map((trial, index) => this.row(trial, index)));
    if (focused) this.element.querySelector<HTMLElement>(`[data-at="${focused}"]`)?.focus();
  }

  private row(trial: Trial, index: number): HTMLElement {
    const { data } = trial;
    const look = el(
      "button",
      {
        class: "trial-name",
        type: "button",
        "aria-pressed": String(index === this.selected),
        "data-at": `look-${index}`,
      },
      data.name || `Trial ${data.number}`,
    );
    look.addEventListener("click", () => this.select(data.number));
    const pick = el(
      "button",
      { class: "button tiny trial-case", type: "button", "data-at": `case-${index}` },
      trial.case && el("img", { src: trial.case.thumbnail, alt: "", width: 28, height: 28 }),
      el("span", {}, trial.case ? trial.case.title : "Choose a case"),
    );
    pick.addEventListener("click", () => void this.pick(trial, index));
    return el(
      "li",
      { class: "trial", "data-selected": index === this.selected, "data-bad": trial.bad, "data-trial": data.number },
      el("div", { class: "row" }, look, el("span", { class: "small soft numbers" }, factsOf(data, trial.eye))),
      el("div", { class: "row" }, pick, data.eyes.length > 1 && this.eye(trial, index)),
      trial.said && el("p", { class: "small soft", role: trial.bad ? "alert" : "status" }, trial.said),
    );
  }

  private eye(trial: Trial, index: number): HTMLSelectElement {
    const select = el(
      "select",
      { "aria-label": "Eye", "data-at": `eye-${index}` },
      ...trial.data.eyes.map((eye) => el("option", { value: eye.eye, selected: eye.eye === trial.eye }, wordsOf(eye))),
    );
    select.addEventListener("change", () => {
      trial.eye = select.value;
      this.selected = index;
      this.draw();
      this.changed();
    });
    return select;
  }

  /** The first choice stands for every trial without a case, if the person wants that. */
  private async pick(trial: Trial, index: number): Promise<void> {
    const picked = await pickCase({
      title: `To which case belongs “${trial.data.name || `Trial ${trial.data.number}`}”?`,
      none: "Leave it out",
    });
    if (picked === undefined) return;
    trial.case = picked;
    trial.said = "";
    trial.bad = false;
    this.selected = index;
    this.draw();
    this.changed();
  }

  /** Gives the case of the selected trial to all that have none. */
  spread(): void {
    const found = this.current?.case ?? null;
    for (const trial of this.trials) trial.case ??= found;
    this.draw();
    this.changed();
  }
}

/** A share in words: what is little is not nothing. */
export const percent = (share: number): string =>
  share > 0 && share < 0.01 ? "under 1 %" : `${Math.round(share * 100)} %`;

function factsOf({ duration_s, eyes }: TrialData, chosen: string): string {
  const eye = eyes.find((one) => one.eye === chosen) ?? eyes[0];
  const seen = eye?.samples ? count(eye.samples, "sample") : count(eye?.fixations ?? 0, "fixation");
  const lost = eye && eye.lost !== null && eye.samples ? ` · ${percent(eye.lost)} lost` : "";
  const few = eye?.samples && duration_s > 1 && eye.samples / duration_s < FEWEST_HZ ? " · too few for its length" : "";
  return `${duration_s.toFixed(1)} s · ${seen}${few || lost}`;
}

function wordsOf({ eye, lost }: EyeData): string {
  return `${EYES[eye] ?? eye}${lost === null ? "" : `, ${percent(lost)} lost`}`;
}
