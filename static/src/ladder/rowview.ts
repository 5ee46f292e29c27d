/** One case as a row of the table: its title opens the reasons, its picture and its numbers say the same. */
import { el } from "../lib/dom";
import type { Standard } from "./scale";
import { TrackPicture } from "./track";
import type { Row } from "./types";
import { FEW, intervalWords, observed, signed, tooSeldom, unobserved, unpredicted } from "./words";

const SAID_MS = 2_000; // how long a row that moved is highlighted

export class RowView {
  readonly element: HTMLTableRowElement;
  readonly button = el("button", { type: "button", class: "ladder-title" });
  private readonly picture = new TrackPicture();
  private readonly tag = el("span", { class: "badge tag", hidden: true }, "simulated");
  private readonly seen = el("td", { class: "num", role: "cell", "data-name": "Observed, SD" });
  private readonly guess = el("td", { class: "num", role: "cell", "data-name": "Predicted, SD" });
  private readonly attempts = el("td", { class: "num", role: "cell", "data-name": "First attempts" });
  private readonly comparisons = el("td", { class: "num", role: "cell", "data-name": "Comparisons" });
  private told = 0;

  constructor(public row: Row) {
    const track = el("td", { class: "ladder-cell", role: "presentation" });
    track.append(this.picture.element);
    this.element = el(
      "tr",
      { "data-case": row.case, role: "row" },
      el("th", { scope: "row", role: "rowheader" }, this.button, this.tag),
      track,
      this.seen,
      this.guess,
      this.attempts,
      this.comparisons,
    );
  }

  draw(row: Row, standard: Standard | null, reach: number): void {
    this.row = row;
    this.element.dataset.parted = row.parted ?? "";
    this.button.textContent = row.title;
    this.tag.hidden = !row.simulated;
    const few = tooSeldom(row);
    this.element.toggleAttribute("data-few", few);
    this.picture.draw(row, standard, reach);
    const seen = observed(row) && row.z !== null;
    this.seen.replaceChildren(
      seen ? signed(row.z ?? 0) : el("span", { class: "soft small" }, unobserved(row)),
      ...(few ? [el("span", { class: "under" }, FEW)] : []),
      ...(seen && standard ? [el("span", { class: "under" }, intervalWords(row, standard))] : []),
    );
    const z = row.predicted?.z ?? null;
    this.guess.replaceChildren(
      z === null ? el("span", { class: "soft small" }, unpredicted(row)) : signed(z),
      ...(row.parted ? [partedWords(row.parted)] : []),
    );
    this.attempts.textContent = String(row.attempts);
    this.attempts.title = row.attempts > 0 ? `${row.successes} of ${row.attempts} succeeded` : "";
    this.comparisons.textContent = String(row.comparisons);
  }

  /** Shows for two seconds that this row has news. */
  highlight(): void {
    window.clearTimeout(this.told);
    this.element.dataset.moved = "yes";
    this.told = window.setTimeout(() => {
      delete this.element.dataset.moved;
    }, SAID_MS);
  }
}

/** "▲ harder than predicted": told by sign and word. */
export function partedWords(parted: "harder" | "easier"): HTMLElement {
  const sign = el("span", { "aria-hidden": "true" }, parted === "harder" ? "▲ " : "▼ ");
  return el("span", { class: "under parted" }, sign, `${parted} than predicted`);
}
