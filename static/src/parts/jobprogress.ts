/** How a job stands: asked, waiting at which place, at which stage and how far, what came out of it, or why not. */
import { el } from "../lib/dom";
import { notice } from "../lib/notice";
import type { ProblemData } from "../lib/problem";
import type { JobState } from "../lib/types";

export interface JobView {
  state: JobState | "none" | "asking";
  stage: string; // name, as the job says it
  share: number | null; // 0..1 of the stage, where the job knows it
  counted?: readonly [done: number, of: number] | null; // of what the stage counts
  place: number | null; // in the queue; 1 is next
  problem: ProblemData | null;
  mayAsk: boolean;
  mayCancel: boolean;
}

/** The words of one kind of job, and what can be done. */
export interface JobKind {
  stages: [name: string, words: string][];
  none: string; // before anybody asked
  ask: string; // the button's words, by what was before
  cancelled: string;
  failed: string;
  again: string;
}

export interface JobActions {
  ask: () => void;
  cancel: () => void;
}

export class JobProgress {
  private shown = "";

  constructor(
    private readonly host: HTMLElement,
    private readonly actions: JobActions,
  ) {}

  /** `result` stands there when the job is done. */
  show(view: JobView, kind: JobKind, result: Node | null = null): void {
    this.host.dataset.state = view.state;
    const key = JSON.stringify([view, kind]);
    if (key === this.shown && !result) return; // a button that has the focus keeps it
    this.shown = key;
    this.host.replaceChildren(...this.parts(view, kind, result));
  }

  destroy(): void {
    this.host.replaceChildren();
  }

  private parts(view: JobView, kind: JobKind, result: Node | null): Node[] {
    const ask = (words: string) => (view.mayAsk ? [this.button("button main", words, this.actions.ask)] : []);
    const cancel = view.mayCancel ? [this.button("button tiny", "Cancel", this.actions.cancel)] : [];
    const problem = view.problem ? [notice(view.problem)] : [];
    switch (view.state) {
      case "none":
        return [el("p", { class: "soft small" }, kind.none), ...ask(kind.ask)];
      case "asking":
        return [el("p", { class: "soft" }, "Asking …")];
      case "queued":
        return [
          el(
            "div",
            { class: "row" },
            el("p", { class: "grow", "data-place": view.place }, waiting(view.place)),
            ...cancel,
          ),
        ];
      case "running":
        return [stages(view, kind), el("div", { class: "row" }, ...cancel)];
      case "cancelled":
        return [el("p", {}, kind.cancelled), ...ask(kind.again)];
      case "failed":
        return [
          ...(view.problem ? problem : [el("p", {}, kind.failed)]),
          ...(view.problem?.type?.endsWith("/rated-blind") ? [] : [el("p", {}, ...ask("Try again"))]),
        ];
      case "done":
        return [...problem, ...(result ? [result] : [])];
    }
  }

  private button(kind: string, words: string, run: () => void): HTMLButtonElement {
    const made = el("button", { class: kind, type: "button" }, words);
    made.addEventListener("click", run);
    return made;
  }
}

export function waiting(place: number | null): string {
  if (place === null || place <= 0) return "Waiting for a worker …";
  return place === 1 ? "Next in the queue" : `Place ${place} in the queue`;
}

/** All of them, a bar at the one that runs: without an end while nobody knows how far it is. */
function stages({ stage, share, counted }: JobView, kind: JobKind): HTMLElement {
  const at = kind.stages.findIndex(([name]) => name === stage);
  const bar = (words: string) => el("progress", { max: 1, value: share, "aria-label": words });
  return el(
    "ol",
    { class: "stages" },
    ...kind.stages.map(([name, words], index) =>
      el(
        "li",
        {
          "data-stage": name,
          "data-done": index < at,
          "data-now": index === at,
          "aria-current": index === at && "step",
        },
        words,
        index === at && counted && el("span", { class: "soft numbers" }, ` · ${ofAll(counted)}`),
        index === at && bar(words),
      ),
    ),
    at < 0 && el("li", { "data-now": true }, "Begins", bar("Begins")),
  );
}

export const ofAll = ([done, of]: readonly [number, number]): string =>
  `${done.toLocaleString("en-GB")} of ${of.toLocaleString("en-GB")}`;
