/** The lists of a plan: cases with what there is to read of each, sources and raters as check lists. */
import { el, icon } from "../lib/dom";
import type { Choices, Kind, Offered, PlannedCase } from "./types";
import { many } from "./words";

/** "2 readings by people, predicted"; what there is of a case, for any source. */
export function readingsWords({ human, simulated, model }: PlannedCase["readings"]): string {
  const parts = [
    human > 0 && many(human, "reading"),
    simulated > 0 && many(simulated, "simulated reading"),
    model && "predicted",
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(" · ") : "no reading yet";
}

/** "2 human readings · answer key"; what there is of a case that may be taken. */
export function offeredWords({ human, simulated, key, private: whose }: Offered): string {
  const parts = [
    human > 0 && many(human, "human reading"),
    simulated > 0 && many(simulated, "simulated reading"),
    key && "answer key",
  ].filter(Boolean);
  return [parts.length > 0 ? parts.join(" · ") : "no reading or key yet", privateWords(whose)]
    .filter(Boolean)
    .join(" · ");
}

/** Said of an upload that its owner has kept to themselves; "" of what is published. */
export const privateWords = (whose: string | null): string =>
  whose === null ? "" : `not published: raters will see this film of ${whose}`;

/** `known`: the server has said what there is of it; `refused`: this case alone stands in the way of starting. */
export function caseRow(one: PlannedCase, known: boolean, refused: boolean, remove: () => void): HTMLElement {
  const title = one.case ? el("a", { href: `/cases/${one.case}/` }, one.title) : one.title;
  const label = `Take “${one.title}” out`;
  const button = el("button", { class: "tool", type: "button", title: "Take out", "aria-label": label }, icon("close"));
  button.addEventListener("click", remove);
  return el(
    "li",
    { class: "study-case", "data-case": one.case ?? "", "data-refused": refused },
    el(
      "span",
      { class: "thumb" },
      one.thumbnail ? el("img", { src: one.thumbnail, alt: "", width: 40, height: 40, loading: "lazy" }) : icon("film"),
    ),
    el(
      "div",
      { class: "grow" },
      el("h3", {}, title),
      el(
        "p",
        { class: "small soft" },
        known ? readingsWords(one.readings) : "…",
        one.simulated && " · simulated film",
        one.private !== null && el("strong", {}, ` · ${privateWords(one.private)}`),
        refused && el("strong", {}, " · stands in the way"),
      ),
    ),
    button,
  );
}

interface Ticked {
  kind: Kind;
  model?: string;
}

/** One box a source, with what it is; one a model version for predicted readings. */
export function sourceChecks(
  { kinds, models }: Choices,
  chosen: readonly Ticked[],
  toggled: (source: Ticked, on: boolean) => void,
): HTMLElement[] {
  return kinds.flatMap(({ kind, label, words }) => {
    if (kind !== "model") return [check({ kind }, label, words)];
    if (models.length === 0) return [el("p", { class: "small soft" }, `${label}: no model version is there yet.`)];
    return models.map(({ sha256, name, simulated }) =>
      check(
        { kind, model: sha256 },
        `${label}: ${name}`,
        simulated ? `${words} It learnt from simulated readings.` : words,
        `sha256 ${sha256}`,
      ),
    );
  });

  function check(source: Ticked, label: string, words: string, title?: string): HTMLElement {
    const on = chosen.some(({ kind, model }) => kind === source.kind && model === source.model);
    const value = source.model ? `model ${source.model}` : source.kind;
    const box = el("input", { type: "checkbox", name: "source", value, checked: on });
    box.addEventListener("change", () => toggled(source, box.checked));
    return el(
      "label",
      { class: "check-words", title },
      box,
      el("span", {}, el("strong", {}, label), el("span", { class: "small soft" }, words)),
    );
  }
}

export function raterChecks(
  people: Choices["raters"],
  chosen: readonly number[],
  toggled: (id: number, on: boolean) => void,
): HTMLElement[] {
  if (people.length === 0) return [el("p", { class: "small soft" }, "Nobody is faculty or admin here yet.")];
  return people.map(({ id, name }) => {
    const box = el("input", { type: "checkbox", name: "rater", value: id, checked: chosen.includes(id) });
    box.addEventListener("change", () => toggled(id, box.checked));
    return el("label", { class: "check" }, box, name);
  });
}
