/** An attempt's life on this page: begun or gone on with, paused, committed, skipped, or ended because it goes on elsewhere. */
import { api } from "../lib/api";
import { el } from "../lib/dom";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import type { FilmViewport } from "../parts/filmviewport";
import type { Aperture } from "./aperture";
import type { Cover } from "./cover";
import { Draft } from "./draft";
import { insist } from "./insist";
import type { Marks } from "./marks";
import { Session } from "./session";
import type { Answer, AttemptData } from "./types";
import { recordingWords, sayEnded, sayPause, sayWaiting } from "./words";

/** In the address: begin at once, the person has just said so. */
export const GO = "#go";
const SLOW_MS = 4_000;

export interface AnswerLike {
  value: Answer;
  restore(answer: Answer): void;
  settled(marks: number): boolean;
}

export class Reading {
  session: Session | null = null;
  private readonly url: string;
  private readonly draft: Draft;
  private writer: string | null = null;
  private committing = false;
  private everSharp = false; // the whole film was sharp for a while: no reading by the disc alone

  constructor(
    id: string,
    private readonly viewport: FilmViewport,
    private readonly aperture: Aperture,
    private readonly marks: Marks,
    private readonly answer: AnswerLike,
    private readonly cover: Cover,
    private readonly told: (state: string, words: string) => void,
  ) {
    this.url = `/api/v1/practice/attempts/${id}/`;
    this.draft = new Draft(
      id,
      () => ({ marks: marks.data, answer: answer.value }),
      (problem) => this.refused(problem),
    );
    window.addEventListener("pagehide", () => this.draft.flush());
    window.setInterval(() => this.tell(), 250);
  }

  get active(): boolean {
    return Boolean(this.session?.recording) && !this.cover.shown;
  }

  async load(): Promise<AttemptData> {
    const data = await api<AttemptData>("GET", this.url);
    this.restore(data);
    return data;
  }

  /** Marks or answer have changed. */
  touch(): void {
    if (this.session) this.draft.touch();
  }

  /** The disc has changed. */
  look(): void {
    if (!this.aperture.on) this.everSharp = true;
    this.session?.look();
  }

  /** This tab records from now on, with the newest marks there are. Another tab that did learns it with its next part. */
  async begin(): Promise<void> {
    try {
      const data = await api<AttemptData>("POST", `${this.url}take/`, {});
      if (data.state !== "open" || !data.recording) return location.reload();
      this.restore(data);
      this.writer = data.recording.writer;
      this.everSharp = !this.aperture.on;
      this.session = new Session(this.viewport, this.aperture, data.recording, () => this.tell());
      this.draft.begin(this.writer);
      this.cover.hide();
      this.viewport.host.focus();
      this.session.begin();
    } catch (error) {
      this.sorry(error);
    }
  }

  async commit(): Promise<void> {
    const { session } = this;
    if (!session || this.committing || this.cover.shown || !this.answer.settled(this.marks.list.length)) return;
    this.committing = true;
    const say = sayWaiting(this.cover);
    const slow = setTimeout(
      () => say("No connection. It is stored as soon as there is one; leave this page open."),
      SLOW_MS,
    );
    await Promise.all([session.finish(), this.draft.hold()]);
    clearTimeout(slow);
    try {
      if (session.sender.ended) throw new Problem(session.sender.ended.problem);
      const done = await insist(
        () => api<AttemptData>("POST", `${this.url}commit/`, this.result(session)),
        ({ words }) => say(`${words} It is tried again.`),
      );
      this.over();
      location.replace(done.feedback ?? `${location.pathname}feedback/`);
    } catch (error) {
      this.committing = false;
      this.draft.release();
      this.cover.hide();
      const problem = Problem.of(error);
      if (session.sender.ended || /attempt-closed|taken-over/.test(problem.data.type ?? ""))
        return this.refused(problem);
      session.unfinish();
      this.sorry(error);
    }
  }

  /** The reading ends here without a commit: put away, or hidden since an identity is seen on the film. */
  async leave(how: "skip" | "hide"): Promise<void> {
    await Promise.all([this.session?.sender.hold(), this.draft.hold()]);
    try {
      await api("POST", `${this.url}${how}/`, {});
      this.over();
      if (how === "skip") next();
      else location.replace("/practice/");
    } catch (error) {
      this.draft.release();
      this.session?.sender.release();
      this.sorry(error);
    }
  }

  private result(session: Session): Record<string, unknown> {
    const { writer, marks, answer } = this;
    const aperture = !this.everSharp;
    return { writer, marks: marks.data, answer: answer.value, parts: session.sender.count, aperture };
  }

  private restore(data: AttemptData): void {
    const { marks, answer } = this.draft.kept ?? data;
    this.marks.restore(marks);
    this.answer.restore(answer);
    if (this.draft.kept) this.draft.touch();
  }

  private tell(): void {
    const { session, cover } = this;
    const { state, words } = recordingWords(session, this.draft.late);
    this.told(state, words);
    if (session?.sender.ended && !cover.shown) this.ended();
    else if (session?.paused && !cover.shown) sayPause(cover, () => this.goOn());
  }

  private goOn(): void {
    this.cover.hide();
    this.session?.goOn();
    this.viewport.host.focus();
  }

  private refused(problem: Problem): void {
    const { session } = this;
    if (!session || this.committing) return;
    const { type = "" } = problem.data;
    const why = type.includes("taken-over") ? "taken-over" : type.includes("closed") ? "closed" : "refused";
    session.sender.ended ??= { why: problem.status === 401 ? "signed-out" : why, problem: problem.data };
    this.ended();
  }

  private ended(): void {
    const end = this.session?.sender.ended;
    if (!end) return;
    this.session?.end();
    if (end.why === "taken-over" || end.why === "closed") this.draft.end();
    sayEnded(this.cover, end, () => {
      location.hash = GO;
      location.reload();
    });
  }

  private over(): void {
    this.session?.end();
    this.draft.end();
  }

  private sorry(error: unknown): void {
    const { words } = Problem.of(error);
    if (this.cover.shown) this.cover.problem(words);
    else toast(words, "bad");
  }
}

/** To the next case, as the button on the practice page goes. */
function next(): void {
  const token = el("input", { name: "csrfmiddlewaretoken", value: document.body.dataset.csrf ?? "" });
  const form = el("form", { method: "post", action: "/practice/next/", hidden: true }, token);
  document.body.append(form);
  form.submit();
}
