/** One file on the import page, from the choice of it to its recordings; what happens to it stays in its row. */
import { api } from "../lib/api";
import { el, icon } from "../lib/dom";
import type { Live } from "../lib/live";
import { notice } from "../lib/notice";
import { Problem, type ProblemData } from "../lib/problem";
import { toast } from "../lib/toast";
import type { JobData } from "../lib/types";
import { ask } from "../parts/ask";
import { waiting } from "../parts/jobprogress";
import { sendFile } from "./sendfile";
import type { ImportData, ImportState, RecognisedData } from "./types";
import { Workbench, type WorkbenchOptions } from "./workbench";

export type RowState = "sending" | "failed" | "gone" | ImportState;

const WORDS: Record<RowState, string> = {
  sending: "sending",
  failed: "not sent",
  gone: "removed",
  waiting: "being read",
  recognised: "recognised",
  saved: "saved",
  refused: "not taken",
  discarded: "discarded",
};
/** As the styles know them. */
const BADGE: Record<RowState, string> = {
  sending: "receiving",
  failed: "refused",
  gone: "cancelled",
  waiting: "ingesting",
  recognised: "confirming",
  saved: "ready",
  refused: "refused",
  discarded: "cancelled",
};

export class ImportRow {
  readonly element: HTMLElement;
  state: RowState = "sending";
  private id = "";
  private readonly badge = el("span", { class: "badge" });
  private readonly facts = el("p", { class: "small soft", "data-facts": true });
  private readonly bar = el("progress", { max: 1, value: 0, "aria-label": "Sent" });
  private readonly words = el("p", { class: "small soft", role: "status" });
  private readonly body = el("div");
  private readonly toggle = el("button", { class: "button tiny", type: "button" }, "Match to cases");
  private readonly remove = el(
    "button",
    { class: "tool", type: "button", "aria-label": "Discard this file" },
    icon("close"),
  );
  private workbench: Workbench | null = null;
  private data: ImportData | null = null;
  private stop: (() => void) | null = null;
  private unfollow: (() => void) | null = null;

  constructor(
    private readonly name: string,
    private readonly live: Live,
    private readonly options: Omit<WorkbenchOptions, "saved">,
    private readonly opens: (row: ImportRow) => void,
    private readonly changed: (row: ImportRow) => void,
  ) {
    this.element = el(
      "li",
      { class: "upload import" },
      el("div", { class: "upload-head" }, el("h2", { title: name }, name), this.badge, this.toggle, this.remove),
      this.facts,
      this.bar,
      this.words,
      this.body,
    );
    this.toggle.addEventListener("click", () => (this.opened ? this.fold() : void this.open()));
    this.remove.addEventListener("click", () => void this.discard());
    this.set("sending");
  }

  async send(file: File, maxBytes: number): Promise<void> {
    if (file.size === 0) return this.fail({ title: "This file is empty.", detail: "Choose it again." });
    if (file.size > maxBytes) {
      return this.fail({ title: "This file is too large.", detail: `At most ${maxBytes / 1024 / 1024} MB are taken.` });
    }
    this.body.replaceChildren();
    this.set("sending");
    const sending = sendFile(file, (share) => {
      this.bar.value = share;
      this.words.textContent = `${Math.floor(share * 100)} % sent`;
    });
    this.stop = sending.stop;
    try {
      const { id, subject } = await sending.done;
      this.follow(id, subject);
    } catch (error) {
      if ((this.state as RowState) === "gone") return;
      const again = el("button", { class: "button tiny", type: "button" }, "Try again");
      again.addEventListener("click", () => void this.send(file, maxBytes));
      this.fail(Problem.of(error).data, again);
    } finally {
      this.stop = null;
    }
  }

  follow(id: string, subject: string): void {
    this.id = id;
    this.words.textContent = "";
    this.set("waiting");
    this.unfollow = this.live.follow(subject, {
      snapshot: (state) => {
        this.take(state.state as ImportState, state.problem as ProblemData | null);
        this.job(state.job as JobData | null);
      },
      event: (type, data) => {
        if (type === "import.state") this.take(data.state as ImportState, (data.problem as ProblemData) ?? null);
        else if (type === "job.state") this.job(data as unknown as JobData);
      },
      queue: (place) => {
        if (this.state === "waiting") this.words.textContent = place > 0 ? waiting(place) : "Reading the file …";
      },
    });
  }

  /** Out of the way; what was chosen in it stays. */
  fold(): void {
    this.workbench?.hide();
    this.tell();
  }

  async open(): Promise<void> {
    if (this.state !== "recognised" || this.opened) return;
    if (this.workbench) {
      this.opens(this);
      this.workbench.element.hidden = false;
      this.tell();
      return;
    }
    try {
      this.data = await api<ImportData>("GET", `/api/v1/recordings/imports/${this.id}/`);
      if (this.workbench || !this.data.recognised) return;
      this.facts.textContent = factsOf(this.data);
      this.opens(this);
      this.workbench = new Workbench(this.data, { ...this.options, saved: (data, titles) => this.saved(data, titles) });
      this.body.replaceChildren(this.workbench.element);
      this.tell();
    } catch (error) {
      this.body.replaceChildren(notice(Problem.of(error).data));
    }
  }

  get opened(): boolean {
    return this.workbench?.element.hidden === false;
  }

  private tell(): void {
    this.toggle.textContent = this.opened ? "Fold" : "Match to cases";
    this.toggle.setAttribute("aria-expanded", String(this.opened));
  }

  private close(): void {
    this.workbench?.destroy();
    this.workbench = null;
    this.tell();
  }

  private job(job: JobData | null): void {
    if (this.state !== "waiting" || !job) return;
    this.words.textContent = job.state === "running" ? "Reading the file …" : waiting(job.place ?? null);
  }

  private take(state: ImportState, problem: ProblemData | null): void {
    if (this.state === state || this.state === "gone") return;
    this.words.textContent = "";
    this.set(state);
    if (state === "refused" || (state === "discarded" && problem)) {
      this.body.replaceChildren(notice(problem ?? { title: "This file was not taken." }));
    }
    if (state === "saved" && !this.workbench) void this.fetchSaved(); // saved in another tab; here the answer tells
  }

  private async fetchSaved(): Promise<void> {
    try {
      this.saved(await api<ImportData>("GET", `/api/v1/recordings/imports/${this.id}/`));
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
  }

  private saved(data: ImportData, titles: string[] = []): void {
    if (this.body.querySelector("[data-saved]")) return; // the live line was as fast as the answer
    this.close();
    if (this.state !== "saved") this.set("saved");
    const links = data.recordings.map((id, index) =>
      el("a", { class: "button tiny", href: `/recordings/${id}/` }, titles[index] || `Reading ${index + 1}`),
    );
    const count = links.length;
    this.body.replaceChildren(
      el(
        "p",
        { "data-saved": true },
        `${count} reading${count === 1 ? " is" : "s are"} saved, and the file is deleted.`,
      ),
      el("div", { class: "row" }, ...links),
    );
  }

  private fail(problem: ProblemData, ...more: Node[]): void {
    this.set("failed");
    this.words.textContent = "";
    this.body.replaceChildren(notice(problem, "bad", ...more));
  }

  private set(state: RowState): void {
    this.state = state;
    this.badge.dataset.state = BADGE[state];
    this.badge.textContent = WORDS[state];
    this.element.dataset.state = state;
    this.bar.hidden = state !== "sending";
    this.toggle.hidden = state !== "recognised";
    this.changed(this);
  }

  private async discard(): Promise<void> {
    const body = [el("p", {}, "Nothing of it was saved.")];
    const asked = { title: `Discard “${this.name}”?`, body, yes: "Discard it", no: "Keep it" };
    if (this.state === "recognised" && !(await ask(asked))) return;
    const held = this.id && (this.state === "waiting" || this.state === "recognised");
    this.unfollow?.();
    this.close();
    this.state = "gone";
    this.stop?.();
    if (held) {
      await api("DELETE", `/api/v1/recordings/imports/${this.id}/`).catch((error) =>
        toast(Problem.of(error).words, "bad"),
      );
    }
    this.element.remove();
    this.set("gone");
  }
}

function factsOf(data: ImportData): string {
  const file = data.recognised as RecognisedData;
  const trials = data.trials?.length ?? 0;
  const errors = Object.entries(file.accuracy_deg).map(([eye, value]) => `${eye} ${value.toFixed(2)}°`);
  return [
    file.format,
    file.device,
    file.rate_hz ? `${file.rate_hz} Hz` : "",
    `${trials} trial${trials === 1 ? "" : "s"}`,
    file.screen_px ? `screen ${file.screen_px.join(" × ")} px` : file.frame,
    errors.length > 0 ? `validation error ${errors.join(", ")}` : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
