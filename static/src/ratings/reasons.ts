/** Why a study cannot start, or what to know before it does, with what can be done about it: what holds for all cases once, the rest case by case. */

import { el } from "../lib/dom";
import { count } from "../lib/plural";
import { ask } from "../parts/ask";
import type { PlannedCase, Reason } from "./types";

export interface Group {
  title: string;
  words: string[];
  case: string | null;
  rater: number | null; // who could be taken off
  known: boolean; // and can be taken all the same
  source: string | null; // label of the source that could be done without
}

const LEAST = 2; // fewer cases than this are told one by one

/** What holds for all cases once; else those of one case together; then those of one rater; the rest alone. */
export function grouped(found: readonly Reason[], cases: readonly PlannedCase[]): Group[] {
  const groups = new Map<string, Group>();
  const titles = new Map(cases.map(({ case: id, title }) => [id, title]));
  const plain = (reason: Reason, instead = "") => {
    const title = reason.case ? titles.get(reason.case) : undefined;
    if (!title) return reason.words;
    return reason.words.replace(` of “${title}”:`, ":").replace(`“${title}”`, instead || `“${title}”`);
  };
  const key = (reason: Reason) => JSON.stringify([reason.source, reason.rater, plain(reason, "these cases")]);
  const times = new Map<string, number>();
  for (const reason of found) times.set(key(reason), (times.get(key(reason)) ?? 0) + 1);
  for (const [index, reason] of found.entries()) {
    const { case: id = null, rater = null, source = null } = reason;
    const all = id !== null && cases.length >= LEAST && (times.get(key(reason)) ?? 0) >= cases.length;
    const place = all ? key(reason) : id ? `case ${id}` : rater !== null ? `rater ${rater}` : `${index}`;
    const title = all ? `All ${count(cases.length, "case")}` : id ? (titles.get(id) ?? "A case") : "";
    const group = groups.get(place) ?? {
      title,
      words: [],
      case: all ? null : id,
      rater: null,
      known: false,
      source: null,
    };
    const words = all ? plain(reason, "these cases") : plain(reason);
    if (!group.words.includes(words)) group.words.push(words);
    group.rater ??= rater;
    group.known ||= reason.known ?? false;
    if (all) group.source = source;
    groups.set(place, group);
  }
  return [...groups.values()];
}

/** Whether the organiser takes somebody who may know readings again. */
export function takeKnowing(name: string, why = ""): Promise<boolean> {
  return ask({
    title: `Take ${name} all the same?`,
    body: [
      ...(why ? [el("p", {}, why)] : []),
      el(
        "p",
        {},
        "They have seen readings of these films with the names of their sources, and may know them again: then they do not rate them blind. The protocol and the results say that you took them.",
      ),
    ],
    yes: "Take them",
    no: "Cancel",
  });
}

export interface Ways {
  take: (id: string) => void; // a case out
  untick: (rater: number) => void;
  allTheSame?: (rater: number) => void; // takes who may know readings again
  without: (source: string) => void;
}

export function reasons(
  title: string,
  found: readonly Reason[],
  cases: readonly PlannedCase[],
  ways: Ways,
): HTMLElement[] {
  const groups = grouped(found, cases);
  if (groups.length === 0) return [];
  const button = (words: string, label: string, run: () => void) => {
    const made = el("button", { class: "button tiny", type: "button", "aria-label": label }, words);
    made.addEventListener("click", run);
    return made;
  };
  const waysOf = ({ title, case: id, rater, known, source }: Group) => [
    id && el("a", { class: "button tiny", href: `/cases/${id}/`, "aria-label": `Open ${title}` }, "Open the case"),
    id && button("Take it out", `Take ${title} out`, () => ways.take(id)),
    source && button("Do without this source", `Do without ${source}`, () => ways.without(source)),
    rater !== null && button("Take this rater off", "Take this rater off", () => ways.untick(rater)),
    rater !== null &&
      known &&
      ways.allTheSame &&
      button("Take them all the same", "Take this rater all the same", () => ways.allTheSame?.(rater)),
  ];
  const line = (group: Group) =>
    el(
      "li",
      {},
      group.title && el("strong", {}, group.title),
      ...group.words.map((each) => el("p", {}, each)),
      el("div", { class: "row" }, ...waysOf(group)),
    );
  const out = groups.flatMap(({ case: id }) => (id ? [id] : []));
  const all =
    out.length > LEAST &&
    button(`Take these ${out.length} cases out`, `Take the ${out.length} cases that stand in the way out`, () => {
      for (const id of out) ways.take(id);
    });
  return [el("h3", {}, title), ...(all ? [el("p", {}, all)] : []), el("ul", { class: "reasons" }, ...groups.map(line))];
}
