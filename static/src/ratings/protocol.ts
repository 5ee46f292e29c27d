/** The frozen plan of a study that has been started, to be read. */
import { day } from "../lib/day";
import { el } from "../lib/dom";
import type { Choices, StudyData } from "./types";
import { many, sizeWords, widthWords } from "./words";

export function protocol(study: StudyData, choices: Choices | null): HTMLElement {
  const { cases, sources, raters, repeats, aperture, width } = study;
  const label = ({ kind, label }: StudyData["sources"][number]) =>
    label || choices?.kinds.find((one) => one.kind === kind)?.label || kind;
  const person = ({ name, added_at, dropped_at }: StudyData["raters"][number]) =>
    [
      name,
      study.started_at && added_at && added_at > study.started_at && `added ${day(added_at)}`,
      dropped_at && `dropped ${day(dropped_at)}`,
    ]
      .filter(Boolean)
      .join(", ");
  const list = (words: string[]) => el("ul", { class: "plain" }, ...words.map((each) => el("li", {}, each)));
  return el(
    "div",
    { class: "panel protocol" },
    el("p", { class: "soft" }, `Frozen since ${day(study.started_at)}.`),
    el("p", {}, sizeWords(cases.length, sources.length, repeats)),
    width.words && el("p", {}, widthWords(study)),
    el("h3", {}, many(sources.length, "source")),
    list(sources.map(label)),
    el(
      "p",
      { class: "small soft" },
      aperture
        ? "Dwells of the sharp disc may serve as human readings."
        : "Human readings are eye tracker recordings only.",
    ),
    el("h3", {}, many(raters.length, "rater")),
    list(raters.map(person)),
    el("h3", {}, many(cases.length, "case")),
    el(
      "ul",
      { class: "plain" },
      ...cases.map((one) =>
        el("li", {}, one.case ? el("a", { href: `/cases/${one.case}/` }, one.title) : `${one.title} (deleted)`),
      ),
    ),
  );
}
