import { beforeEach, expect, test } from "vitest";
import { before, fits, Shelf, withPrediction } from "./shelf";
import { BANDS, type Band, type LadderPage, type Row } from "./types";

let clock = 0; // s; every row that is made is newer than those before

function row(id: string, band: Band, place: number, more: Partial<Row> = {}): Row {
  clock += 1;
  return {
    case: id,
    title: `Case ${id}`,
    simulated: false,
    band,
    place,
    low: place - 1,
    high: place + 1,
    z: place,
    attempts: 3,
    successes: 1,
    comparisons: 0,
    predicted: null,
    parted: null,
    rated: false,
    findings: 1,
    normal: false,
    changed_at: new Date(1_780_000_000_000 + clock * 1000).toISOString(),
    ...more,
  };
}

const page = (rows: Row[], next: string | null = null): LadderPage => ({
  cases: 10,
  bands: [-2, -1, 1, 2],
  counts: [2, 2, 2, 2, 2],
  unread: 3,
  common: true,
  rows,
  next,
});
const ids = (band: Band) => shelf.of(band).rows.map((one) => one.case);
const counts = () => BANDS.slice(0, 5).map((band) => shelf.of(band).count);

let shelf: Shelf;

beforeEach(() => {
  shelf = new Shelf();
  shelf.load(5, page([row("a", 5, 3), row("b", 5, 2.5)]), true);
  shelf.load(4, page([row("c", 4, 1.8), row("d", 4, 1.4)], "cursor"), true); // more of band 4 lies below 1.4
  for (const band of [3, 2, 1] as const) shelf.load(band, page([]), true);
});

test("a row that moves within its band stands between those around it", () => {
  const move = shelf.move(row("b", 5, 3.5));
  expect(ids(5)).toEqual(["b", "a"]);
  expect(move).toMatchObject({ from: 5, shown: true, rose: true });
  expect(counts()).toEqual([2, 2, 2, 2, 2]);
});

test("a row that moves to another band leaves its old one, and both are counted anew", () => {
  expect(shelf.move(row("b", 4, 1.6))).toMatchObject({ from: 5, shown: true, rose: false });
  expect([ids(5), ids(4)]).toEqual([["a"], ["c", "b", "d"]]);
  expect(counts()).toEqual([1, 3, 2, 2, 2]);
});

test("a row that moves below what is loaded of a band leaves the page and is only counted", () => {
  expect(shelf.move(row("a", 4, 1.1))).toMatchObject({ from: 5, shown: false });
  expect([ids(5), ids(4)]).toEqual([["b"], ["c", "d"]]);
  expect(counts()).toEqual([1, 3, 2, 2, 2]);
  expect(shelf.of(4).unseen).toBe(1);
});

test("where all of a band is loaded, its last place is on the page", () => {
  expect(shelf.move(row("c", 5, 2.1)).shown).toBe(true);
  expect(ids(5)).toEqual(["a", "b", "c"]);
});

test("what is loaded reaches as far as the last page, also when its last row has moved away", () => {
  shelf.move(row("d", 5, 2.7));
  expect(shelf.move(row("e", 4, 1.5)).shown).toBe(true); // above 1.4, where the page ended
  expect(ids(4)).toEqual(["c", "e"]);
});

test("a row that was not loaded changes no count of the band that it came from", () => {
  expect(shelf.move(row("x", 5, 9))).toMatchObject({ from: null, shown: true, rose: null });
  expect(ids(5)[0]).toBe("x");
  expect(counts()).toEqual([2, 2, 2, 2, 2]);
});

test("news that is older than what is here changes nothing", () => {
  const old = row("a", 1, -3);
  shelf.move(row("a", 5, 2.2));
  expect(shelf.move(old)).toMatchObject({ row: { place: 2.2 }, rose: null });
  expect(ids(5)).toEqual(["b", "a"]);
  expect(ids(1)).toEqual([]);
});

test("a page that was read before a live row came does not take the row back", () => {
  const stale = row("a", 5, 3);
  shelf.move(row("a", 4, 1.5));
  shelf.load(5, page([stale, row("b", 5, 2.5)]), true);
  expect([ids(5), ids(4)]).toEqual([["b"], ["c", "a", "d"]]);
});

test("a page that was read after a live row came is believed", () => {
  shelf.move(row("a", 5, 2.2));
  shelf.load(5, page([row("a", 5, 4), row("b", 5, 2.5)]), true);
  expect(shelf.find("a")?.place).toBe(4);
});

test("a band that is begun anew keeps a live row that its page does not know yet", () => {
  const late = page([row("c", 4, 1.8), row("d", 4, 1.4)], "cursor");
  shelf.move(row("a", 4, 1.5));
  shelf.load(4, late, true);
  expect(ids(4)).toEqual(["c", "a", "d"]);
});

test("a row that is asked for anew is taken as it is now, though its place did not change", () => {
  const had = shelf.find("a") as Row;
  shelf.move({ ...had, findings: 2 });
  shelf.begin();
  shelf.load(5, page([{ ...had, findings: 3 }, row("b", 5, 2.5)]), true);
  expect(shelf.find("a")?.findings).toBe(3);
});

test("the whole ladder at once puts each row into its band, and what is not in it is gone", () => {
  shelf.begin();
  expect(shelf.loadTop(page([row("b", 5, 2.5), row("a", 3, 0), row("c", 3, -0.5)]))).toEqual([]);
  expect(BANDS.map(ids)).toEqual([["b"], [], ["a", "c"], [], [], []]);
});

test("what nobody has read or compared stands after all bands, and goes into one with its first attempt", () => {
  shelf.loadTop(page([row("a", 5, 3), row("new", 0, 0, { attempts: 0 })]));
  expect(shelf.rows.map((one) => one.case)).toEqual(["a", "new"]);
  expect(shelf.of(0).count).toBe(3);
  expect(shelf.move(row("new", 1, -0.5)).from).toBe(0);
  expect([ids(0), ids(1), shelf.of(0).count]).toEqual([[], ["new"], 2]);
});

test("the top of the ladder leaves the bands that it does not reach, and can go on in the one where it ends", () => {
  expect(shelf.loadTop(page([row("a", 5, 3), row("c", 4, 1.8)], "there"))).toEqual([3, 2, 1, 0]);
  expect([shelf.of(5).next, shelf.of(4).next]).toEqual([null, "there"]);
});

test("the next page goes on below, and a row that is here already stands once", () => {
  shelf.load(4, page([row("d", 4, 1.3), row("e", 4, 1.2)]), false);
  expect(ids(4)).toEqual(["c", "d", "e"]);
  expect(shelf.of(4).next).toBeNull();
});

test("the same place is ordered by the case's id", () => {
  expect(before({ place: 1, case: "a" }, { place: 1, case: "b" })).toBeLessThan(0);
  expect(before({ place: 2, case: "b" }, { place: 1, case: "a" })).toBeLessThan(0);
});

test("the filters look at the title without case, and at whether observed and predicted part", () => {
  const one = row("a", 5, 1, { title: "Left Effusion", parted: "harder" });
  expect(fits(one, { find: " effu ", parted: true })).toBe(true);
  expect(fits(one, { find: "nodule", parted: false })).toBe(false);
  expect(fits({ ...one, parted: null }, { find: "", parted: true })).toBe(false);
});

test("a live row keeps the prediction that was asked for, and parts from it by more than one SD", () => {
  const predicted = { seconds: 9, low: 8, high: 10, z: 1.2, fixations: 20, model: "m" };
  const had = row("a", 4, 1, { predicted, z: 1 });
  const { predicted: _, parted: __, rated: ___, ...live } = row("a", 1, -1, { z: 0.1 });
  expect(withPrediction(live, had, true)).toMatchObject({ predicted, parted: "easier" });
  expect(withPrediction({ ...live, z: 0.3 }, had, true).parted).toBeNull();
  expect(withPrediction({ ...live, z: 2.3 }, had, true).parted).toBe("harder");
  expect(withPrediction({ ...live, z: 2.3 }, had, false).parted).toBeNull();
  expect(withPrediction(live, undefined, true)).toMatchObject({ predicted: null, parted: null, rated: null });
  expect(withPrediction(live, row("a", 4, 1, { rated: true }), true).rated).toBe(true);
});
