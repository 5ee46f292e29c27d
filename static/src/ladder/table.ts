/**
 * The ladder as one table: five bands from the hardest to the easiest, in each the loaded rows by their place. A row
 * that moves glides to where it stands now; who asks for less motion sees it there at once.
 */
import { el, must, reducedMotion } from "../lib/dom";
import { count } from "../lib/plural";
import { axisPicture } from "./axis";
import { RowView } from "./rowview";
import { reachOf, type Standard, standardOf } from "./scale";
import { fits, type Shelf } from "./shelf";
import { BANDS, type Band, type Row } from "./types";
import { BAND_NAMES, observed } from "./words";

const GLIDE_MS = 600;
const COLUMNS = 6;

export interface Filters {
  find: string;
  parted: boolean;
}

export interface Told {
  open: (row: Row) => void;
  more: (band: Band) => void;
}

interface Section {
  body: HTMLTableSectionElement;
  counts: HTMLElement;
  none: HTMLElement;
  more: HTMLElement;
  button: HTMLButtonElement;
}

export class LadderTable {
  standard: Standard | null = null;
  filters: Filters = { find: "", parted: false };
  private reach = 0;
  private open: string | null = null;
  private readonly views = new Map<string, RowView>();
  private readonly sections = new Map<Band, Section>();
  private readonly axis: HTMLElement;

  constructor(
    host: HTMLTableElement,
    private readonly shelf: Shelf,
    told: Told,
  ) {
    this.axis = must("[data-axis]", host);
    for (const band of BANDS) this.sections.set(band, this.section(band, told));
    host.append(...BANDS.map((band) => this.part(band).body));
    host.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest<HTMLElement>("tr[data-case]") : null;
      const found = row && this.shelf.find(row.dataset.case ?? "");
      if (found) told.open(found);
    });
  }

  /** How many rows stand on the page with the filters as they are. */
  get shown(): number {
    return this.shelf.rows.filter((row) => fits(row, this.filters)).length;
  }

  /** Puts on the page what the shelf holds; rows that moved glide and are highlighted. */
  sync(moved: readonly string[] = []): void {
    const glides = moved.length > 0 && !reducedMotion();
    const tops = glides ? this.tops() : null;
    this.rescale();
    const focused = document.activeElement;
    const before = new Set(this.views.keys());
    for (const row of this.shelf.rows) before.delete(row.case);
    for (const id of before) {
      this.views.get(id)?.element.remove();
      this.views.delete(id);
    }
    for (const id of moved) this.views.get(id)?.element.remove(); // then all others stand in their order
    for (const band of BANDS) this.fill(band);
    if (focused instanceof HTMLElement && focused.isConnected) focused.focus({ preventScroll: true });
    for (const id of moved) this.views.get(id)?.highlight();
    if (tops) this.glide(tops, moved);
  }

  /** The row whose reasons are open. */
  mark(id: string | null): void {
    for (const [which, on] of [
      [this.open, false],
      [id, true],
    ] as const) {
      const element = which && this.views.get(which)?.element;
      if (element) element.toggleAttribute("data-open", on);
    }
    this.open = id;
  }

  /** Goes so many rows on from the focused one (or the open one) and gives the row that has the focus now. */
  step(by: number): Row | null {
    const shown = this.shelf.rows.filter((row) => fits(row, this.filters));
    const focused = document.activeElement?.closest<HTMLElement>("tr[data-case]")?.dataset.case ?? this.open;
    const at = shown.findIndex((row) => row.case === focused);
    const to = shown[at < 0 ? 0 : Math.min(Math.max(at + by, 0), shown.length - 1)];
    if (!to) return null;
    this.focus(to.case);
    return to;
  }

  /** Gives a row the focus, with its neighbours in sight. */
  focus(id: string): void {
    const view = this.views.get(id);
    view?.element.scrollIntoView({ block: "nearest" });
    view?.button.focus({ preventScroll: true });
  }

  jump(band: Band): void {
    const { body } = this.part(band);
    body.scrollIntoView({ block: "start" });
    body.querySelector<HTMLElement>("tr:not([hidden]) button")?.focus({ preventScroll: true });
  }

  private rescale(): void {
    const rows = this.shelf.rows;
    const standard = standardOf(rows);
    const reach = reachOf(rows.flatMap((row) => [observed(row) ? row.z : null, row.predicted?.z ?? null]));
    const same =
      this.standard &&
      standard &&
      Math.abs(standard.sd / this.standard.sd - 1) < 1e-3 &&
      Math.abs(standard.mean - this.standard.mean) < 1e-3 * standard.sd;
    const anew = reach !== this.reach || !(same || standard === this.standard);
    if (!anew) return;
    this.standard = standard;
    if (reach !== this.reach) this.axis.replaceChildren(axisPicture(reach));
    this.reach = reach;
    for (const view of this.views.values()) view.draw(view.row, standard, reach);
  }

  private fill(band: Band): void {
    const { rows, count: total, next, loaded, unseen } = this.shelf.of(band);
    const { body, counts, none, more, button } = this.part(band);
    let shown = 0;
    let at: ChildNode | null = none.nextSibling;
    for (const row of rows) {
      const view = this.view(row);
      const visible = fits(row, this.filters);
      view.element.hidden = !visible;
      if (visible) shown += 1;
      if (at === view.element) at = at.nextSibling;
      else body.insertBefore(view.element, at);
    }
    const filtered = this.filters.parted || this.filters.find.trim() !== "";
    counts.replaceChildren(
      `${count(total, "case")}${filtered ? `, ${shown} shown` : ""}`,
      ...(unseen > 0
        ? [el("span", { class: "soft" }, ` · ${count(unseen, "change")} among rows that are not loaded`)]
        : []),
    );
    none.hidden = shown > 0;
    must("td", none).textContent = !loaded
      ? "Loading …"
      : rows.length > 0
        ? "None of the loaded rows fits."
        : band === 0
          ? "Every case was read or compared often enough."
          : "No case is in this band.";
    more.hidden = next === null;
    button.textContent = `Load more: ${rows.length.toLocaleString("en-GB")} of ${count(total, "case")} are here`;
  }

  private view(row: Row): RowView {
    const view = this.views.get(row.case) ?? new RowView(row);
    if (!this.views.has(row.case) || view.row !== row) view.draw(row, this.standard, this.reach);
    this.views.set(row.case, view);
    view.element.toggleAttribute("data-open", row.case === this.open);
    return view;
  }

  private tops(): Map<string, number> {
    return new Map([...this.views].map(([id, { element }]) => [id, element.getBoundingClientRect().top]));
  }

  private glide(tops: ReadonlyMap<string, number>, moved: readonly string[]): void {
    const height = window.innerHeight;
    const sees = (top: number) => top > -80 && top < height;
    for (const [id, { element }] of this.views) {
      const was = tops.get(id);
      if (was === undefined || element.hidden) continue;
      const is = element.getBoundingClientRect().top;
      if (Math.abs(is - was) < 1 || !(sees(is) || sees(was))) continue;
      const above = moved.includes(id);
      element.classList.toggle("gliding", above);
      const glide = element.animate([{ transform: `translateY(${was - is}px)` }, { transform: "none" }], {
        duration: GLIDE_MS,
        easing: "cubic-bezier(.3, 0, .2, 1)",
      });
      glide.addEventListener("finish", () => element.classList.remove("gliding"));
    }
  }

  private part(band: Band): Section {
    return this.sections.get(band) as Section;
  }

  private section(band: Band, told: Told): Section {
    const counts = el("span", { class: "numbers", "data-count": band }, "…");
    const head = el(
      "tr",
      { class: "band", role: "row" },
      el(
        "th",
        { scope: "rowgroup", colspan: COLUMNS, role: "rowheader" },
        el("span", { class: "band-number", "aria-hidden": "true" }, band === 0 ? "–" : String(band)),
        el("strong", {}, BAND_NAMES[band]),
        " ",
        counts,
      ),
    );
    const none = el(
      "tr",
      { role: "row", hidden: true },
      el("td", { colspan: COLUMNS, role: "cell", class: "soft small" }),
    );
    const button = el("button", { class: "button tiny", type: "button", "data-more": band });
    const more = el("tr", { role: "row", hidden: true }, el("td", { colspan: COLUMNS, role: "cell" }, button));
    button.addEventListener("click", () => told.more(band));
    const body = el("tbody", { role: "rowgroup", "data-band": band }, head, none, more);
    return { body, counts, none, more, button };
  }
}
