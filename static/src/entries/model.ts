/** One model version: its card, the gate's tables, where it served; for admins judging and promoting. */

import { api } from "../lib/api";
import { el, must } from "../lib/dom";
import { Live, showLine } from "../lib/live";
import { notice } from "../lib/notice";
import { count } from "../lib/plural";
import { Problem } from "../lib/problem";
import { toast } from "../lib/toast";
import { card } from "../models/cardview";
import { heard, isJudged, JUDGING, judgeWords, judgingView } from "../models/judging";
import { linesOf } from "../models/manifest";
import { parse } from "../models/markdown";
import { promote } from "../models/serving";
import type { Judging, Model, ModelList, ModelRow, VersionState } from "../models/types";
import { verdictView } from "../models/verdict";
import { addressOf, button, historyView, simulatedTag, sizeOf } from "../models/versions";
import { judged } from "../models/words";
import { JobProgress } from "../parts/jobprogress";
import { copyButton, when } from "../releases/pieces";

const SOON_MS = 300;
const STATES: Record<VersionState, string> = {
  candidate: "candidate: has never served",
  champion: "champion: serves now",
  retired: "retired: served once",
};
const main = must<HTMLElement>("[data-version]");
const admin = main.hasAttribute("data-admin");
const url = `/api/v1/models/${main.dataset.version}/`;
const live = new Live();
const judgingHost = el("div", { class: "judging", role: "status" });
const progress = new JobProgress(judgingHost, { ask: () => undefined, cancel: () => undefined });
let judging: Judging | null = null;
let following = ""; // the subject whose events tell of it
let unfollow = () => {};

function show(model: Model, champion: ModelRow | null): void {
  must("[data-title]").textContent = model.name;
  document.title = `${model.name} · MedGaze`;
  must("[data-badges]").replaceChildren(
    ...[
      simulatedTag(model.simulated),
      el("span", { class: "badge", "data-state": model.state === "champion" ? "done" : null }, STATES[model.state]),
    ].filter((one): one is HTMLElement => one !== false),
  );
  must("[data-facts]").replaceChildren(...facts(model));
  gate(model, champion);
  must("[data-card]").replaceChildren(
    model.card ? card(parse(model.card)) : el("p", { class: "soft" }, "This version came without a card."),
  );
  manifest(model);
  must<HTMLElement>("[data-served]").hidden = model.promotions.length === 0;
  must("[data-promotions]").replaceChildren(historyView(model.promotions, model.state === "champion"));
  must("[data-actions]").replaceChildren(...actions(model, champion));
  follow(model);
}

function facts(model: Model): Node[] {
  const { info, predictions } = model;
  const fact = (words: string, ...value: (Node | string)[]) => [el("dt", {}, words), el("dd", {}, ...value)];
  const said = (name: string) =>
    typeof info[name] === "string" || typeof info[name] === "number" ? String(info[name]) : "";
  return [
    ...fact(
      "sha256",
      el("span", { class: "mono" }, model.sha256),
      " ",
      copyButton(() => model.sha256, "sha256"),
    ),
    ...fact("Registered", when(model.created_at)),
    ...(model.parent ? fact("Trained from", el("a", { href: addressOf(model.parent) }, model.parent.name)) : []),
    ...(model.run && admin ? fact("By", el("a", { href: `/models/runs/${model.run}/` }, "its training")) : []),
    ...fact("Size", sizeOf(model)),
    ...(said("preset") ? fact("Preset", said("preset")) : []),
    ...(said("max_fixations") ? fact("Fixations", `at most ${said("max_fixations")}`) : []),
    ...(said("decode") ? fact("Decoding", said("decode")) : []),
    ...(said("language") ? fact("Reads reports by", said("language")) : []),
    ...(predictions === null ? [] : fact("Has predicted", count(predictions, "reading"))),
  ];
}

/** What its manifest says beside the card. */
function manifest({ scores, baselines = {}, notes = {} }: Model): void {
  const lines = [...linesOf(scores, ["scores"]), ...linesOf(baselines, ["baselines"]), ...linesOf(notes, ["notes"])];
  must<HTMLElement>("[data-manifest-box]").hidden = lines.length === 0;
  must("[data-manifest]").replaceChildren(
    ...lines.map(([names, value]) => el("tr", {}, el("td", {}, names.join(" · ")), el("td", { class: "num" }, value))),
  );
}

function gate(model: Model, champion: ModelRow | null): void {
  const [newest, ...earlier] = model.verdicts;
  const parts: Node[] = [];
  judging = model.judging;
  if (judging) {
    progress.show(judgingView(judging), JUDGING);
    parts.push(judgingHost);
  }
  if (newest) parts.push(verdictView(newest));
  else if (model.state === "champion") {
    parts.push(el("p", { class: "soft" }, "It serves; others are judged against it."));
  } else if (!judging) {
    parts.push(
      el(
        "p",
        { class: "soft" },
        `The gate has not judged it${champion ? ` against ${champion.name}` : ""}. Judging takes about a minute and changes nothing.`,
      ),
    );
  }
  if (earlier.length > 0) {
    parts.push(
      el(
        "details",
        {},
        el("summary", {}, `Earlier verdicts (${earlier.length})`),
        ...earlier.map((verdict) => el("div", { class: "panel" }, verdictView(verdict))),
      ),
    );
  }
  must("[data-gate]").replaceChildren(...parts);
}

function actions(model: Model, champion: ModelRow | null): Node[] {
  if (!admin || model.state === "champion") return [];
  const words = judgeWords(model);
  const judge = () => void act(() => api("POST", `${url}judge/`, {}));
  const serve = async () => {
    if (await promote(model, champion)) await load();
  };
  return [
    ...(words === null ? [] : [button(words, judge, "main")]),
    button("Promote …", () => void serve(), judged(model.verdict) === "passed" && !isJudged(model) ? "main" : ""),
  ];
}

async function act(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    toast(Problem.of(error).words, "bad");
  }
  await load();
}

/** How the judging goes; when it is over the version is read again. */
function follow(model: Model): void {
  const subject = admin && isJudged(model) ? (model.judging?.subject ?? "") : "";
  if (subject === following) return;
  unfollow();
  following = subject;
  unfollow = subject ? live.follow(subject, { event: goes, queue: (place) => goes("", { place }) }) : () => {};
}

function goes(type: string, data: Record<string, unknown>): void {
  if (!judging) return;
  judging = type ? heard(judging, type, data) : { ...judging, place: Number(data.place) };
  progress.show(judgingView(judging), JUDGING);
  if (type === "job.state" || type.endsWith(".done")) soon();
}

async function load(): Promise<void> {
  try {
    const [model, list] = await Promise.all([api<Model>("GET", url), api<ModelList>("GET", "/api/v1/models/")]);
    show(model, list.champion);
    must("[data-trouble]").replaceChildren();
  } catch (error) {
    must("[data-trouble]").replaceChildren(notice(Problem.of(error).data));
  }
}

let due = 0;
function soon(): void {
  window.clearTimeout(due);
  due = window.setTimeout(() => void load(), SOON_MS);
}

showLine(live, must("[data-line]"));
live.follow("models", { event: soon });
void load();
