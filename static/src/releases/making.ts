/** A release while it is made: its job's stage and share, followed live; and what to do when it failed. */

import { api } from "../lib/api";
import { el } from "../lib/dom";
import type { Live } from "../lib/live";
import { count } from "../lib/plural";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { waiting } from "../parts/jobprogress";
import type { JobSummary } from "./types";

export const STAGES: Record<string, string> = {
  choosing: "Choosing the readings",
  films: "Copying films",
  writing: "Writing the tables",
  packing: "Packing the archive",
};

const LEAST_S = 3; // of watching before a guess

/** "Writing the tables, 40 %": the share is of all the work. */
export function stageWords({ state, stage, progress, place }: JobSummary): string {
  if (state === "queued") return waiting(place);
  const words = STAGES[stage] ?? (stage ? stage.charAt(0).toUpperCase() + stage.slice(1) : "Begun");
  return progress === null ? `${words} …` : `${words}, ${Math.floor(progress * 100)} %`;
}

/** "about 40 s left", from how much was done in which time; "" while nobody can say. */
export function leftWords(done: number, since: { at: number; done: number }, now: number): string {
  const seconds = (now - since.at) / 1000;
  const share = done - since.done;
  if (seconds < LEAST_S || share <= 0 || done >= 1) return "";
  const left = ((1 - done) / share) * seconds;
  return left < 90
    ? `about ${Math.max(5, Math.round(left / 5) * 5)} s left`
    : `about ${count(Math.round(left / 60), "minute")} left`;
}

/** Whether somebody may have it made again; one that was cancelled is to be asked for anew. */
export const failed = (job: JobSummary | null): boolean => job?.state === "failed";

export const active = (job: JobSummary | null): boolean => job?.state === "queued" || job?.state === "running";

/** A button that starts a job again; `after` is called when that was taken or refused. */
export function retryButton(job: JobSummary, of: string, after: () => void): HTMLButtonElement {
  const words = "Make it again";
  const button = el("button", { class: "button tiny", type: "button", "aria-label": `${words}: ${of}` }, words);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await api("POST", `/api/v1/jobs/${job.id}/retry/`);
    } catch (error) {
      toast(Problem.of(error).words, "bad");
      button.disabled = false;
    }
    after();
  });
  return button;
}

/** A line and a bar that keep themselves up to date; `over` is called when the job's state is another. */
export class Making {
  readonly element: HTMLElement;
  private readonly words = el("span", { class: "numbers" });
  private readonly bar = el("progress", { max: 1, "aria-label": "Release being made" });

  private since: { at: number; done: number } | null = null; // where this page began to watch

  constructor(private job: JobSummary) {
    this.element = el(
      "div",
      { class: "making" },
      el("p", { class: "small soft", role: "status" }, this.words),
      this.bar,
    );
    this.show();
  }

  follow(live: Live, release: string, over: () => void): () => void {
    return live.follow(`release:${release}`, {
      snapshot: () => undefined, // the page was made with it, and asks again when the state changes
      event: (type, data) => {
        if (type === "job.state" && data.state !== this.job.state) over();
        else if (type.endsWith(".done") || type.endsWith(".failed")) over();
        else if (type.endsWith(".stage")) this.stage(data);
      },
      queue: (place) => {
        if (this.job.state !== "queued") return;
        this.job = { ...this.job, place };
        this.show();
      },
    });
  }

  private stage({ stage, progress }: Record<string, unknown>): void {
    const share = typeof progress === "number" ? progress : null;
    this.job = { ...this.job, state: "running", stage: String(stage ?? ""), progress: share };
    this.show();
  }

  private show(): void {
    const { state, progress } = this.job;
    const now = Date.now();
    if (state === "running" && progress !== null) this.since ??= { at: now, done: progress };
    const left = this.since && progress !== null ? leftWords(progress, this.since, now) : "";
    const words = [stageWords(this.job), left].filter(Boolean).join(", ");
    if (this.words.textContent !== words) this.words.textContent = words;
    if (progress === null) this.bar.removeAttribute("value");
    else this.bar.value = progress;
  }
}
