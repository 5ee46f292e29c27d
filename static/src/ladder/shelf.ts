/**
 * The rows of the ladder that are loaded, band by band from the hardest to the easiest, and how many there are in all.
 * A band is loaded from its top, so that a row that moves has a place among the loaded ones or lies below them.
 */
import { BANDS, type Band, type LadderPage, type LiveRow, type Row } from "./types";
import type { Move } from "./words";

interface Stack {
  rows: Row[];
  count: number;
  next: string | null; // the cursor of what is not loaded yet
  edge: Row | null; // the last row that came with a page: what lies below it is not loaded while there is a next
  unseen: number; // changes among rows that are not loaded
  loaded: boolean;
}

/** Harder first; the same place by the case's id, as the server does. */
export function before(a: Pick<Row, "place" | "case">, b: Pick<Row, "place" | "case">): number {
  if (a.place !== b.place) return b.place - a.place;
  return a.case < b.case ? -1 : a.case > b.case ? 1 : 0;
}

const PARTED_SD = 1; // as the server has it (ml.ladder.place)

/** A live row with what was known of its prediction. */
export function withPrediction(row: LiveRow, had: Row | undefined, common: boolean): Row {
  const predicted = had?.predicted ?? null;
  const apart = (row.z ?? 0) - (predicted?.z ?? 0);
  const parts =
    common && row.band > 0 && row.z !== null && typeof predicted?.z === "number" && Math.abs(apart) > PARTED_SD;
  return { ...row, predicted, rated: had?.rated ?? null, parted: parts ? (apart > 0 ? "harder" : "easier") : null };
}

const older = (a: Row, b: Row): boolean => Date.parse(a.changed_at) < Date.parse(b.changed_at);

export class Shelf {
  cases = 0;
  common = false;
  private readonly stacks = new Map<Band, Stack>(BANDS.map((band) => [band, empty()]));
  private readonly loaded = new Map<string, Row>(); // by case
  private readonly news = new Map<string, Row>(); // what came live since pages were asked for: they may not know it

  of(band: Band): Readonly<Stack> {
    return this.stack(band);
  }

  /** All loaded rows as they stand on the page. */
  get rows(): Row[] {
    return BANDS.flatMap((band) => this.stack(band).rows);
  }

  find(id: string): Row | undefined {
    return this.loaded.get(id);
  }

  /** How many there are, in all and by band, as the server has just counted. */
  counted({ cases, counts, unread }: Pick<LadderPage, "cases" | "counts" | "unread">): void {
    this.cases = cases;
    for (const band of BANDS) this.stack(band).count = band === 0 ? unread : (counts[band - 1] ?? 0);
  }

  /** Before the bands are asked for anew. */
  begin(): void {
    this.news.clear();
  }

  /**
   * A page of the whole ladder from its top: the bands that lie in it, and the begin of the one where it ends. Gives
   * the bands that it does not reach; without a next page it reaches all, and what is not in it is gone.
   */
  loadTop(page: LadderPage): Band[] {
    const last = page.next === null ? 0 : (page.rows[page.rows.length - 1]?.band ?? 5);
    for (const band of BANDS.filter((one) => one >= last)) {
      const rows = page.rows.filter((row) => row.band === band);
      this.load(band, { ...page, rows, next: band === last ? page.next : null }, true);
    }
    return BANDS.filter((band) => band < last);
  }

  /** A page of a band; the first one (no cursor was asked with) begins the band anew. */
  load(band: Band, page: LadderPage, first: boolean): void {
    this.counted(page);
    this.common = page.common;
    const stack = this.stack(band);
    if (first) {
      for (const row of [...stack.rows]) this.take(row);
      Object.assign(stack, { unseen: 0, edge: null });
    }
    stack.next = page.next;
    stack.edge = page.rows[page.rows.length - 1] ?? stack.edge;
    stack.loaded = true;
    for (const row of page.rows) this.place(row);
    for (const row of this.news.values()) {
      const had = this.find(row.case);
      if (!had || !older(row, had)) this.place(row);
    }
  }

  /** A row as it is now. It goes where it belongs among the loaded rows, or off the page when it belongs below them. */
  move(row: Row): Move {
    const had = this.find(row.case);
    if (had && older(row, had)) return { row: had, from: had.band, shown: true, rose: null };
    this.news.set(row.case, row);
    const shown = this.place(row);
    if (had && had.band !== row.band) {
      this.stack(had.band).count -= 1;
      this.stack(row.band).count += 1;
    }
    if (!shown) this.stack(row.band).unseen += 1;
    const rose = had && had.place !== row.place ? row.place > had.place : null;
    return { row, from: had?.band ?? null, shown, rose };
  }

  /** Puts a row where it belongs; gives whether that is among the loaded ones. */
  private place(row: Row): boolean {
    const had = this.find(row.case);
    if (had) this.take(had);
    const stack = this.stack(row.band);
    const below = stack.next !== null && stack.edge !== null && before(row, stack.edge) > 0;
    if (below || !stack.loaded) return false;
    const at = stack.rows.findIndex((other) => before(row, other) < 0);
    stack.rows.splice(at < 0 ? stack.rows.length : at, 0, row);
    this.loaded.set(row.case, row);
    return true;
  }

  private take(row: Row): void {
    const stack = this.stack(row.band);
    stack.rows = stack.rows.filter((other) => other.case !== row.case);
    this.loaded.delete(row.case);
  }

  private stack(band: Band): Stack {
    return this.stacks.get(band) as Stack;
  }
}

function empty(): Stack {
  return { rows: [], count: 0, next: null, edge: null, unseen: 0, loaded: false };
}

/** Whether a row is among those that the filters ask for. */
export function fits(row: Row, { find, parted }: { find: string; parted: boolean }): boolean {
  return (!parted || row.parted !== null) && row.title.toLowerCase().includes(find.trim().toLowerCase());
}
