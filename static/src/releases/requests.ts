/** A person's own requests: what was asked for, how it stands, what can be done about it. */

import { api } from "../lib/api";
import { el } from "../lib/dom";
import type { Live } from "../lib/live";
import { Problem } from "../lib/problem";
import { simulatedBadge } from "../lib/simulated";
import { toast } from "../lib/toast";
import { ask } from "../parts/ask";
import { active, failed, Making, retryButton } from "./making";
import { Kept, settle, when } from "./pieces";
import { queryWords, toAddress } from "./query";
import type { RequestData } from "./types";
import { countsWords, filmsWords, requestWords } from "./words";

const RECENT = 5; // that are over and still shown without being asked for
export const REQUESTS = "/api/v1/data/requests/";

/** Whether it can still be taken back, or be closed by an admin: its release is not ready. */
export const revocable = ({ state }: RequestData): boolean => state === "open" || state === "approved";

/** Whether an admin has something to decide. */
export const undecided = ({ state, films }: RequestData): boolean =>
  state === "open" || (state === "approved" && films.state === "open");

/** Whether something is still to come of it. */
export const pending = ({ state, job, release }: RequestData): boolean =>
  state === "open" || (state === "approved" && release?.state !== "failed" && job?.state !== "failed");

export class Requests {
  readonly element: HTMLElement;
  private readonly list = el("ul", { class: "requests" });
  private readonly older = el("ul", { class: "requests" });
  private readonly fold = el("details", { hidden: true }, el("summary", {}), this.older);
  private readonly rows: Kept<RequestData>;
  private readonly unfollow = new Map<string, () => void>();

  constructor(
    private readonly live: Live,
    private readonly changed: () => void,
  ) {
    this.rows = new Kept((request) => this.row(request));
    this.element = el(
      "section",
      { "aria-labelledby": "requests-title", hidden: true },
      el("h2", { id: "requests-title" }, "My requests"),
      this.list,
      this.fold,
    );
  }

  show(requests: readonly RequestData[]): void {
    const sorted = [...requests].sort(
      (a, b) => Number(pending(b)) - Number(pending(a)) || b.created_at.localeCompare(a.created_at),
    );
    const shown = sorted.filter((request, at) => pending(request) || at < RECENT);
    const made = this.rows.show(sorted);
    settle(this.list, made.slice(0, shown.length));
    settle(this.older, made.slice(shown.length));
    this.element.hidden = sorted.length === 0;
    this.fold.hidden = made.length === shown.length;
    const summary = this.fold.querySelector("summary");
    if (summary) summary.textContent = `Older requests (${made.length - shown.length})`;
  }

  /** Leads to the request that the address names. */
  point(): void {
    const row = document.getElementById(location.hash.slice(1));
    if (!row || !this.element.contains(row)) return;
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
  }

  private row(request: RequestData): HTMLElement {
    const { id, name, why, query, counts, created_at, release, films, job } = request;
    const { badge, name: state, words } = requestWords(request);
    this.unfollow.get(id)?.();
    const making = release && job && active(job) ? new Making(job) : null;
    if (making && release) this.unfollow.set(id, making.follow(this.live, release.id, this.changed));
    const decided = films.asked && films.state !== "open" ? filmsWords(request) : "";
    return el(
      "li",
      { class: "request panel", id: `request-${id}`, tabindex: -1, "data-request": id, "data-state": request.state },
      el(
        "div",
        { class: "request-head" },
        el("h3", { class: "grow" }, name),
        simulatedBadge(query.simulated === "only"),
        el("span", { class: "badge", "data-state": badge }, state),
        el("span", { class: "small soft" }, when(created_at)),
      ),
      words !== "" && el("p", {}, words),
      decided !== "" && el("p", { class: "small" }, decided),
      making?.element,
      el(
        "details",
        { class: "small", open: pending(request) },
        el("summary", {}, "What was asked for"),
        el("p", { class: "soft" }, queryWords(query)),
        el("p", { class: "soft" }, `It found: ${countsWords(counts)}`),
        el("p", { class: "why" }, why),
      ),
      el("div", { class: "row" }, ...this.actions(request)),
    );
  }

  private actions(request: RequestData): (HTMLElement | null | false)[] {
    const { state, release, query, name, job } = request;
    const take = el("button", { class: "button tiny", type: "button", "aria-label": `Take back ${name}` }, "Take back");
    take.addEventListener("click", () => void this.withdraw(request));
    return [
      release?.state === "ready" &&
        el("a", { class: "button tiny", href: `/releases/${release.id}/` }, `Open release ${release.version}`),
      revocable(request) && take,
      state === "approved" && job && failed(job) && retryButton(job, name, this.changed),
      (state === "open" || !pending(request)) &&
        el(
          "a",
          {
            class: "button tiny",
            href: `/data/browse/${toAddress(query)}`,
            "aria-label": `Browse what ${name} asks for`,
          },
          state === "open" ? "See it in Browse" : "Ask again …",
        ),
    ];
  }

  private async withdraw({ id, name, state }: RequestData): Promise<void> {
    const words =
      state === "open"
        ? "No admin will decide on it any more. You can ask again at any time."
        : "Nothing will be made of it, and what was begun is stopped. It was approved for the data of that day: to have the data after all you ask again, and an admin decides again.";
    const sure = await ask({
      title: `Take back “${name}”?`,
      body: [el("p", {}, words)],
      yes: "Take it back",
      no: "Keep it",
    });
    if (!sure) return;
    try {
      await api("POST", `${REQUESTS}${id}/withdraw/`, {});
      toast(`“${name}” is taken back.`);
    } catch (error) {
      toast(Problem.of(error).words, "bad");
    }
    this.changed();
  }
}
