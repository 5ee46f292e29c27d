/** Versions on the page: the champion with the beginning of its card, candidates with the gate's table, the history. */
import { api } from "../lib/api";
import { el, icon } from "../lib/dom";
import { notice } from "../lib/notice";
import { Problem } from "../lib/problem";
import { when } from "../releases/pieces";
import { sizeWords } from "../releases/words";
import { card } from "./cardview";
import { isJudged, judgingLine } from "./judging";
import { opening, parse } from "./markdown";
import type { Judging, Model, ModelRow, PromotionData, VersionRef } from "./types";
import { passedBadge, verdictView } from "./verdict";
import { judged, short } from "./words";

export const addressOf = ({ sha256 }: Pick<VersionRef, "sha256">): string => `/models/${sha256}/`;

export const sizeOf = ({ size_bytes }: Pick<ModelRow, "size_bytes">): string =>
  size_bytes === null ? "size unknown" : sizeWords(size_bytes);

/** A button that runs something; the rest of the page need not know more of it. */
export function button(words: string, run: () => void, kind = ""): HTMLButtonElement {
  const made = el("button", { class: ["button", kind].filter(Boolean).join(" "), type: "button" }, words);
  made.addEventListener("click", run);
  return made;
}

export const simulatedTag = (simulated: boolean): HTMLElement | false =>
  simulated && el("span", { class: "badge tag" }, "learnt from simulated readings");

/** The gate's word on a version, as a badge. */
function judgedBadge({ verdict, judging }: ModelRow): HTMLElement {
  if (isJudged({ judging })) return el("span", { class: "badge", "data-state": judging?.state }, "being judged");
  const words = judged(verdict);
  if (words === "passed" || words === "failed") return passedBadge(words === "passed", `gate: ${words}`);
  return el(
    "span",
    { class: "badge" },
    words === "not judged" ? "not judged yet" : "judged against an earlier champion",
  );
}

/** On top of the page: which version serves, since when and why, and what its card begins with. */
export function championView(
  model: Model | ModelRow,
  since: PromotionData | null,
  actions: (Node | false | null)[],
): HTMLElement[] {
  return [
    el(
      "div",
      { class: "row" },
      el("h2", { class: "grow soft", id: "champion-title" }, "The champion: new predictions are made by it"),
      simulatedTag(model.simulated),
    ),
    el("p", { class: "big" }, el("a", { href: addressOf(model) }, model.name)),
    el(
      "p",
      { class: "soft small" },
      since ? "Serves since " : "Registered ",
      when(since?.at ?? model.created_at),
      since && ` · ${how(since)}`,
      since?.reason && ` · “${since.reason}”`,
      ` · ${sizeOf(model)} · `,
      el("span", { class: "mono", title: model.sha256 }, short(model.sha256)),
    ),
    "card" in model && model.card
      ? card(opening(parse(model.card)))
      : el("p", { class: "soft small" }, "It came without a card; its figures stand on its page."),
    el(
      "div",
      { class: "row" },
      el("a", { class: "button", href: addressOf(model) }, "Card and figures"),
      ...actions.filter((one) => one !== false && one !== null),
    ),
  ];
}

/** A candidate, with the gate's table in a fold that fetches it when it is opened. */
export function candidateView(model: ModelRow, admin: boolean, actions: (Node | false)[], open: boolean): HTMLElement {
  const inside = el("div", { "aria-live": "polite" }, el("p", { class: "soft small" }, "Looking …"));
  const fold = el("details", { open }, el("summary", {}, "The gate’s table"), inside);
  let asked = false;
  const look = async () => {
    if (asked || !fold.open) return;
    asked = true;
    try {
      const { verdicts } = await api<Model>("GET", `/api/v1/models/${model.sha256}/`);
      const newest = verdicts[0];
      inside.replaceChildren(
        newest ? verdictView(newest) : el("p", { class: "soft small" }, "The gate has not judged it."),
      );
    } catch (error) {
      asked = false;
      inside.replaceChildren(notice(Problem.of(error).data));
    }
  };
  fold.addEventListener("toggle", () => void look());
  if (open) void look();
  return el(
    "article",
    { class: "panel candidate", "data-version": model.sha256 },
    el(
      "div",
      { class: "row" },
      el("h3", { class: "grow" }, el("a", { href: addressOf(model) }, model.name)),
      judgedBadge(model),
      simulatedTag(model.simulated),
    ),
    el(
      "p",
      { class: "soft small" },
      model.parent ? "From " : "Registered from a folder",
      model.parent && el("a", { href: addressOf(model.parent) }, model.parent.name),
      model.run && " by ",
      model.run && (admin ? el("a", { href: `/models/runs/${model.run}/` }, "a training") : "a training"),
      ", ",
      when(model.created_at),
      ` · ${sizeOf(model)} · `,
      el("span", { class: "mono", title: model.sha256 }, short(model.sha256)),
    ),
    model.verdict && fold,
    judgingBox(model),
    actions.some(Boolean) && el("div", { class: "row" }, ...actions),
  );
}

/** How the judging of a version goes; it carries the version's sha256, so that it can be written anew alone. */
function judgingBox({ sha256, judging }: ModelRow): HTMLElement {
  const box = el("div", { class: "outcome", "data-judging": sha256 });
  fillJudging(box, judging);
  return box;
}

export function fillJudging(box: HTMLElement, judging: Judging | null): void {
  const runs = judging?.state === "running";
  box.hidden = judging === null;
  box.replaceChildren(
    ...(judging ? [el("span", { class: "small" }, judgingLine(judging))] : []),
    ...(runs ? [el("progress", { max: 1, value: judging.progress, "aria-label": "The gate’s progress" })] : []),
  );
}

export const noCandidates = (admin: boolean): HTMLElement =>
  el(
    "div",
    { class: "empty" },
    icon("path"),
    el("h3", {}, "No candidate"),
    el(
      "p",
      {},
      admin
        ? "A training makes one, and so does registering a folder. The gate compares it with the champion on films that none of them learnt from; then you decide which serves."
        : "When a training has made a new version, it stands here with the gate’s verdict until an administrator decides whether it serves.",
    ),
  );

/** The line of versions: what served when, the newest on top; `serves`: whether the newest of them serves now. */
export function historyView(history: readonly PromotionData[], serves = true): HTMLElement {
  if (history.length === 0) return el("p", { class: "soft" }, "Nothing has been promoted yet.");
  const sorted = [...history].sort((a, b) => Number(b.id) - Number(a.id));
  const undone = new Set(sorted.map(({ undoes }) => undoes).filter((id) => id !== null));
  return el(
    "ol",
    { class: "versions" },
    ...sorted.map((promotion, at) => {
      const { version, reason } = promotion;
      const now = serves && at === 0;
      return el(
        "li",
        { "data-now": now, "data-undone": undone.has(promotion.id) },
        el(
          "p",
          {},
          el("a", { href: addressOf(version) }, version.name),
          " ",
          now && el("span", { class: "badge", "data-state": "done" }, "serves now"),
          undone.has(promotion.id) && el("span", { class: "badge" }, "taken back"),
        ),
        el(
          "p",
          { class: "small soft" },
          when(promotion.at),
          ` · ${how(promotion)}`,
          reason && el("span", { class: "why" }, ` · “${reason}”`),
        ),
      );
    }),
  );
}

function how({ previous, undoes, by }: PromotionData): string {
  if (!previous) return by ? `the first, by ${by}` : "the first, with the server";
  const who = by ?? "the command line";
  return undoes === null
    ? `promoted by ${who}, instead of ${previous.name}`
    : `rolled back by ${who}, from ${previous.name}`;
}

/** Versions that served once and no longer do. */
export const retiredView = (models: readonly ModelRow[]): HTMLElement =>
  el(
    "ul",
    { class: "plain" },
    ...models.map((model) =>
      el(
        "li",
        {},
        el("a", { href: addressOf(model) }, model.name),
        el("span", { class: "small soft" }, " registered ", when(model.created_at), " "),
        el("span", { class: "mono small soft", title: model.sha256 }, short(model.sha256)),
      ),
    ),
  );
