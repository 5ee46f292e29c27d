/** Small things that every page of research data is made of. */
import { api } from "../lib/api";
import { el } from "../lib/dom";
import { noun } from "../lib/plural";
import { toast } from "../lib/toast";
import type { Page } from "./types";
import { digestWords, whenWords } from "./words";

/** All rows of a list, page after page. */
export async function everything<T>(url: string): Promise<T[]> {
  const rows: T[] = [];
  for (let page: string | null = url; page; ) {
    const answer: Page<T> | T[] = await api("GET", page);
    if (Array.isArray(answer)) return answer;
    rows.push(...answer.results);
    page = answer.next;
  }
  return rows;
}

/** A moment as people say it; exact where one points. */
export function when(iso: string): HTMLElement {
  const exact = new Date(iso).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "long" });
  return el("time", { datetime: iso, title: exact }, whenWords(iso));
}

/** A number with its name, for `figures`: under 1 stands "reader", under 2 "readers". */
export const numbered = (n: number, one: string, several?: string): readonly [name: string, value: number] => [
  noun(n, one, several),
  n,
];

/** Numbers with their names, in a row. */
export function figures(rows: readonly (readonly [name: string, value: number | string])[]): HTMLElement {
  return el(
    "dl",
    { class: "figures" },
    ...rows.map(([name, value]) =>
      el(
        "div",
        {},
        el("dt", {}, name),
        el("dd", { class: "numbers" }, typeof value === "number" ? value.toLocaleString("en-GB") : value),
      ),
    ),
  );
}

/** A button that puts a text on the clipboard, and says so. */
export function copyButton(text: () => string, what: string, words = "Copy"): HTMLButtonElement {
  const button = el("button", { class: "button tiny", type: "button", "aria-label": `${words} ${what}` }, words);
  button.addEventListener("click", async () => {
    if (await copied(text())) toast(`Copied: ${what}.`);
    else toast(`The browser did not allow copying. Select ${what} and copy it by hand.`, "bad");
  });
  return button;
}

/** Puts a text on the clipboard as it stands; gives whether that was allowed. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text); // there on https and on this machine only
    return true;
  } catch {
    return copiedBySelecting(text);
  }
}

function copiedBySelecting(text: string): boolean {
  const before = document.activeElement;
  const box = el("textarea", { class: "unseen", readonly: true, "aria-hidden": "true", tabindex: -1 });
  box.value = text;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

/** Text to take along as it stands, with its button. */
export function code(text: string, what: string): HTMLElement {
  return el(
    "div",
    { class: "code" },
    el("pre", { tabindex: 0, role: "group", "aria-label": what }, text),
    copyButton(() => text, what),
  );
}

/** A digest in short, all of it where one points and on the clipboard. */
export function digest(sha256: string, of: string): HTMLElement {
  return el(
    "span",
    { class: "digest" },
    el("span", { class: "mono small", title: sha256 }, digestWords(sha256)),
    copyButton(() => sha256, `sha256 of ${of}`),
  );
}

/** A table whose rows become blocks where it is narrow: each cell knows its column's name for that, and what is a table
 * says so, since blocks would not. */
export function table(
  columns: readonly { name: string; num?: boolean; unseen?: boolean }[],
  rows: readonly { attributes?: Record<string, string | boolean | null>; cells: (Node | string)[][] }[],
  caption = "",
): HTMLElement {
  const head = columns.map(({ name, num, unseen }) =>
    el(
      "th",
      { scope: "col", role: "columnheader", class: num && "num" },
      unseen ? el("span", { class: "unseen" }, name) : name,
    ),
  );
  const body = rows.map(({ attributes, cells }) =>
    el(
      "tr",
      { role: "row", ...attributes },
      ...cells.map((cell, at) => {
        const column = columns[at];
        const shown = { role: "cell", class: column?.num && "num", "data-name": column?.unseen ? "" : column?.name };
        return el("td", shown, el("div", {}, ...cell));
      }),
    ),
  );
  return el(
    "div",
    { class: "scroll" },
    el(
      "table",
      { class: "table stacks", role: "table" },
      caption !== "" && el("caption", { class: "unseen" }, caption),
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...head)),
      el("tbody", { role: "rowgroup" }, ...body),
    ),
  );
}

/** Rows by id that stay the same elements while nothing about them changed, so that a focused button keeps it. */
export class Kept<T extends { id: string }> {
  private readonly made = new Map<string, { key: string; element: HTMLElement }>();

  constructor(private readonly make: (item: T) => HTMLElement) {}

  show(items: readonly T[]): HTMLElement[] {
    const ids = new Set(items.map(({ id }) => id));
    for (const id of [...this.made.keys()]) if (!ids.has(id)) this.made.delete(id);
    return items.map((item) => {
      const key = JSON.stringify(item);
      const known = this.made.get(item.id);
      if (known?.key === key) return known.element;
      const element = this.make(item);
      this.made.set(item.id, { key, element });
      return element;
    });
  }
}

/** Puts these children into the host; what stands there already is not touched. */
export function settle(host: Element, children: readonly Node[]): void {
  for (const child of [...host.childNodes]) if (!children.includes(child)) child.remove();
  for (const [at, child] of children.entries()) {
    if (host.childNodes[at] !== child) host.insertBefore(child, host.childNodes[at] ?? null);
  }
}
