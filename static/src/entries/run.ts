/** One training: live while it goes, and what came of it. */
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { Live, showLine } from "../lib/live";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { heldOutView } from "../models/heldout";
import { LogTail } from "../models/logtail";
import { csvOf, LossPlot, offer } from "../models/lossplot";
import { runBadge } from "../models/runrows";
import { begun, fold, isOver } from "../models/runstate";
import { dataOf, factsOf, kindOf, notesOf, resumedLine, resumeWords, stepLine, viewOf } from "../models/runview";
import { promote } from "../models/serving";
import { aligned } from "../models/thin";
import type { Model, ModelList, Run } from "../models/types";
import { verdictView } from "../models/verdict";
import { addressOf, button } from "../models/versions";
import { figure } from "../models/words";
import { ask } from "../parts/ask";
import { JobProgress } from "../parts/jobprogress";

const SOON_MS = 300;
const main = must<HTMLElement>("[data-run]");
const id = main.dataset.run ?? "";
const url = `/api/v1/training/runs/${id}/`;
const live = new Live();
const progress = new JobProgress(must("[data-stages]"), { ask: () => undefined, cancel: () => undefined });
const plot = new LossPlot(must("[data-plot]"), (words) => {
  must("[data-at]").textContent = words;
});
const table = must<HTMLDetailsElement>("[data-points]");
const cancel = button("Cancel …", () => void askToCancel(), "tiny");
const resume = button("", () => void act("resume"), "tiny main");
let run: Run | null = null;
let drawing = 0;
let shown = ""; // the run as it was when what does not change with each step was written
let version: Model | null = null;

const log = new LogTail(must("[data-log]"), must("[data-lines]"), `${url}log/`, () => run !== null && !isOver(run));

/** What changes with each step, at most once a frame. */
function draw(): void {
  if (drawing) return;
  drawing = requestAnimationFrame(() => {
    drawing = 0;
    if (run) steps(run);
  });
}

function steps(now: Run): void {
  progress.show(viewOf(now), kindOf(now), doneLine(now));
  must("[data-steps]").textContent = stepLine(now);
  plot.show(now.losses, now.validation);
  must<HTMLElement>("[data-losses]").hidden = now.losses.length + now.validation.length === 0;
  if (table.open) points(now);
  const key = JSON.stringify([now.state, now.resumed, now.checkpoints.length, now.of, now.version?.state]);
  if (key !== shown) rest(now);
  shown = key;
}

function doneLine(now: Run): HTMLElement | null {
  if (now.state !== "done") return null;
  if (!now.version) return el("p", {}, "It is done.");
  return el("p", {}, "It is done, and made ", el("a", { href: addressOf(now.version) }, now.version.name), ".");
}

/** What changes seldom. */
function rest(now: Run): void {
  must("[data-title]").textContent = now.name;
  document.title = `${now.name} · MedGaze`;
  must("[data-badges]").replaceChildren(runBadge(now.state));
  cancel.hidden = isOver(now);
  resume.hidden = now.state !== "cancelled" && now.state !== "failed";
  resume.textContent = resumeWords(now);
  must("[data-resumed]").textContent = resumedLine(now);
  must("[data-notes]").replaceChildren(...notesOf(now).map((words) => el("p", { class: "notice small" }, words)));
  must("[data-facts]").replaceChildren(...factsOf(now));
  must("[data-data]").replaceChildren(...dataOf(now));
  must<HTMLElement>("[data-held-out-box]").hidden = now.held_out === null;
  if (now.held_out) must("[data-held-out]").replaceChildren(heldOutView(now.held_out));
  gate(now);
}

function gate(now: Run): void {
  const { verdict } = now;
  const made = now.version;
  must<HTMLElement>("[data-gate-box]").hidden = !verdict && !made;
  const parts: Node[] = [
    verdict ? verdictView(verdict) : el("p", { class: "soft" }, "The gate has not judged what it made."),
  ];
  if (made?.state === "champion") {
    parts.push(el("p", { class: "notice" }, `${made.name} serves now: new predictions are made by it.`));
  } else if (made && now.state === "done") {
    parts.push(
      el(
        "div",
        { class: "row" },
        button("Promote …", () => void serve(), verdict?.passed ? "main" : ""),
        el("a", { class: "button", href: addressOf(made) }, "Card and figures"),
      ),
    );
  }
  must("[data-gate]").replaceChildren(...parts);
}

async function serve(): Promise<void> {
  if (!run?.version) return;
  try {
    const [model, { champion }] = await Promise.all([
      api<Model>("GET", `/api/v1/models/${run.version.sha256}/`),
      api<ModelList>("GET", "/api/v1/models/"),
    ]);
    version = model;
    if (await promote(version, champion)) await load();
  } catch (error) {
    toast(Problem.of(error).words, "bad");
  }
}

/** The numbers behind the curves, the newest on top. */
function points(now: Run): void {
  const [at, losses, validation] = aligned(now.losses, now.validation);
  const cell = (value: number | null | undefined) => el("td", { class: "num" }, value == null ? "" : figure(value));
  must("[data-rows]").replaceChildren(
    ...at
      .map((step, index) =>
        el(
          "tr",
          {},
          el("td", { class: "num" }, step.toLocaleString("en-GB")),
          cell(losses[index]),
          cell(validation[index]),
        ),
      )
      .reverse(),
  );
}

async function askToCancel(): Promise<void> {
  if (!run) return;
  const step = run.checkpoints[run.checkpoints.length - 1];
  const kept =
    step === undefined
      ? "No checkpoint has been written yet: what it did so far is lost, and it would begin anew."
      : `Its checkpoint of step ${step.toLocaleString("en-GB")} is kept, and it can be resumed from there.`;
  const yes = await ask({
    title: `Cancel “${run.name}”?`,
    body: [el("p", {}, `The training stops within seconds, and no version is made of it. ${kept}`)],
    yes: "Cancel it",
    no: "Let it go on",
  });
  if (yes) await act("cancel");
}

async function act(verb: "cancel" | "resume"): Promise<void> {
  for (const one of [cancel, resume]) one.disabled = true;
  try {
    take(await api<Run>("POST", `${url}${verb}/`, {}));
  } catch (error) {
    toast(Problem.of(error).words, "bad");
  }
  for (const one of [cancel, resume]) one.disabled = false;
}

function take(now: Run): void {
  run = begun(now);
  shown = ""; // all of it may have changed
  must("[data-trouble]").replaceChildren();
  draw();
  void log.read();
}

async function load(): Promise<void> {
  try {
    take(await api<Run>("GET", url));
  } catch (error) {
    must("[data-trouble]").replaceChildren(notice(Problem.of(error).data));
  }
}

let due = 0;
function soon(): void {
  window.clearTimeout(due);
  due = window.setTimeout(() => void load(), SOON_MS);
}

must("[data-actions]").append(resume, cancel);
table.addEventListener("toggle", () => run && table.open && points(run));
must("[data-png]").addEventListener("click", () => plot.save("losses.png"));
must("[data-csv]").addEventListener("click", () => {
  if (run) offer(new Blob([csvOf(run.losses, run.validation)], { type: "text/csv" }), "losses.csv");
});
showLine(live, must("[data-line]"));
live.follow(`run:${id}`, {
  snapshot: soon, // the run is read after it, so that nothing falls between
  event: (type, data) => {
    if (run) run = fold(run, type, data);
    draw();
    if (type === "run.done" || type === "run.stopped" || type === "job.state") soon();
  },
  queue: (place) => {
    if (!run?.job) return;
    run = { ...run, job: { ...run.job, place } };
    draw();
  },
  refused: () => void load(),
});
live.follow("models", { event: soon });
void load();
