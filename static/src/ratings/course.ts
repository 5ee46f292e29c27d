/** How far one is in a study, by the live line and else by REST; what comes next, and what was rated last. */
import { api } from "../lib/api";
import { must } from "../lib/dom";
import { Live, showLine } from "../lib/live";
import type { FormState, Question, QueuedStudy, Standing } from "./types";

const SLOW_MS = 1_500; // so long the live line may take; then REST is asked

export interface CourseNews {
  form: (questions: readonly Question[]) => void;
  /** Of this tab's answers or another one's; `before` is how it was. */
  stood: (before: Standing | null) => void;
  ended: (how: "closed" | "dropped") => void;
}

export class Course {
  standing: Standing | null = null;
  private fetched = "";

  constructor(
    readonly study: string,
    private readonly news: CourseNews,
  ) {
    const live = new Live();
    showLine(live, must("[data-line]"));
    live.follow(`rating:${study}.${document.body.dataset.user}`, {
      snapshot: (state) => this.take(state as unknown as FormState),
      event: (type, data) => {
        if (type === "rating.closed") news.ended(data.state === "dropped" ? "dropped" : "closed");
        else if (type === "rating.next") this.stand(data as unknown as Standing);
      },
    });
    window.setTimeout(() => this.standing ?? void this.ask(), SLOW_MS);
  }

  stand(standing: Standing): void {
    const before = this.standing;
    this.standing = standing;
    this.news.stood(before);
  }

  /** Asks REST how one stands. */
  async ask(): Promise<void> {
    try {
      const { studies } = await api<{ studies: QueuedStudy[] }>("GET", "/api/v1/ratings/queue/");
      const found = studies.find(({ id }) => id === this.study);
      if (found) this.stand(found);
    } catch {
      // The page goes on without it: the answer to the next submit says where one stands.
    }
  }

  /** The pixels of the film after this one into the browser's cache, while this one is looked at. */
  fetchAhead(): void {
    const address = this.standing?.then;
    if (!address || address === this.fetched) return;
    this.fetched = address;
    const init: RequestInit & { priority?: string } = { credentials: "same-origin", priority: "low" };
    fetch(address, init).catch(() => undefined);
  }

  /** The item that was rated last in this tab. */
  get last(): string | null {
    return sessionStorage.getItem(`medgaze:rated:${this.study}`);
  }

  remember(id: string): void {
    sessionStorage.setItem(`medgaze:rated:${this.study}`, id);
  }

  private take(state: FormState): void {
    if (state.state === "closed") {
      this.news.ended("closed");
      return;
    }
    this.news.form(state.form);
    this.stand(state);
  }
}
