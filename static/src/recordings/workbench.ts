/** One recognised file: its trials matched to cases, each looked at over its film, then saved all together. */

import { api } from "../lib/api";
import { el } from "../lib/dom";
import { notice } from "../lib/notice";
import { count } from "../lib/plural";
import { Problem } from "../lib/problem";
import type { CaseData } from "../lib/types";
import { FilmViewport } from "../parts/filmviewport";
import { ReplayBar } from "../parts/replaybar";
import { STYLES, type Style, type Track } from "../parts/track";
import { PlacingForm } from "./placing";
import { percent, type Trial, TrialList } from "./trials";
import type { ImportData, PreviewData, RecognisedData } from "./types";
import { WhoseForm } from "./whose";

const SOON_MS = 350;
const QUESTIONS = ["/screen-unknown", "/film-size-unknown"];

export interface WorkbenchOptions {
  others: boolean; // may bring readings of people without an account
  consent: boolean; // the person's own consent is to be asked first
  saved: (data: ImportData, titles: string[]) => void; // of the cases, in the order of its recordings
}

export class Workbench {
  readonly element: HTMLElement;
  private readonly viewport: FilmViewport;
  private readonly bar: ReplayBar;
  private readonly trials: TrialList;
  private readonly placing: PlacingForm;
  private readonly whose: WhoseForm;
  private readonly facts = el("p", { class: "small soft numbers", role: "status", "data-preview": true });
  private readonly own = el("input", { type: "checkbox" });
  private readonly ownBox = el("label", { class: "check small" }, this.own, "The tracker’s own fixations too");
  private readonly spread = el("button", { class: "button tiny plain", type: "button" });
  private readonly problem = el("div");
  private readonly save = el("button", { class: "button main", type: "button", "data-save": true });
  private readonly films = new Map<string, Promise<CaseData>>();
  private preview: PreviewData | null = null;
  private shownCase = "";
  private readonly gone = new AbortController();
  private due = 0;
  private asked = 0;

  constructor(
    private readonly data: ImportData,
    private readonly options: WorkbenchOptions,
  ) {
    const file = data.recognised as RecognisedData;
    const viewportHost = el("div", { class: "viewport" });
    const replayHost = el("div", { class: "replay-bar" });
    this.viewport = new FilmViewport(viewportHost, { label: "The trial over the film" });
    this.bar = new ReplayBar(replayHost, this.viewport.replay);
    this.trials = new TrialList(data.trials ?? [], () => this.soon());
    this.placing = new PlacingForm(file, () => this.soon());
    this.whose = new WhoseForm(options.others, options.consent, data.readers ?? []);
    this.own.addEventListener("change", () => this.draw());
    this.spread.addEventListener("click", () => this.trials.spread());
    this.save.addEventListener("click", () => void this.send());
    this.element = el(
      "div",
      { class: "match" },
      el(
        "div",
        { class: "match-film" },
        viewportHost,
        el("div", { class: "replay", role: "group", "aria-label": "Replay" }, replayHost),
        el("div", { class: "row" }, this.facts, this.ownBox),
      ),
      el(
        "div",
        { class: "match-side" },
        ...notesOf(file),
        el("div", { class: "row" }, el("h3", { class: "grow" }, "Trials"), this.spread),
        this.trials.element,
        this.placing.element,
        this.whose.element,
        el("div", { class: "match-save" }, this.problem, this.save),
      ),
    );
    this.soon(0);
  }

  hide(): void {
    this.viewport.replay.pause();
    this.element.hidden = true;
  }

  destroy(): void {
    window.clearTimeout(this.due);
    this.asked++;
    this.gone.abort();
    this.bar.destroy();
    this.viewport.destroy();
    this.element.remove();
  }

  /** Something was chosen: the button's words now, the preview soon. */
  private soon(wait = SOON_MS): void {
    const chosen = this.trials.chosen.length;
    this.save.disabled = chosen === 0;
    this.save.textContent = chosen === 0 ? "Choose a case first" : `Save ${count(chosen, "reading")}`;
    const left = this.trials.trials.length - chosen;
    this.spread.hidden = !this.trials.current?.case || left === 0;
    this.spread.textContent = `Use this case for ${left === 1 ? "the other one" : `the ${left} others`} too`;
    window.clearTimeout(this.due);
    this.due = window.setTimeout(() => void this.look(), wait);
  }

  private async look(): Promise<void> {
    const asked = ++this.asked;
    const trial = this.trials.current;
    this.preview = null;
    if (!trial?.case) {
      this.viewport.close();
      this.shownCase = "";
      this.draw();
      this.viewport.say(notice({ title: "Choose a case", detail: "to see this trial over its film." }, ""));
      return;
    }
    this.placing.sizeHint(trial.case);
    try {
      const [, preview] = await Promise.all([
        this.film(trial.case.id, asked),
        api<PreviewData>(
          "POST",
          `/api/v1/recordings/imports/${this.data.id}/preview/`,
          this.chosen(trial),
          this.gone.signal,
        ),
      ]);
      if (asked !== this.asked) return;
      this.preview = preview;
      this.placing.suggest(preview.box);
      if (trial.bad || trial.asked) this.trials.say(trial, "", false);
      trial.asked = false;
      this.viewport.say(null);
    } catch (error) {
      if (asked !== this.asked) return;
      const { data, words } = Problem.of(error);
      const asks = QUESTIONS.some((kind) => data.type?.endsWith(kind)); // of the person, nothing is wrong yet
      this.trials.say(trial, words, !asks);
      trial.asked = asks;
      this.viewport.say(notice(data, asks ? "" : "bad"));
    }
    this.draw();
  }

  private async film(id: string, asked: number): Promise<void> {
    const known = this.films.get(id) ?? api<CaseData>("GET", `/api/v1/cases/${id}/`);
    this.films.set(id, known);
    known.catch(() => this.films.delete(id));
    const { film } = await known;
    if (asked !== this.asked || !film || this.shownCase === id) return;
    this.shownCase = id;
    await this.viewport.open(film);
  }

  private draw(): void {
    const { preview } = this;
    const style = (index: number) => STYLES[index] as Style;
    const bare = (path: PreviewData["fixations"]) => path.map((fixation) => ({ ...fixation, ellipse: null }));
    const tracks: Track[] = [];
    if (preview) {
      const ours = preview.fixations.length > 0 ? preview.fixations : (preview.tracker ?? []);
      tracks.push({ id: "ours", source: "human", label: "fixations", style: style(0), fixations: bare(ours) });
      if (this.own.checked && preview.tracker && ours !== preview.tracker) {
        const fixations = bare(preview.tracker);
        tracks.push({ id: "tracker", source: "human", label: "the tracker’s own", style: style(1), fixations });
      }
    }
    this.viewport.show(tracks);
    this.viewport.replay.toEnd();
    this.ownBox.hidden = !preview?.tracker || preview.fixations.length === 0;
    this.facts.textContent = preview ? factsOf(preview) : "";
  }

  private chosen({ data, case: case_, eye }: Trial): Record<string, unknown> {
    return { trial: data.number, case: case_?.id, eye, ...this.placing.place };
  }

  private async send(): Promise<void> {
    this.save.disabled = true;
    this.save.textContent = "Saving …";
    this.problem.replaceChildren();
    const { chosen } = this.trials;
    const body = { whose: this.whose.value, trials: chosen.map((trial) => this.chosen(trial)) };
    try {
      const data = await api<ImportData>("POST", `/api/v1/recordings/imports/${this.data.id}/save/`, body);
      this.options.saved(
        data,
        chosen.map((trial) => trial.case?.title ?? ""),
      );
      return;
    } catch (error) {
      const problem = Problem.of(error);
      const number = (problem.data as { trial?: number }).trial;
      this.problem.replaceChildren(notice(problem.data));
      const trial = this.trials.trials.find(({ data }) => data.number === number);
      if (trial && number) {
        this.trials.say(trial, problem.words, true);
        this.trials.select(number);
      }
    }
    this.soon();
  }
}

function factsOf({ fixations, tracker, samples, rate_hz, lost, off_film, box, duration_s }: PreviewData): string {
  const seen =
    fixations.length > 0
      ? count(fixations.length, "fixation")
      : `${count(tracker?.length ?? 0, "fixation")} of the tracker`;
  const parts = [`${seen} in ${duration_s.toFixed(1)} s`];
  if (samples) parts.push(`${rate_hz ?? "?"} Hz`, `${percent(lost)} lost`);
  parts.push(`${percent(off_film)} beside the film`);
  if (box) {
    const [left, top, width, height] = [box.left, box.top, box.width, box.height].map(Math.round);
    parts.push(`film at ${left}, ${top}, ${width} × ${height} px`);
  }
  return parts.join(" · ");
}

function notesOf({ notes }: RecognisedData): HTMLElement[] {
  return notes.map((words) => el("p", { class: "notice small" }, words));
}
