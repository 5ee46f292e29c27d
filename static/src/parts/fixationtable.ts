/**
 * The fixations as a table, for those who cannot see the picture and for exact numbers; a row jumps the replay there.
 * Of several scanpaths each has its own table under a tab, and the open tab is the one that leads.
 */
import { el } from "../lib/dom";
import type { Fixation } from "../lib/types";
import { region } from "./regions";
import type { Replay } from "./replay";
import { swatch } from "./swatch";
import { currentAt, nameOf, type Track } from "./track";

const HEADS: [string, string][] = [
  ["No.", "num"],
  ["Region", ""],
  ["Onset\u00a0s", "num"],
  ["Lasts\u00a0s", "num"],
];
let made = 0; // for ids that are the page's own

export class FixationTable {
  private readonly id = `fixations-${++made}`;
  private readonly tabs = el("div", { class: "tabs", role: "tablist", "aria-label": "Fixations of", hidden: true });
  private readonly body = el("div", { class: "fixation-scroll" });
  private readonly forget: () => void;
  private sheets: Sheet[] = [];

  constructor(
    private readonly host: HTMLElement,
    private readonly replay: Replay,
  ) {
    this.tabs.addEventListener("keydown", (event) => this.key(event));
    host.replaceChildren(this.tabs, this.body);
    this.forget = replay.onChange(() => this.update());
    this.update();
  }

  destroy(): void {
    this.forget();
    this.host.replaceChildren();
  }

  private update(): void {
    const { tracks, lead, time } = this.replay;
    const names = (all: readonly { track: Track }[]) => JSON.stringify(all.map(({ track }) => [track.id, track.label]));
    if (tracks.length === 0 || names(this.sheets) !== names(tracks.map((track) => ({ track })))) this.rebuild(tracks);
    for (const [index, sheet] of this.sheets.entries()) {
      sheet.fill(tracks[index] as Track);
      sheet.tab.setAttribute("aria-selected", String(index === lead));
      sheet.tab.tabIndex = index === lead ? 0 : -1;
      sheet.show(index === lead);
      sheet.mark(currentAt((tracks[index] as Track).fixations, time), this.body);
    }
  }

  private rebuild(tracks: readonly Track[]): void {
    const focused = this.tabs.contains(document.activeElement);
    this.sheets = tracks.map((track, index) => {
      const jump = (fixation: number) => {
        this.replay.follow(index);
        this.replay.jump(fixation);
      };
      return new Sheet(track, `${this.id}-${index}`, tracks.length > 1, jump, () => this.replay.follow(index));
    });
    this.tabs.hidden = tracks.length < 2;
    this.tabs.replaceChildren(...this.sheets.map(({ tab }) => tab));
    this.body.replaceChildren(...this.sheets.map(({ panel }) => panel));
    if (tracks.length === 0) this.body.append(el("p", { class: "small soft" }, "None to show."));
    if (focused) this.sheets[this.replay.lead]?.tab.focus();
  }

  /** As tabs are walked: arrows, Home, End. */
  private key(event: KeyboardEvent): void {
    const { lead } = this.replay;
    const last = this.sheets.length - 1;
    const to = { ArrowLeft: lead - 1, ArrowRight: lead + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // the same keys step the replay
    this.replay.follow(Math.min(Math.max(to, 0), last));
    this.sheets[this.replay.lead]?.tab.focus();
  }
}

/** One scanpath: its tab and its table. */
class Sheet {
  readonly tab: HTMLButtonElement;
  readonly panel: HTMLElement;
  private readonly rows = el("tbody", { "data-fixations": true });
  private shown: readonly Fixation[] = [];
  private marked = -1;

  constructor(
    readonly track: Track,
    id: string,
    several: boolean,
    private readonly jump: (index: number) => void,
    choose: () => void,
  ) {
    const tab = { class: "tab", type: "button", role: "tab", id: `${id}-tab`, "aria-controls": id };
    this.tab = el("button", tab, swatch(track.style), track.label);
    this.tab.title = nameOf(track);
    this.tab.addEventListener("click", choose);
    const table = el(
      "table",
      { class: "fixations", "aria-label": nameOf(track) },
      el("thead", {}, el("tr", {}, ...HEADS.map(([words, kind]) => el("th", { class: kind, scope: "col" }, words)))),
      this.rows,
    );
    this.panel = el("div", several ? { id, role: "tabpanel", "aria-labelledby": `${id}-tab` } : { id }, table);
  }

  /** Adds what is new; starts again when what is there is another path. */
  fill({ fixations }: Track): void {
    if (fixations === this.shown) return;
    const same = this.shown.every(({ x, y, onset_s }, index) => {
      const now = fixations[index];
      return now && now.x === x && now.y === y && now.onset_s === onset_s;
    });
    if (!same) {
      this.shown = [];
      this.marked = -1;
      this.rows.replaceChildren();
    }
    for (let index = this.shown.length; index < fixations.length; index++) {
      this.rows.append(this.row(fixations[index] as Fixation, index));
    }
    this.shown = fixations;
  }

  show(visible: boolean): void {
    if (this.panel.hidden === visible) this.marked = -1; // the current row comes into sight again
    this.panel.hidden = !visible;
  }

  mark(index: number, scroller: HTMLElement): void {
    if (index === this.marked) return;
    for (const before of this.rows.querySelectorAll("[aria-current]")) before.removeAttribute("aria-current");
    const row = this.rows.rows[index];
    row?.setAttribute("aria-current", "true");
    this.marked = index;
    if (!row || this.panel.hidden) return;
    const box = row.getBoundingClientRect();
    const around = scroller.getBoundingClientRect();
    const head = this.panel.querySelector("thead")?.getBoundingClientRect().height ?? 0; // it stays in sight
    if (box.bottom > around.bottom) scroller.scrollTop += box.bottom - around.bottom + 8;
    else if (box.top < around.top + head) scroller.scrollTop += box.top - around.top - head;
  }

  private row(fixation: Fixation, index: number): HTMLTableRowElement {
    const button = el("button", { type: "button", "aria-label": `Show fixation ${index + 1}` }, String(index + 1));
    const { duration_low_s: low, duration_high_s: high } = fixation;
    const between = low != null && high != null ? `90 %: ${low.toFixed(2)} to ${high.toFixed(2)} s` : null;
    const row = el(
      "tr",
      { "data-x": fixation.x, "data-y": fixation.y },
      el("td", { class: "num" }, button),
      el("td", { title: `x ${fixation.x.toFixed(3)}, y ${fixation.y.toFixed(3)}` }, region(fixation.x, fixation.y)),
      el("td", { class: "num" }, fixation.onset_s.toFixed(2)),
      el("td", { class: "num", title: between }, fixation.duration_s.toFixed(2)),
    );
    row.addEventListener("click", () => this.jump(index));
    return row;
  }
}
