/** Why a study cannot start, case by case, with what can be done about it. */
import { el } from "../lib/dom";
import type { PlannedCase, Reason } from "./types";

export interface Group {
  title: string;
  case: string | null;
  rater: number | null;
  words: string[];
}

/** Those of one case together, in the order in which they came; then those of one rater; the rest alone. */
export function grouped(found: readonly Reason[], cases: readonly PlannedCase[]): Group[] {
  const groups = new Map<string, Group>();
  for (const [index, { words, case: id, rater }] of found.entries()) {
    const person = Number.isInteger(Number(rater ?? Number.NaN)) ? Number(rater) : null;
    const key = id ? `case ${id}` : person !== null ? `rater ${person}` : `${index}`;
    const title = id ? (cases.find((one) => one.case === id)?.title ?? "A case") : "";
    const group = groups.get(key) ?? { title, case: id || null, rater: person, words: [] };
    if (!group.words.includes(words)) group.words.push(words);
    groups.set(key, group);
  }
  return [...groups.values()];
}

export interface Ways {
  take: (id: string) => void;
  untick: (rater: number) => void;
}

export function reasons(found: readonly Reason[], cases: readonly PlannedCase[], ways: Ways): HTMLElement[] {
  const groups = grouped(found, cases);
  if (groups.length === 0) return [];
  const button = (words: string, label: string, run: () => void) => {
    const made = el("button", { class: "button tiny", type: "button", "aria-label": label }, words);
    made.addEventListener("click", run);
    return made;
  };
  const line = ({ title, case: id, rater, words }: Group) =>
    el(
      "li",
      {},
      title && el("strong", {}, title),
      ...words.map((each) => el("p", {}, each)),
      id &&
        el(
          "div",
          { class: "row" },
          el("a", { class: "button tiny", href: `/cases/${id}/`, "aria-label": `Open ${title}` }, "Open the case"),
          button("Take it out", `Take ${title} out`, () => ways.take(id)),
        ),
      !id && rater !== null && button("Take this rater off", "Take this rater off", () => ways.untick(rater)),
    );
  return [el("h3", {}, "What stands in the way of starting"), el("ul", { class: "reasons" }, ...groups.map(line))];
}
