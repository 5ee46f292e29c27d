/** Model versions: what serves, what could, what served when; for admins also trainings and their schedules. */
import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { addKeys } from "../lib/keys";
import { Live, showLine } from "../lib/live";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { heard, isJudged, judgeWords } from "../models/judging";
import { fillOutcome, runTable } from "../models/runrows";
import { fold } from "../models/runstate";
import { Schedules } from "../models/schedules";
import { promote, rollBack, rollBackOf } from "../models/serving";
import type { Judging, Model, ModelList, ModelRow, Page, PromotionData, Run, RunRow } from "../models/types";
import {
  button,
  candidateView,
  championView,
  fillJudging,
  historyView,
  noCandidates,
  retiredView,
} from "../models/versions";
import { judged } from "../models/words";
import { Kept, settle } from "../releases/pieces";

const SOON_MS = 300; // several changes at once are one look
const RUNS = "/api/v1/training/runs/";
const main = must<HTMLElement>("[data-models]");
const admin = main.hasAttribute("data-admin");
const live = new Live();
const schedules = admin ? new Schedules(must("[data-schedules]")) : null;

/** Those of which nothing has changed stay as they are: their table open, a button with the focus. */
const candidates = new Kept<{ id: string; model: ModelRow; champion: ModelRow | null; first: boolean }>(
  ({ model, champion, first }) => candidateView(model, admin, actionsOf(model, champion), first),
);

function show(list: ModelList, champion: Model | null, history: PromotionData[]): void {
  const since = [...history].sort((a, b) => Number(b.id) - Number(a.id))[0] ?? null;
  const back = rollBackOf(history);
  must("[data-champion]").replaceChildren(
    ...(list.champion
      ? championView(champion ?? list.champion, since, [
          admin && back && button("Roll back …", () => void act(() => rollBack(back))),
        ])
      : [
          el(
            "p",
            { class: "soft" },
            "Nothing serves yet: no model is set up. See MEDGAZE_MODEL in the guide for operations.",
          ),
        ]),
  );
  const found = list.models
    .filter(({ state }) => state === "candidate")
    .map((model, at) => ({ id: model.sha256, model: still(model), champion: list.champion, first: at === 0 }));
  settle(must("[data-candidates]"), found.length > 0 ? candidates.show(found) : [noCandidates(admin)]);
  followJudging(list.models);
  must("[data-history]").replaceChildren(historyView(history));
  const retired = list.models.filter(({ state }) => state === "retired");
  must<HTMLElement>("[data-retired-box]").hidden = retired.length === 0;
  must("[data-retired-title]").textContent = `Retired (${retired.length})`;
  must("[data-retired]").replaceChildren(retiredView(retired));
}

/** A version without how far its judging is: that is written anew alone. */
const still = (model: ModelRow): ModelRow => ({
  ...model,
  judging: model.judging && { ...model.judging, progress: null, done: null, of: null, place: null },
});

let judgings: (() => void)[] = [];

/** What is being judged tells how far it is; when it is over the versions are read again. */
function followJudging(models: readonly ModelRow[]): void {
  for (const stop of judgings) stop();
  judgings = models.map(followOne);
}

function followOne(model: ModelRow): () => void {
  let { judging } = model;
  const box = document.querySelector<HTMLElement>(`[data-judging="${model.sha256}"]`);
  if (!box) return () => {};
  fillJudging(box, judging);
  if (!judging || !isJudged(model)) return () => {};
  const show = (now: Judging) => {
    judging = now;
    fillJudging(box, now);
  };
  return live.follow(judging.subject, {
    event: (type, data) => {
      if (judging) show(heard(judging, type, data));
      if (type === "job.state" || type.endsWith(".done")) soon();
    },
    queue: (place) => judging && show({ ...judging, place }),
  });
}

function actionsOf(model: ModelRow, champion: ModelRow | null): (Node | false)[] {
  if (!admin) return [];
  const word = judged(model.verdict);
  const judge = async () => {
    await api("POST", `/api/v1/models/${model.sha256}/judge/`, {});
    location.assign(`/models/${model.sha256}/`);
    return true;
  };
  const ask = judgeWords(model);
  return [
    ask !== null && button(ask, () => void act(judge), "tiny main"),
    button("Promote …", () => void act(() => promote(model, champion)), word === "passed" ? "tiny main" : "tiny"),
  ];
}

async function act(work: () => Promise<boolean>): Promise<void> {
  try {
    if (await work()) await load();
  } catch (error) {
    toast(Problem.of(error).words, "bad");
  }
}

async function load(): Promise<void> {
  try {
    const [list, history] = await Promise.all([
      api<ModelList>("GET", "/api/v1/models/"),
      api<PromotionData[]>("GET", "/api/v1/models/history/"),
    ]);
    const champion = list.champion ? await api<Model>("GET", `/api/v1/models/${list.champion.sha256}/`) : null;
    show(list, champion, history);
    must("[data-trouble]").replaceChildren();
  } catch (error) {
    must("[data-trouble]").replaceChildren(notice(Problem.of(error).data));
  }
}

// ---- trainings, for admins

let rows: RunRow[] = [];
let following: (() => void)[] = [];

async function loadRuns(address = RUNS): Promise<void> {
  const host = must("[data-runs]");
  try {
    const page = await api<Page<RunRow>>("GET", address);
    const before = JSON.stringify(rows);
    rows = address === RUNS ? page.results : [...rows, ...page.results];
    if (JSON.stringify(rows) === before && rows.length > 0) return;
    const more = page.next;
    host.replaceChildren(
      ...(rows.length > 0 ? [runTable(rows)] : [el("p", { class: "soft" }, "No training has run here yet.")]),
      ...(more
        ? [
            el(
              "p",
              {},
              button("Earlier ones", () => void loadRuns(more), "tiny"),
            ),
          ]
        : []),
    );
    follow();
  } catch (error) {
    host.replaceChildren(notice(Problem.of(error).data));
  }
}

/** What runs tells how far it is; when it is over the lists are read again. */
function follow(): void {
  for (const stop of following) stop();
  following = rows
    .filter(({ state }) => state === "queued" || state === "running")
    .map((row) => {
      let run: Run = { ...row, step: null, losses: [], validation: [], checkpoints: [] } as unknown as Run;
      return live.follow(`run:${row.id}`, {
        event: (type, data) => {
          run = fold(run, type, data);
          const box = document.querySelector<HTMLElement>(`[data-outcome="${row.id}"]`);
          if (box) fillOutcome(box, run);
          if (type === "job.state" || type === "run.done") soon();
        },
      });
    });
}

let due = 0;
function soon(): void {
  window.clearTimeout(due);
  due = window.setTimeout(() => {
    void load();
    if (admin) void loadRuns();
    void schedules?.load();
  }, SOON_MS);
}

showLine(live, must("[data-line]"));
live.follow("models", { event: soon });
void load();
if (admin) {
  void loadRuns();
  void schedules?.load();
  const go = main.dataset.new ?? "";
  addKeys({ keys: ["n"], group: "Models", what: "New run", run: () => location.assign(go) });
}
