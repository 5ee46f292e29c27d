/** The queue: which studies wait for this person, how far each is, about how long the rest takes. */

import { api } from "../lib/api";
import { el, icon, must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { Live, showLine } from "../lib/live";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { simulatedBadge } from "../lib/simulated";
import type { QueuedStudy } from "./types";
import { many, minutesWords } from "./words";

const SOON_MS = 300;

export function queue(host: HTMLElement): void {
  const live = new Live();
  const followed = new Set<string>();
  let due = 0;
  showLine(live, must("[data-line]"));

  function soon(): void {
    window.clearTimeout(due);
    due = window.setTimeout(() => void load(), SOON_MS);
  }

  async function load(): Promise<void> {
    try {
      const { studies } = await api<{ studies: QueuedStudy[] }>("GET", "/api/v1/ratings/queue/");
      host.replaceChildren(...content(studies));
      for (const { id } of studies) {
        if (followed.has(id)) continue;
        followed.add(id);
        live.follow(`rating:${id}.${document.body.dataset.user}`, { event: soon, refused: soon });
      }
    } catch (error) {
      host.replaceChildren(notice(Problem.of(error).data));
    }
  }

  document.addEventListener("visibilitychange", () => document.hidden || soon());
  window.addEventListener("pageshow", (event) => event.persisted && soon());
  addKeys({
    keys: ["Enter"],
    group: "Rate",
    what: () => (document.querySelector("[data-rate-next]") ? "Rate next" : ""),
    run: () => document.querySelector<HTMLElement>("[data-rate-next]")?.click(),
  });
  void load();
}

function content(studies: readonly QueuedStudy[]): Node[] {
  const waiting = studies.filter(({ next }) => next);
  const first = waiting[0];
  if (!first) return studies.length > 0 ? [allDone(), table(studies)] : [empty()];
  const left = waiting.reduce((sum, { done, of }) => sum + of - done, 0);
  const known = waiting.map(({ minutes }) => minutes).filter((minutes) => minutes !== null);
  const minutes = known.length === waiting.length ? known.reduce((sum, each) => sum + each, 0) : null;
  const how = minutesWords(minutes);
  const main = el(
    "section",
    { class: "panel now" },
    el("p", { class: "big" }, `${many(left, "reading waits", "readings wait")} for you${how ? `, ${how}` : ""}.`),
    el(
      "p",
      { class: "soft" },
      "Each is a film with a gaze path that is replayed over it. You answer three questions and how sure you are, without knowing where the path comes from. Stop whenever you like: what you answered is kept.",
    ),
    el("a", { class: "button main", href: `/rate/${first.next}/`, "data-rate-next": true }, "Rate next"),
  );
  return [main, table(studies)];
}

function table(studies: readonly QueuedStudy[]): HTMLElement {
  return el(
    "div",
    { class: "scroll" },
    el(
      "table",
      { class: "table" },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ...["Study", "Rated", "Left"].map((words) => el("th", { scope: "col" }, words)),
          el("th", { scope: "col" }, el("span", { class: "unseen" }, "Go on")),
        ),
      ),
      el("tbody", {}, ...studies.map(row)),
    ),
  );
}

function row({ id, name, next, done, of, minutes, simulated, partly_simulated }: QueuedStudy): HTMLElement {
  const share = el("progress", { max: Math.max(of, 1), value: done, "aria-label": `Rated in ${name}` });
  const left = next ? `${of - done}${minutesWords(minutes) ? `, ${minutesWords(minutes)}` : ""}` : "nothing";
  return el(
    "tr",
    { "data-study": id },
    el("td", {}, name, simulated && " ", simulatedBadge(simulated, partly_simulated)),
    el("td", { class: "rated" }, el("span", { class: "numbers" }, `${done} of ${of}`), share),
    el("td", {}, left),
    el(
      "td",
      { class: "num" },
      next
        ? el(
            "a",
            { class: "button tiny", href: `/rate/${next}/`, "aria-label": `Rate in ${name}` },
            done ? "Go on" : "Begin",
          )
        : el("span", { class: "badge", "data-state": "done" }, "done"),
    ),
  );
}

function allDone(): HTMLElement {
  return el(
    "section",
    { class: "panel now" },
    el("p", { class: "big" }, "You have rated everything."),
    el(
      "p",
      { class: "soft" },
      "The results are made when the organiser closes the study; you find them under Studies then.",
    ),
  );
}

function empty(): HTMLElement {
  return el(
    "div",
    { class: "empty" },
    icon("path"),
    el("h2", {}, "Nothing waits for you to rate"),
    el(
      "p",
      {},
      "Here you judge gaze paths over films, blind to where they come from. When an organiser starts a study with you as a rater, its readings wait here.",
    ),
    el("p", {}, el("a", { class: "button", href: "/studies/" }, "Plan a study yourself")),
  );
}
