/** The reading room: joins film, overlay, replay, report, table and prediction. */
import { api } from "../lib/api";
import { el, must, reducedMotion } from "../lib/dom";
import { confirmForm } from "../lib/identity";
import { Live, showLine } from "../lib/live";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import type { CaseData } from "../lib/types";
import { heatOf } from "../room/heat";
import { manageOf } from "../room/manage";
import { Overlay, type Shown } from "../room/overlay";
import { PredictionFollower, type PredictionState } from "../room/prediction";
import { type Preset, presetsOf } from "../room/presets";
import { Replay } from "../room/replay";
import { reportOf } from "../room/report";
import { ReplayBar } from "../room/scrub";
import { spotOf } from "../room/spot";
import { notice, stateMessage } from "../room/state";
import { statusOf } from "../room/status";
import { FixationTable } from "../room/table";
import { addTools, type Room } from "../room/tools";
import { attachGestures, type Gestures } from "../viewer/gestures";
import { FilmViewer } from "../viewer/viewer";

const root = must<HTMLElement>("[data-case]");
const stage = must<HTMLElement>("[data-stage]");
const message = must<HTMLElement>("[data-message]");
const samplesChoice = must<HTMLSelectElement>("[data-samples]");
const presetChoice = must<HTMLSelectElement>("[data-preset]");
const id = root.dataset.case ?? "";

const shown: Shown = { path: true, ellipses: true, hidden: false };
let data: CaseData | null = null;
let presets: Preset[] = [];
let chosen = 0; // which sample carries the numbers
let said: HTMLElement | null = null; // about the film
let waits: HTMLElement | null = null; // a form that stands before it until it is answered
let heatOfSamples: unknown = null;

function start(): void {
  const viewer = new FilmViewer(must("[data-film]"));
  const overlay = new Overlay(must("[data-overlay]"), viewer);
  const replay = new Replay(() => refresh());
  const bar = new ReplayBar(replay);
  const table = new FixationTable(must("[data-fixations]"), (index) => replay.jump(index));
  const live = new Live();
  showLine(live, must("[data-line]"));
  const follower = new PredictionFollower(live, (state) => predicted(state));
  const gestures: Gestures = {
    tool: "window",
    onTap: (at) => {
      const hit = overlay.at(at, replay.fixations, replay.current);
      if (hit >= 0) replay.jump(hit);
    },
    onHover: (at) => readout(at ? viewer.screenToFilm(at) : null),
  };
  const room: Room = {
    viewer,
    gestures,
    replay,
    bar,
    shown,
    heat: false,
    spot: false,
    preset: (index) => {
      const preset = presets[index];
      if (preset) viewer.window(preset.center, preset.width);
    },
    sample: (step) =>
      choose((chosen + step + Math.max(follower.now.samples.length, 1)) % Math.max(follower.now.samples.length, 1)),
    ask: (samples) => ask(samples),
    refresh: () => refresh(),
  };
  const tools = addTools(room);
  attachGestures(stage, viewer, gestures);
  viewer.onRender(() => drawOverlay());
  viewer.onStatus((status, problem) => {
    stage.dataset.filmStatus = status;
    if (status === "loading") say(el("p", { class: "soft" }, "Opening the film …"));
    else if (status === "shown") say(null);
    else if (status === "lost")
      say(notice({ title: "The graphics were interrupted.", detail: "The film comes back by itself." }));
    else if (problem) {
      const again = el("button", { class: "button", type: "button" }, "Try again");
      again.addEventListener("click", () => void open());
      say(notice(problem.data, "bad", again));
    }
  });

  function refresh(): void {
    bar.update();
    table.mark(replay.current);
    stage.dataset.tool = gestures.tool;
    const heatKey = room.heat && !shown.hidden ? follower.now.samples : null;
    if (heatKey !== heatOfSamples) {
      heatOfSamples = heatKey;
      viewer.setHeat(heatKey ? heatOf(heatKey, viewer.view.columns, viewer.view.rows) : null);
    }
    viewer.setSpot(room.spot && !shown.hidden ? spotOf(replay, viewer.view) : null);
    drawOverlay(); // the film itself need not be drawn again for it
    tools.refresh();
  }

  function drawOverlay(): void {
    overlay.draw(follower.now.samples, chosen, replay.time, replay.current, shown);
    must<HTMLElement>("[data-readout]").hidden = !viewer.film;
    must("[data-zoom]").textContent = `${Math.round(viewer.view.scale * 100)} %`;
    must("[data-level]").textContent =
      `centre ${Math.round(viewer.windowCenter)}, width ${Math.round(viewer.windowWidth)}`;
  }

  function predicted(state: PredictionState): void {
    const before = replay.fixations;
    chosen = Math.min(chosen, Math.max(state.samples.length - 1, 0));
    const path = state.samples[chosen]?.fixations ?? [];
    const first = before.length === 0 && path.length > 0;
    table.fill(path, before[0]?.x !== path[0]?.x || before[0]?.y !== path[0]?.y);
    replay.set(path, state.state === "running");
    if (first) begin(follower.live || location.hash === "#play");
    else if (state.state === "done" && reducedMotion() && follower.live) replay.toEnd();
    if (state.state !== "running" && replay.playing && replay.time >= replay.end) replay.pause();
    status(state);
    refresh();
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
    const report = data?.report ?? null;
    must("[data-status]").replaceChildren(
      statusOf(state, data?.may.predict ?? false, report, {
        ask: () => ask(Number(samplesChoice.value)),
        cancel: () => void follower.cancel().catch((error) => toast(Problem.of(error).words, "bad")),
        samples: Number(samplesChoice.value),
      }),
    );
    must<HTMLElement>("[data-status]").dataset.state = state.state;
    if (state.data) samplesChoice.value = String(state.data.samples);
    samplesChoice.disabled = !data?.may.predict || follower.waiting || !report;
    must("[data-report]").replaceChildren(...(report ? reportOf(report, state.reading) : ["No report."]));
    const picker = must<HTMLElement>("[data-sample-pick]");
    picker.hidden = state.samples.length < 2;
    must("[data-sample-name]").textContent = `Sample ${chosen + 1} of ${state.samples.length}`;
  }

  function choose(index: number): void {
    chosen = index;
    table.clear();
    const time = replay.time;
    predicted(follower.now);
    replay.seek(time);
  }

  function ask(samples: number): void {
    if (!data?.may.predict || follower.waiting) return;
    chosen = 0;
    replay.pause();
    void follower.ask(id, samples);
  }

  function say(content: HTMLElement | null): void {
    said = content;
    const first = waits ?? said;
    if (first?.isConnected) return; // somebody may be typing there
    message.hidden = first === null;
    message.replaceChildren(el("div", {}, first));
  }

  function readout(film: { x: number; y: number } | null): void {
    const inside = film && film.x >= 0 && film.y >= 0 && film.x < viewer.view.columns && film.y < viewer.view.rows;
    must("[data-place]").textContent = inside ? `x ${Math.floor(film.x)}, y ${Math.floor(film.y)}` : "";
  }

  async function open(): Promise<void> {
    const film = data?.film;
    if (!film) return;
    try {
      await viewer.load(film);
      presets = presetsOf(film, () => viewer.range());
      presetChoice.replaceChildren(...presets.map(({ name }, index) => el("option", { value: index }, name)));
      refresh();
    } catch {
      presets = []; // the stage says why
    }
  }

  async function take(next: CaseData): Promise<void> {
    const sameFilm = data?.film?.sha256 === next.film?.sha256;
    data = next;
    must("[data-title]").textContent = next.title;
    document.title = `${next.title} · MedGaze`;
    must("[data-manage]").replaceChildren(manageOf(next, (changed) => void take(changed)) ?? "");
    must<HTMLElement>("[data-manage-box]").hidden = !must("[data-manage]").hasChildNodes();
    const held = next.film && next.state === "quarantined" ? next.problem : null;
    must("[data-held]").replaceChildren(held ? notice(held, "", el("a", { href: "/quarantine/" }, "Quarantine")) : "");
    status(follower.now);
    if (!next.may.confirm) waits = null;
    else if (!waits) {
      const form = await confirmForm(id, (changed) => void take(changed));
      if (data !== next) return; // it was answered elsewhere meanwhile
      waits = el("div", { class: "panel" }, form);
    }
    say(stateMessage(next) ?? (viewer.status === "shown" ? null : said));
    if (next.film && (!sameFilm || viewer.status === "empty")) void open();
    if (next.prediction && !follower.waiting) follower.follow(next.prediction);
  }

  async function fetchCase(): Promise<void> {
    try {
      await take(await api<CaseData>("GET", `/api/v1/cases/${id}/`));
    } catch (error) {
      say(notice(Problem.of(error).data));
    }
  }

  samplesChoice.addEventListener("change", () => ask(Number(samplesChoice.value)));
  presetChoice.addEventListener("change", () => room.preset(Number(presetChoice.value)));
  keepKeysForTheRoom();
  must("[data-sample-before]").addEventListener("click", () => room.sample(-1));
  must("[data-sample-next]").addEventListener("click", () => room.sample(1));
  live.follow(`case:${id}`, {
    event: (type, news) => {
      if (type === "case.state") void fetchCase();
      if (type === "case.prediction" && !follower.now.id) follower.follow(String(news.prediction));
    },
    refused: (code) => code === 404 && say(notice({ title: "This case is gone, or no longer for you." })),
  });
  Object.assign(window, { room: { viewer, overlay, replay } }); // for the browser tests and for the curious
  refresh();
  void fetchCase();
}

/** A control used by hand gives the focus back, so that space and arrows mean the replay again. */
function keepKeysForTheRoom(): void {
  let byHand = false;
  const done = (event: Event) => {
    const used =
      event.target instanceof Element ? event.target.closest<HTMLElement>("button, select, [type=range]") : null;
    if (byHand && used && !used.closest("[data-manage], dialog")) used.blur();
  };
  document.addEventListener("pointerdown", () => {
    byHand = true;
  });
  document.addEventListener("keydown", () => {
    byHand = false;
  });
  root.addEventListener("change", done);
  root.addEventListener("click", (event) => event.target instanceof HTMLSelectElement || done(event));
}

try {
  start();
} catch (error) {
  message.hidden = false;
  message.replaceChildren(el("div", {}, notice(Problem.of(error).data)));
}
