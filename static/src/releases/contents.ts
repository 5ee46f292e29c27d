/** What is in a release: counts, sources, what was asked for, what is different, what each column means. */

import { el } from "../lib/dom";
import { count } from "../lib/plural";
import { figures, numbered, table } from "./pieces";
import { queryWords } from "./query";
import type { Column, Dictionary, Release } from "./types";
import { sinceWords, sourceName } from "./words";

export function contents(release: Release): HTMLElement {
  const { counts, query, since, predictions, ratings } = { ...release, ...release.counts };
  const difference = sinceWords(since);
  return section(
    "contents",
    "What is in it",
    figures([
      numbered(counts.cases, "case"),
      numbered(counts.readings, "reading"),
      numbered(counts.readers, "reader"),
      ...(counts.fixations ? [numbered(counts.fixations, "fixation")] : []),
    ]),
    bySource(release.by_source),
    el(
      "p",
      { class: "small soft" },
      [
        `Asked for: ${queryWords(query)}.`,
        predictions ? ` ${count(predictions, "predicted reading")}.` : "",
        ratings ? ` ${count(ratings, "rating")}.` : "",
        release.simulated ? " Readers or films of it are simulated; the tables say which." : "",
      ].join(""),
    ),
    difference !== "" && el("p", { "data-since": true }, difference),
  );
}

function bySource(sources: Record<string, number>): HTMLElement {
  const rows = Object.entries(sources).sort(([, a], [, b]) => b - a);
  const all = rows.reduce((sum, [, n]) => sum + n, 0);
  return table(
    [{ name: "Source of the gaze" }, { name: "Readings", num: true }, { name: "Share" }],
    rows.map(([source, n]) => ({
      attributes: { "data-source": source },
      cells: [
        [sourceName(source)],
        [n.toLocaleString("en-GB")],
        [
          el(
            "span",
            { class: "share" },
            el("progress", { max: Math.max(all, 1), value: n, "aria-hidden": "true" }),
            percent(n, all),
          ),
        ],
      ],
    })),
    "Readings by source",
  );
}

const percent = (n: number, all: number): string => (all > 0 ? `${Math.round((100 * n) / all)} %` : "–");

/** The data dictionary: a table a file, a row a column. */
export function dictionary({ tables, sources }: Dictionary): HTMLElement | false {
  const files = Object.entries(tables ?? {});
  if (files.length === 0) return false;
  return section(
    "dictionary",
    "Data dictionary",
    el(
      "p",
      { class: "soft small" },
      "It also lies in the release as dictionary.json. Places are fractions of the film, x right and y down; times are seconds from film onset.",
    ),
    ...files.map(([file, { meaning, columns }]) =>
      fold(file, `${meaning} ${count(columns.length, "column")}.`, columnTable(columns, file)),
    ),
    sources && fold("sources", "How the gaze of a reading was found.", sourceTable(sources)),
  );
}

function columnTable(columns: readonly Column[], file: string): HTMLElement {
  return table(
    [{ name: "Column" }, { name: "Type" }, { name: "Unit" }, { name: "Meaning" }],
    columns.map(({ name, type, unit, meaning, may_be_blank }) => ({
      cells: [
        [el("span", { class: "mono" }, name)],
        [type],
        [unit || "–"],
        [meaning, may_be_blank ? el("span", { class: "soft" }, " May be blank.") : ""],
      ],
    })),
    `Columns of ${file}`,
  );
}

function sourceTable(sources: Record<string, string>): HTMLElement {
  return table(
    [{ name: "Source" }, { name: "Meaning" }],
    Object.entries(sources).map(([source, meaning]) => ({
      cells: [[el("span", { class: "mono" }, source)], [meaning]],
    })),
    "Sources of gaze",
  );
}

export function section(
  id: string,
  title: string,
  ...children: (Node | string | null | undefined | false)[]
): HTMLElement {
  return el(
    "section",
    { class: "panel", "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title` }, title),
    ...children,
  );
}

export function fold(name: string, words: string, content: HTMLElement): HTMLElement {
  return el(
    "details",
    { class: "fold", "data-file": name },
    el("summary", {}, el("span", { class: "mono" }, name), el("span", { class: "soft small" }, ` ${words}`)),
    content,
  );
}
