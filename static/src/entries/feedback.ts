/** Feedback on a committed attempt: found and missed, the order, other readings on one clock, all as tables too. */
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { keepKeysFor } from "../lib/focus";
import { addKeys } from "../lib/keys";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { ReplayBar } from "../parts/replaybar";
import { type Tool, Toolbar } from "../parts/toolbar";
import { dragTools, filmTools, overlayTools, replayTools } from "../parts/tools";
import { WindowBox } from "../parts/windowbox";
import { Board, type Under } from "../practice/board";
import { CompareTab } from "../practice/comparetab";
import type { FeedbackData } from "../practice/feedbacktypes";
import { FindingsTab } from "../practice/findingstab";
import { orderTab } from "../practice/ordertab";
import { fullScreen, levels } from "../practice/readingtools";
import { summaryOf } from "../practice/summary";
import { TablesTab } from "../practice/tablestab";
import { Tabs } from "../practice/tabs";
import type { AttemptData } from "../practice/types";

const POLL_MS = 3_000;
const POLLS = 20;
/** What lies over the film when a tab is opened; everything can be switched by its key. */
const OVER: Record<string, Under & { path: boolean }> = {
  findings: { findings: true, marks: true, regions: false, path: false },
  order: { findings: false, marks: false, regions: true, path: false },
  compare: { findings: true, marks: false, regions: false, path: true },
  tables: { findings: true, marks: true, regions: false, path: true },
};

function start(): void {
  const main = must<HTMLElement>("[data-attempt]");
  const url = `/api/v1/practice/attempts/${main.dataset.attempt}/`;
  const board = new Board(must("[data-viewports]"));
  const { viewport, clock, under } = board;
  const bar = new ReplayBar(must("[data-replay]"), clock);
  const box = new WindowBox(must("[data-window]"), viewport.viewer);
  const findings = new FindingsTab(
    { finding: (finding) => board.show(finding), mark: (index) => board.showMark(index) },
    () => undefined,
  );
  const order = el("div");
  const compare = new CompareTab(board);
  const tables = new TablesTab(clock);
  const tabs = new Tabs(
    must("[data-tabs]"),
    [
      { name: "findings", title: "Findings", panel: findings.element },
      { name: "order", title: "Order", panel: order },
      { name: "compare", title: "Compare", panel: compare.element },
      { name: "tables", title: "Tables", panel: tables.element },
    ],
    (name) => {
      const { path, ...below } = OVER[name] ?? (OVER.findings as Under & { path: boolean });
      Object.assign(under, below);
      viewport.shown.path = path;
      if (name !== "compare" && board.sided) void compare.over();
      if (path && clock.time === 0) clock.toEnd();
      board.refresh();
    },
  );

  const flip = (name: keyof Under, key: string, what: string, icon: string): Tool => ({
    name,
    keys: [key],
    group: "Over the film",
    what,
    icon,
    run: () => {
      under[name] = !under[name];
      board.refresh();
    },
    pressed: () => under[name],
  });
  const toolbar = new Toolbar(
    must("[data-tools]"),
    dragTools(viewport),
    filmTools(viewport),
    [
      flip("findings", "k", "The key’s findings", "ellipse"),
      flip("marks", "a", "Your marks", "mark"),
      flip("regions", "g", "Regions", "regions"),
    ],
    overlayTools(viewport).filter(({ name }) => !["others", "ellipses"].includes(name)),
    levels(viewport, box).filter(({ name }) => name.startsWith("preset")),
    replayTools({ replay: clock } as typeof viewport, bar),
  );
  viewport.onChange(() => toolbar.refresh());
  clock.onChange(() => {
    if (clock.playing) viewport.shown.path = true; // whoever plays wants to see it
  });
  const form = must<HTMLFormElement>("[data-next-case]");
  addKeys(
    ...["findings", "order", "compare", "tables"].map((name, index) => ({
      keys: [String(index + 1)],
      group: "Feedback",
      what: `Tab ${name[0]?.toUpperCase()}${name.slice(1)}`,
      run: () => tabs.open(name),
    })),
    { keys: ["Enter"], group: "Feedback", what: "Next case", run: ({ repeat }) => repeat || form.requestSubmit() },
    { keys: ["Shift+Enter"], group: "Feedback", what: "Full screen", run: fullScreen },
  );
  keepKeysFor(main, "[data-tabs]");

  function show(data: FeedbackData, attempt: AttemptData): void {
    must("[data-summary]").replaceChildren(...summaryOf(data, attempt));
    findings.show(data);
    order.replaceChildren(...orderTab(data));
    board.set(data);
    compare.show(data);
    tables.show(data);
    if (viewport.shown.path && !clock.playing) clock.toEnd();
    board.refresh();
  }

  async function open(): Promise<void> {
    try {
      const [data, attempt] = await Promise.all([
        api<FeedbackData>("GET", `${url}feedback/`),
        api<AttemptData>("GET", url),
      ]);
      show(data, attempt);
      if (!attempt.film) viewport.say(notice({ title: "The film is gone.", detail: "It was deleted or hidden." }));
      else if (await board.open(attempt.film)) box.film(attempt.film);
      void wait(data, attempt);
    } catch (error) {
      viewport.say(notice(Problem.of(error).data));
    }
  }

  /** Until the predicted reading and the regions are there. */
  async function wait(first: FeedbackData, attempt: AttemptData): Promise<void> {
    let data = first;
    const lacks = ({ model, prediction, regions }: FeedbackData) =>
      (!model && ["queued", "running", "asking"].includes(prediction.state)) ||
      (Object.keys(regions.boxes).length === 0 && regions.problem.includes("not found yet"));
    for (let polls = 0; polls < POLLS && lacks(data); polls++) {
      await new Promise((done) => setTimeout(done, POLL_MS));
      try {
        const next = await api<FeedbackData>("GET", `${url}feedback/`);
        if (!lacks(next) || next.model?.sha256 !== data.model?.sha256) show(next, attempt);
        data = next;
      } catch {
        // The next try may succeed; what is there stays.
      }
    }
  }

  Object.assign(window, { feedback: { board, viewport, viewer: viewport.viewer, clock } }); // for the tests and the curious
  void open();
}

try {
  start();
} catch (error) {
  must("[data-viewports]").replaceChildren(notice(Problem.of(error).data));
}
