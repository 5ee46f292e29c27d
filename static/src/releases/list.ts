/** The releases as a list, newest first; for admins also those that hold readings of people who withdrew. */

import { el } from "../lib/dom";
import type { Live } from "../lib/live";
import { count } from "../lib/plural";
import { simulatedBadge } from "../lib/simulated";
import { active, Making } from "./making";
import { table, when } from "./pieces";
import type { ReleaseRow } from "./types";
import { sizeWords, sourcesWords, withWords } from "./words";

export const RELEASES = "/api/v1/releases/";

export class ReleaseList {
  readonly element = el("div", { "data-list": true });
  private shown = "";
  private following: (() => void)[] = [];

  /** `over` is called when a release that was being made is ready, or failed. */
  constructor(
    private readonly live: Live,
    private readonly over: () => void,
    private readonly admin = false,
  ) {}

  show(releases: readonly ReleaseRow[]): void {
    const key = JSON.stringify(releases.map((release) => ({ ...release, job: release.job?.state })));
    if (key === this.shown) return; // what is being made keeps itself up to date
    this.shown = key;
    for (const stop of this.following) stop();
    this.following = [];
    const columns = [
      { name: "Release" },
      { name: "Made" },
      { name: "Cases", num: true },
      { name: "Readings", num: true },
      { name: "Readers", num: true },
      { name: "Fixations", num: true },
      { name: "Size", num: true },
      ...(this.admin ? [{ name: "Withdrawn since", num: true }] : []),
    ];
    const rows = releases.map((release) => row(release, this.admin, this.making(release)));
    this.element.replaceChildren(table(columns, rows, "Releases, the newest first"));
  }

  private making({ id, job }: ReleaseRow): Node | string {
    if (!job || !active(job)) return "";
    const making = new Making(job);
    this.following.push(making.follow(this.live, id, this.over));
    return making.element;
  }
}

function row(release: ReleaseRow, admin: boolean, making: Node | string) {
  const { id, version, name, state, simulated, counts, by_source, size_bytes, created_at, holds_withdrawn } = release;
  const number = (n: number) => [n.toLocaleString("en-GB")];
  const ready = state === "ready";
  const what: (Node | string)[] = [
    el("a", { href: `/releases/${id}/` }, `${version} · ${name}`),
    " ",
    simulatedBadge(simulated, release.partly_simulated) || "",
    ready
      ? ""
      : el(
          "span",
          { class: "badge", "data-state": state === "making" ? "running" : "failed" },
          state === "making" ? "being made" : "failed",
        ),
    ready
      ? el(
          "span",
          { class: "small soft release-under" },
          `${sourcesWords(by_source) || "no readings"}; ${withWords(release)}`,
        )
      : making,
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
