/** Why a study cannot start, with what can be done about it: what all cases lack of a source once, the rest by case. */
import { el } from "../lib/dom";
import type { PlannedCase, Reason } from "./types";

export interface Group {
  title: string;
  words: string[];
  case: string | null;
  rater: number | null;
  source: string | null; // label of the source that no case has a reading for
}

const LEAST = 2; // fewer cases than this are told one by one

/** Those of one case together, in the order in which they came; then those of one rater; the rest alone. */
export function grouped(found: readonly Reason[], cases: readonly PlannedCase[]): Group[] {
  const groups = new Map<string, Group>();
  const titles = new Map(cases.map(({ case: id, title }) => [id, title]));
  const plain = ({ words, case: id }: Reason) => {
    const title = id ? titles.get(id) : undefined;
    return title ? words.replace(` of “${title}”`, "") : words;
  };
  const everywhere = (reason: Reason) =>
    cases.length >= LEAST &&
    found.filter((one) => one.source === reason.source && plain(one) === plain(reason)).length >= cases.length;
  for (const [index, reason] of found.entries()) {
    const { case: id = null, rater = null, source = null } = reason;
    const all = Boolean(id && source && rater === null && everywhere(reason));
    const key = all ? `source ${source}` : id ? `case ${id}` : rater !== null ? `rater ${rater}` : `${index}`;
    const group: Group = groups.get(key) ?? {
      title: all ? `All ${cases.length} cases` : id ? (titles.get(id) ?? "A case") : "",
      words: [],
      case: all ? null : id,
      rater: id ? null : rater,
      source: all ? source : null,
    };
    const words = plain(reason);
    if (!group.words.includes(words)) group.words.push(words);
    groups.set(key, group);
  }
  return [...groups.values()];
}

export interface Ways {
  take: (id: string) => void; // a case out
  untick: (rater: number) => void;
  without: (source: string) => void;
}

export function reasons(found: readonly Reason[], cases: readonly PlannedCase[], ways: Ways): HTMLElement[] {
  const groups = grouped(found, cases);
  if (groups.length === 0) return [];
  const button = (words: string, label: string, run: () => void) => {
    const made = el("button", { class: "button tiny", type: "button", "aria-label": label }, words);
    made.addEventListener("click", run);
    return made;
  };
  const waysOf = ({ title, case: id, rater, source }: Group) => {
    if (source) return [button("Do without this source", `Do without ${source}`, () => ways.without(source))];
    if (rater !== null) return [button("Take this rater off", "Take this rater off", () => ways.untick(rater))];
    if (!id) return [];
    return [
      el("a", { class: "button tiny", href: `/cases/${id}/`, "aria-label": `Open ${title}` }, "Open the case"),
      button("Take it out", `Take ${title} out`, () => ways.take(id)),
    ];
  };
  const line = (group: Group) =>
    el(
      "li",
      {},
      group.title && el("strong", {}, group.title),
      ...group.words.map((each) => el("p", {}, each)),
      el("div", { class: "row" }, ...waysOf(group)),
    );
  return [el("h3", {}, "What stands in the way of starting"), el("ul", { class: "reasons" }, ...groups.map(line))];
}
