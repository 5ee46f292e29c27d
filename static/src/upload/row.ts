/** One film on the upload page, from the choice of the file to the reading room; what happens to it stays in its row. */
import { api } from "../lib/api";
import { el, icon } from "../lib/dom";
import { confirmForm } from "../lib/identity";
import type { Live } from "../lib/live";
import { Problem, type ProblemData } from "../lib/problem";
import { NotText, readText } from "../lib/textfile";
import type { CaseState, JobData } from "../lib/types";
import { send } from "./send";

export type RowState = "new" | "sending" | CaseState | "failed" | "gone";

const WORDS: Record<RowState, string> = {
  new: "ready to send",
  sending: "sending",
  receiving: "sending",
  ingesting: "being taken in",
  confirming: "waits for your word",
  quarantined: "waits for a look",
  ready: "ready",
  refused: "not taken in",
  failed: "not sent",
  gone: "removed",
};

export class UploadRow {
  readonly element: HTMLElement;
  state: RowState = "new";
  caseId = "";

  private readonly badge = el("span", { class: "badge", "data-state": "new" }, WORDS.new);
  private readonly title = el("input", { maxlength: 120, placeholder: "Chest film" });
  private readonly report = el("textarea", {
    rows: 4,
    placeholder: "Findings and impression. The predicted reading follows it.",
  });
  private readonly bar = el("progress", { max: 1, value: 0, "aria-label": "Sent" });
  private readonly words = el("p", { class: "small soft", role: "status" });
  private readonly body = el("div");
  private readonly start = el("button", { class: "button main tiny", type: "button" }, "Send");
  private readonly remove = el(
    "button",
    { class: "tool", type: "button", "aria-label": "Remove this film" },
    icon("close"),
  );
  private readonly fields: HTMLElement;
  private stop: (() => void) | null = null;
  private unfollow: (() => void) | null = null;

  constructor(
    readonly file: File,
    private readonly live: Live,
    private readonly maxBytes: number,
    private readonly changed: (row: UploadRow) => void,
  ) {
    this.fields = el(
      "div",
      { class: "upload-fields" },
      el("div", {}, el("label", {}, "Title (no names)", this.title)),
      el("div", {}, el("label", {}, "Report", this.report)),
    );
    this.element = el(
      "li",
      { class: "upload" },
      el(
        "div",
        { class: "upload-head" },
        el("h2", { title: file.name }, file.name),
        el("span", { class: "small soft numbers" }, size(file.size)),
        this.badge,
        this.start,
        this.remove,
      ),
      this.fields,
      this.bar,
      this.words,
      this.body,
    );
    this.bar.hidden = true;
    this.start.addEventListener("click", () => void this.send());
    this.remove.addEventListener("click", () => this.discard());
  }

  get sendable(): boolean {
    return this.state === "new" || this.state === "failed";
  }

  async setReport(file: File): Promise<void> {
    if (!this.sendable) return;
    try {
      this.report.value = await readText(file);
    } catch (error) {
      if (!(error instanceof NotText)) throw error;
      this.fail({
        title: "This report cannot be read.",
        detail: "It is not plain text, or it breaks off. Save it as a UTF-8 text file, or paste it above.",
      });
    }
  }

  async send(): Promise<void> {
    if (!this.sendable) return;
    if (this.file.size === 0 || this.file.size > this.maxBytes) {
      const title = this.file.size === 0 ? "This file is empty." : "This file is too large.";
      this.fail({
        title,
        detail: this.file.size === 0 ? "Choose it again." : `At most ${size(this.maxBytes)} are taken.`,
      });
      return;
    }
    if (!this.report.value.trim() && this.words.dataset.asked !== "yes") {
      this.words.dataset.asked = "yes";
      this.words.textContent = "No report yet: paste it above. “Send” once more sends the film without one.";
      this.report.focus();
      return;
    }
    this.body.replaceChildren();
    this.words.textContent = "";
    this.set("sending");
    const sending = send({
      file: this.file,
      report: this.report.value,
      title: this.title.value.trim(),
      started: (case_) => this.follow(case_.id, case_.subject),
      progress: (share) => {
        this.bar.value = share;
        this.words.textContent = `${Math.floor(share * 100)} % sent`;
      },
      waiting: (words) => {
        this.words.textContent = words;
      },
    });
    this.stop = sending.stop;
    try {
      await sending.done;
    } catch (error) {
      if (this.state === "sending" || this.state === "receiving") this.fail(Problem.of(error).data);
    }
    this.stop = null;
  }

  /** Subscribed before the first byte is sent, so that nothing that happens to it is missed. */
  private follow(id: string, subject: string): void {
    this.caseId = id;
    this.unfollow?.();
    this.unfollow = this.live.follow(subject, {
      snapshot: (state) => {
        this.take(state.state as CaseState, state.problem as ProblemData | null);
        this.job(state.job as JobData | null);
      },
      event: (type, data) => {
        if (type === "case.state")
          this.take(data.state as CaseState, (data.problem as ProblemData | undefined) ?? null);
        else if (type === "job.state" && this.state === "ingesting") this.job(data as unknown as JobData);
        else if (type === "job.stage" && this.state === "ingesting")
          this.words.textContent = stageWords(String(data.stage));
      },
      queue: (place) => {
        if (this.state === "ingesting")
          this.words.textContent = place > 0 ? `Place ${place} in the queue` : stageWords("");
      },
    });
  }

  private job(job: JobData | null): void {
    if (this.state !== "ingesting" || !job) return;
    if (job.state === "running") this.words.textContent = stageWords(job.stage);
    else if (job.state === "queued")
      this.words.textContent = job.place ? `Place ${job.place} in the queue` : "In the queue";
  }

  private take(state: CaseState, problem: ProblemData | null): void {
    if (state === "receiving") return; // the progress bar knows better
    if (this.state === state) return;
    this.set(state);
    this.words.textContent = "";
    if (state === "ingesting") this.words.textContent = stageWords("");
    if (state === "refused" || state === "quarantined")
      this.tell(problem ?? { title: WORDS[state] }, state === "refused");
    if (state === "confirming") void this.confirm();
    if (state === "ready") {
      const open = el("a", { class: "button main", href: `/cases/${this.caseId}/#play` }, "Open in the reading room");
      this.body.replaceChildren(open);
    }
  }

  private async confirm(): Promise<void> {
    try {
      this.body.replaceChildren(await confirmForm(this.caseId, (data) => this.take(data.state, data.problem)));
    } catch (error) {
      this.tell(Problem.of(error).data, true);
    }
  }

  private fail(problem: ProblemData): void {
    this.set("failed");
    this.words.textContent = "";
    this.tell(problem, true);
    this.start.textContent = "Try again";
  }

  private tell(problem: ProblemData, bad: boolean): void {
    this.body.replaceChildren(
      el(
        "div",
        { class: `notice ${bad ? "bad" : ""}`, role: bad ? "alert" : "status" },
        el("strong", {}, problem.title),
        problem.detail ?? "",
      ),
    );
  }

  private set(state: RowState): void {
    this.state = state;
    this.badge.dataset.state = state === "sending" ? "receiving" : state === "failed" ? "refused" : state;
    this.badge.textContent = WORDS[state];
    this.start.hidden = !this.sendable;
    this.fields.hidden = !this.sendable;
    this.bar.hidden = !(state === "sending" || state === "receiving");
    this.changed(this);
  }

  private discard(): void {
    const unfinished = this.stop !== null;
    this.stop?.();
    this.unfollow?.();
    // A refused case stays in the library as a line that says why; an unfinished one goes with its bytes (tus DELETE).
    if (this.state === "refused") void api("DELETE", `/api/v1/cases/${this.caseId}/`).catch(() => undefined);
    this.state = unfinished ? "gone" : this.state;
    this.element.remove();
    this.set("gone");
  }
}

function stageWords(stage: string): string {
  const words: Record<string, string> = {
    check: "Checking the file …",
    decode: "Reading the picture …",
    deidentify: "Removing the patient’s identity …",
    words: "Looking for words on the film …",
    store: "Storing the film …",
  };
  return words[stage] ?? "Checking the film and removing the patient’s identity …";
}

function size(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
