/** The list of studies: what runs first, then plans, then what is closed; and a new one. */

import { api } from "../lib/api";
import { day } from "../lib/day";
import { el, icon, must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { simulatedBadge } from "../lib/simulated";
import { toast } from "../lib/toast";
import type { StudyRow, StudyState } from "../ratings/types";

const STATES: Record<StudyState, string> = { running: "runs", plan: "plan", closed: "closed" };
const LIST = "/api/v1/ratings/studies/";
const host = must<HTMLElement>("[data-studies]");
const form = must<HTMLFormElement>("[data-new-study]");
const name = must<HTMLInputElement>("#name", form);

function row(study: StudyRow): HTMLElement {
  const { id, state, cases, sources, raters, done, of, organiser, mine } = study;
  const since = state === "running" ? study.started_at : state === "closed" ? study.closed_at : study.created_at;
  return el(
    "tr",
    { "data-study": id },
    el(
      "td",
      {},
      el("a", { href: `/studies/${id}/` }, study.name),
      study.simulated && " ",
      simulatedBadge(study.simulated, study.partly_simulated),
    ),
    el(
      "td",
      {},
      el("span", { class: "badge", "data-state": state === "running" ? "open" : null }, STATES[state]),
      el("span", { class: "small soft" }, ` since ${day(since)}`),
    ),
    el("td", { class: "num" }, `${cases} × ${sources}`),
    el("td", { class: "num" }, String(raters)),
    el("td", { class: "num" }, state === "plan" ? "–" : state === "running" ? `${done} of ${of}` : String(done)),
    el("td", {}, mine ? "you" : organiser.name),
  );
}

function table(studies: StudyRow[]): HTMLElement {
  const head = ["Study", "State", "Cases × sources", "Raters", "Answers", "Organised by"];
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
          ...head.map((words, at) => el("th", { scope: "col", class: at > 1 && at < 5 ? "num" : null }, words)),
        ),
      ),
      el("tbody", {}, ...studies.map(row)),
    ),
  );
}

const empty = (): HTMLElement =>
  el(
    "div",
    { class: "empty" },
    icon("path"),
    el("h2", {}, "No study yet"),
    el(
      "p",
      {},
      "A study shows raters gaze paths from several sources, people, models and controls, blind and in balanced order, and compares what they answer. Name one above to plan it.",
    ),
  );

async function load(): Promise<void> {
  try {
    const studies: StudyRow[] = [];
    for (let page: string | null = LIST; page; ) {
      const answer: { results: StudyRow[]; next: string | null } = await api("GET", page);
      studies.push(...answer.results);
      page = answer.next;
    }
    const order: StudyState[] = ["running", "plan", "closed"];
    const sorted = [...studies].sort(
      (a, b) => order.indexOf(a.state) - order.indexOf(b.state) || b.created_at.localeCompare(a.created_at),
    );
    host.replaceChildren(sorted.length > 0 ? table(sorted) : empty());
  } catch (error) {
    host.replaceChildren(notice(Problem.of(error).data));
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const made = await api<{ id: string }>("POST", LIST, { name: name.value.trim() });
    location.assign(`/studies/${made.id}/`);
  } catch (error) {
    toast(Problem.of(error).words, "bad");
  }
});

addKeys({ keys: ["a"], group: "Studies", what: "A new study", run: () => name.focus() });
void load();
