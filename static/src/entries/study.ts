/** One study: its plan, then the board while it runs, then the results; what was before can be looked at again. */

import { api } from "../lib/api";
import { day } from "../lib/day";
import { el, must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { Live, showLine } from "../lib/live";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { simulatedBadge } from "../lib/simulated";
import { Tabs } from "../practice/tabs";
import { Board } from "../ratings/board";
import { Plan } from "../ratings/plan";
import { protocol } from "../ratings/protocol";
import { Results } from "../ratings/results";
import type { Choices, StudyData } from "../ratings/types";

const main = must<HTMLElement>("[data-study]");
const url = `/api/v1/ratings/studies/${main.dataset.study}/`;
const host = must<HTMLElement>("[data-view]");
const live = new Live();
const WORDS = {
  plan: "being planned",
  running: "runs",
  closed: "closed",
};

async function open(known?: StudyData): Promise<void> {
  try {
    const [study, choices] = await Promise.all([
      known ?? api<StudyData>("GET", url),
      api<Choices>("GET", "/api/v1/ratings/choices/").catch(() => null),
    ]);
    show(study, choices);
  } catch (error) {
    host.replaceChildren(notice(Problem.of(error).data));
  }
}

function show(study: StudyData, choices: Choices | null): void {
  must("[data-title]").textContent = study.name;
  document.title = `${study.name} · MedGaze`;
  const since = { plan: study.created_at, running: study.started_at, closed: study.closed_at }[study.state];
  must("[data-state]").replaceChildren(
    simulatedBadge(study.simulated, study.partly_simulated) || "",
    el("span", { class: "badge", "data-state": study.state === "running" ? "open" : null }, WORDS[study.state]),
    el(
      "span",
      { class: "small soft" },
      `since ${day(since)} · ${study.mine ? "you organise it" : study.organiser.name}`,
    ),
  );
  if (study.state === "plan") plan(study, choices);
  else begun(study, choices);
}

function begun(study: StudyData, choices: Choices | null): void {
  const manages = study.mine || main.hasAttribute("data-manages");
  const results = study.state === "closed" ? [tab("results", "Results", new Results(url).element)] : [];
  const board = manages
    ? [tab("run", study.state === "closed" ? "Board" : "Run", new Board(study, choices, url, live, reload).element)]
    : [];
  new Tabs(host, [...results, ...board, tab("plan", "Plan", protocol(study, choices))], () => undefined, "Study");
}

const tab = (name: string, title: string, panel: HTMLElement) => ({ name, title, panel });

/** In another state now. */
function reload(study?: StudyData): void {
  history.replaceState(null, "", location.pathname);
  void open(study);
}

function plan(study: StudyData, choices: Choices | null): void {
  if (!choices) {
    host.replaceChildren(notice({ title: "What can be chosen did not come.", detail: "Load the page again." }));
    return;
  }
  const made = new Plan(study, choices, url, { changed: reload, gone: () => location.assign("/studies/") });
  host.replaceChildren(made.element);
  const forget = addKeys({
    keys: ["a"],
    group: "Study",
    what: "Add cases",
    run: () => (made.element.isConnected ? void made.pick() : forget()),
  });
}

showLine(live, must("[data-line]"));
void open();
