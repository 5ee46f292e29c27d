/** The reading room: one case with its film, its report and the predicted reading, joined from parts. */
import { api } from "../lib/api";
import { el, must, reducedMotion } from "../lib/dom";
import { keepKeysFor } from "../lib/focus";
import { confirmForm } from "../lib/identity";
import { addKeys } from "../lib/keys";
import { Live, showLine } from "../lib/live";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { questionBox } from "../lib/questions";
import { toast } from "../lib/toast";
import type { CaseData } from "../lib/types";
import { FilmViewport } from "../parts/filmviewport";
import { FixationTable } from "../parts/fixationtable";
import { JobProgress } from "../parts/jobprogress";
import { ReplayBar } from "../parts/replaybar";
import { ReportPane } from "../parts/reportpane";
import { Toolbar } from "../parts/toolbar";
import { dragTools, filmTools, overlayTools, replayTools, windowTools } from "../parts/tools";
import { WindowBox } from "../parts/windowbox";
import { manageOf } from "../room/manage";
import { kindOf, outcomeOf, viewOf } from "../room/outcome";
import { PredictionFollower, type PredictionState } from "../room/prediction";
import { Samples } from "../room/samples";
import { stateMessage } from "../room/state";

const id = must<HTMLElement>("[data-case]").dataset.case ?? "";
const samplesChoice = must<HTMLSelectElement>("[data-samples]");
let data: CaseData | null = null;
let waits: HTMLElement | null = null; // the owner's form, which keeps what is typed until the case goes on

function start(): void {
  const viewport = new FilmViewport(must("[data-viewport]"), {
    label: "Film. The table of fixations says where the predicted reading looks.",
  });
  const { replay } = viewport;
  const bar = new ReplayBar(must("[data-replay]"), replay);
  new FixationTable(must("[data-fixation-table]"), replay);
  const box = new WindowBox(must("[data-window]"), viewport.viewer);
  const report = new ReportPane(must("[data-report]"));
  const samples = new Samples(viewport, must("[data-sample-pick]"), must("[data-compare]"));
  const live = new Live();
  showLine(live, must("[data-line]"));
  const follower = new PredictionFollower(live, (state) => predicted(state));
  const progress = new JobProgress(must("[data-status]"), {
    ask: () => ask(Number(samplesChoice.value)),
    cancel: () => void follower.cancel().catch((error) => toast(Problem.of(error).words, "bad")),
  });
  const toolbar = new Toolbar(
    must("[data-tools]"),
    dragTools(viewport),
    filmTools(viewport),
    overlayTools(viewport),
    windowTools(viewport, box),
    replayTools(viewport, bar),
    samples.tools((count) => ask(count)),
  );
  viewport.onChange(() => toolbar.refresh());

  function predicted(state: PredictionState): void {
    const before = replay.empty;
    samples.set(state.samples, state.state === "running");
    if (before && !replay.empty) begin(follower.live || location.hash === "#play");
    else if (state.state === "done" && reducedMotion() && follower.live) replay.toEnd();
    status(state);
  }

  /** The first fixations are here: draw them as they come; a reading that was here already stands complete. */
  function begin(fresh: boolean): void {
    if (fresh && !reducedMotion()) {
      replay.seek(0);
      replay.play();
    } else replay.toEnd();
    if (location.hash === "#play") history.replaceState(null, "", location.pathname);
  }

  function status(state: PredictionState): void {
    const text = data?.report ?? null;
    const may = mayAsk();
    progress.show(viewOf(state, may, text), kindOf(text, data?.rated ?? false), outcomeOf(state, text));
    report.show(text, state.reading);
    if (state.data) samplesChoice.value = String(state.data.samples);
    samplesChoice.disabled = !may || follower.waiting || !text;
  }

  /** What is predicted of a film that one rates is closed until the study closes. */
  const mayAsk = () => Boolean(data?.may.predict && !data.rated);

  function ask(count: number): void {
    if (!mayAsk() || follower.waiting) return;
    samples.reset();
    replay.pause();
    void follower.ask(id, count);
  }

  async function take(next: CaseData): Promise<void> {
    const before = data?.film?.sha256;
    data = next;
    must("[data-title]").textContent = next.title;
    document.title = `${next.title} · MedGaze`;
    must("[data-manage]").replaceChildren(manageOf(next, (changed) => void take(changed)) ?? "");
    must<HTMLElement>("[data-manage-box]").hidden = !must("[data-manage]").hasChildNodes();
    const held = next.film && next.state === "quarantined" ? next.problem : null;
    must("[data-held]").replaceChildren(held ? notice(held, "", el("a", { href: "/quarantine/" }, "Quarantine")) : "");
    must("[data-questions]").replaceChildren(
      ...(next.questions ?? []).map((question) => questionBox(id, question, () => void fetchCase())),
    );
    must<HTMLElement>("[data-author]").hidden = !next.may.author;
    status(follower.now);
    if (!next.may.confirm) waits = null;
    else if (!waits) {
      const form = await confirmForm(id, (changed) => void take(changed));
      if (data !== next) return; // it was answered elsewhere meanwhile
      waits = el("div", { class: "panel" }, form);
    }
    viewport.say(waits ?? stateMessage(next));
    if (!next.film) {
      viewport.close();
      box.film(null);
    } else if (before !== next.film.sha256 || viewport.viewer.status === "empty") {
      box.film(null);
      if (await viewport.open(next.film)) box.film(next.film);
    }
    if (next.prediction && !next.rated && !follower.waiting) follower.follow(next.prediction);
  }

  async function fetchCase(): Promise<void> {
    try {
      await take(await api<CaseData>("GET", `/api/v1/cases/${id}/`));
    } catch (error) {
      viewport.say(notice(Problem.of(error).data));
    }
  }

  samplesChoice.addEventListener("change", () => ask(Number(samplesChoice.value)));
  keepKeysFor(must("main"), "[data-manage], dialog");
  addKeys({
    keys: ["k"],
    group: "Everywhere",
    what: () => (data?.may.author ? "Answer key" : ""),
    run: () => data?.may.author && location.assign(`/cases/${id}/key/`),
  });
  live.follow(`case:${id}`, {
    event: (type, news) => {
      if (type === "case.state") void fetchCase();
      if (type === "case.prediction" && !follower.now.id && !data?.rated) follower.follow(String(news.prediction));
    },
    refused: (code) => code === 404 && viewport.say(notice({ title: "This case is gone, or no longer for you." })),
  });
  Object.assign(window, { room: { viewport, viewer: viewport.viewer, replay } }); // for the browser tests and for the curious
  void fetchCase();
}

try {
  start();
} catch (error) {
  must("[data-viewport]").replaceChildren(notice(Problem.of(error).data));
}
