/** A table that is a block a row where there is little room, each cell under its column's name. */
import { el } from "../lib/dom";

export interface Column {
  words: string;
  num?: boolean;
  wide?: boolean; // of a row's block it takes the whole width
}

type Cell = Node | string;

/** The roles are said again, since tables that are laid out as blocks lose theirs. The first cell heads its row. */
export function stackTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
): HTMLElement {
  const row = (cells: readonly Cell[]) =>
    el(
      "tr",
      { role: "row" },
      ...cells.map((cell, at) => {
        const { words = "", num, wide } = columns[at] ?? {};
        const kind = [num && "num", wide && "wide-cell"].filter(Boolean).join(" ") || null;
        return at === 0
          ? el("th", { scope: "row", role: "rowheader", class: kind }, cell)
          : el("td", { role: "cell", class: kind, "data-name": words }, cell);
      }),
    );
  return el(
    "table",
    { class: "table stacked", role: "table" },
    el("caption", { class: "unseen" }, caption),
    el(
      "thead",
      { role: "rowgroup" },
      el(
        "tr",
        { role: "row" },
        ...columns.map(({ words, num }) =>
          el("th", { scope: "col", role: "columnheader", class: num ? "num" : null }, words),
        ),
      ),
    ),
    el("tbody", { role: "rowgroup" }, ...rows.map(row)),
  );
}
