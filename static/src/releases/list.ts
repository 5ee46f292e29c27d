/** The releases as a list, newest first; for admins also those that hold readings of people who withdrew. */
import { count } from "../ladder/words";
import { el } from "../lib/dom";
import { stageWords } from "./making";
import { simulatedBadge, table, when } from "./pieces";
import type { ReleaseRow } from "./types";
import { sizeWords, sourcesWords, withWords } from "./words";

export const RELEASES = "/api/v1/releases/";

export function releaseTable(releases: readonly ReleaseRow[], admin = false): HTMLElement {
  const columns = [
    { name: "Release" },
    { name: "Made" },
    { name: "Cases", num: true },
    { name: "Readings", num: true },
    { name: "Readers", num: true },
    { name: "Fixations", num: true },
    { name: "Size", num: true },
    ...(admin ? [{ name: "Withdrawn since", num: true }] : []),
  ];
  return table(
    columns,
    releases.map((release) => row(release, admin)),
    "Releases, the newest first",
  );
}

function row(release: ReleaseRow, admin: boolean) {
  const { id, version, name, state, simulated, counts, by_source, size_bytes, created_at, job, holds_withdrawn } =
    release;
  const number = (n: number) => [n.toLocaleString("en-GB")];
  const ready = state === "ready";
  const what: (Node | string)[] = [
    el("a", { href: `/releases/${id}/` }, `${version} · ${name}`),
    " ",
    simulatedBadge(simulated) || "",
    ready
      ? ""
      : el(
          "span",
          { class: "badge", "data-state": state === "making" ? "running" : "failed" },
          state === "making" ? "being made" : "failed",
        ),
    el(
      "span",
      { class: "small soft release-under" },
      ready
        ? `${sourcesWords(by_source) || "no readings"}; ${withWords(release)}`
        : state === "making" && job
          ? stageWords(job)
          : "",
    ),
  ];
  const held = holds_withdrawn
    ? el("strong", { class: "held" }, count(holds_withdrawn, "reading"))
    : el("span", { class: "soft" }, "none");
  return {
    attributes: { "data-release": id },
    cells: [
      what,
      [when(created_at)],
      ...(ready
        ? [
            number(counts.cases),
            number(counts.readings),
            number(counts.readers),
            number(counts.fixations),
            [sizeWords(size_bytes)],
          ]
        : [["–"], ["–"], ["–"], ["–"], ["–"]]),
      ...(admin ? [[held]] : []),
    ],
  };
}
