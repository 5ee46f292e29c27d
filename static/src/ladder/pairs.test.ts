import { beforeEach, expect, test } from "vitest";
import { Problem } from "../lib/problem";
import { Pairs, same } from "./pairs";
import type { Pair, PairAnswer } from "./types";

const side = (id: string) => ({ case: id, film: { sha256: id } }) as Pair["left"];
const pair = (left: string, right: string): Pair => ({ left: side(left), right: side(right) });
const name = (one: Pair | null) => one && `${one.left.case}${one.right.case}`;

let log: string[]; // what was asked of the server, in order
let open: Pair[]; // what the server would give, in order; an answered pair goes
let refusal: Problem | null;
let knows: boolean; // whether the server passes over the pair that is shown
let pairs: Pairs;
let hold: Promise<void>;

const settled = () => new Promise((done) => setTimeout(done));

async function begin(): Promise<void> {
  let id = 0;
  pairs = new Pairs(
    {
      pair: async (besides): Promise<PairAnswer> => {
        log.push(`ask ${name(besides) ?? ""}`.trim());
        const free = open.filter((one) => !(knows && besides && same(one, besides)));
        return { pair: free[0] ?? null, done: 3 - open.length, words: free[0] ? "" : "Nothing is left." };
      },
      send: async ({ left, right, harder }) => {
        log.push(`send ${left}${right} ${harder}`);
        await hold;
        if (refusal) throw refusal;
        open = open.filter((one) => name(one) !== `${left}${right}`);
        id += 1;
        return { id: String(id), done: 3 - open.length };
      },
      undo: async (which) => {
        log.push(`undo ${which}`);
        return undefined;
      },
    },
    {
      show: (shown) => log.push(`show ${name(shown)}`),
      warm: (next) => log.push(`warm ${name(next)}`),
      changed: () => undefined,
      failed: (problem) => log.push(`failed ${problem.status}`),
    },
  );
  await pairs.start();
  await settled();
}

/** Answers are under way until this is called. */
function held(): () => void {
  let arrive = () => {};
  hold = new Promise((done) => {
    arrive = () => done();
  });
  return arrive;
}

beforeEach(() => {
  log = [];
  open = [pair("a", "b"), pair("c", "d"), pair("e", "f")];
  refusal = null;
  knows = true;
  hold = Promise.resolve();
  return begin();
});

test("the next pair is fetched ahead while the first is looked at", () => {
  expect(log).toEqual(["ask", "show ab", "ask ab", "warm cd"]);
});

test("an answer shows the next pair at once, before it has arrived", async () => {
  const arrive = held();
  await pairs.answer("left", 2);
  expect(name(pairs.pair)).toBe("cd");
  expect(pairs.done).toBe(1);
  arrive();
  await settled();
  expect(log.slice(-2)).toEqual(["ask cd", "warm ef"]); // asked when the server knew that the first is done
});

test("an answer by left, right or equal is sent as it was given, once", async () => {
  await Promise.all([pairs.answer("right", 1), pairs.answer("left", 1)]); // a second key before the next pair is there
  await settled();
  expect(log.filter((line) => line.startsWith("send"))).toEqual(["send ab right"]);
  await pairs.answer("equal", 1);
  expect(log).toContain("send cd equal");
  expect(pairs.last).toBe("equal");
});

test("where the server gives the shown pair again, it is asked after the answer has arrived", async () => {
  knows = false;
  await begin();
  log = [];
  await pairs.answer("left", 1);
  expect(name(pairs.pair)).toBe("cd");
  expect(log.slice(0, 3)).toEqual(["send ab left", "ask", "show cd"]);
});

test("after the last pair there is none, and why is said", async () => {
  for (let n = 0; n < 3; n++) {
    await pairs.answer("left", 1);
    await settled();
  }
  expect(pairs.pair).toBeNull();
  expect(pairs.words).toBe("Nothing is left.");
  expect(pairs.done).toBe(3);
});

test("undo takes the last answer back, shows its pair, and then goes on where one was", async () => {
  await pairs.answer("left", 1);
  await settled();
  await pairs.undo();
  expect(log).toContain("undo 1");
  expect([name(pairs.pair), pairs.done, pairs.last]).toEqual(["ab", 0, null]);
  await pairs.answer("right", 1);
  expect(name(pairs.pair)).toBe("cd");
});

test("undo twice takes two answers back", async () => {
  await pairs.answer("left", 1);
  await settled();
  await pairs.answer("equal", 1);
  await settled();
  await pairs.undo();
  await pairs.undo();
  expect(log.filter((line) => line.startsWith("undo"))).toEqual(["undo 2", "undo 1"]);
  expect(name(pairs.pair)).toBe("ab");
});

test("an answer that did not arrive is said, is not counted, and its pair comes back next", async () => {
  const arrive = held();
  await pairs.answer("left", 1);
  refusal = new Problem({ title: "The server cannot be reached." });
  open = open.slice(1); // the server would not give it again by itself
  arrive();
  await settled();
  expect(log).toContain("failed 0");
  expect([pairs.done, pairs.last]).toEqual([0, null]);
  refusal = null;
  await pairs.answer("right", 1);
  expect(name(pairs.pair)).toBe("ab");
});

test("a pair whose case is gone does not come back", async () => {
  const arrive = held();
  await pairs.answer("left", 1);
  refusal = new Problem({ title: "Gone.", status: 410 });
  open = open.slice(1);
  arrive();
  await settled();
  refusal = null;
  await pairs.answer("left", 1);
  expect(name(pairs.pair)).toBe("ef");
});

test("two cases are the same pair either way round", () => {
  expect(same(pair("a", "b"), pair("b", "a"))).toBe(true);
  expect(same(pair("a", "b"), pair("a", "c"))).toBe(false);
});
