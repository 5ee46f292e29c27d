import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Draft, type DraftData } from "./draft";

let now: DraftData;
let bodies: { writer: string; answer: string }[];
let fates: (number | "cut" | "slow")[];
let rows: Map<string, string>;
let refused: string[];

const storage = {
  getItem: (key: string) => rows.get(key) ?? null,
  setItem: (key: string, value: string) => void rows.set(key, value),
  removeItem: (key: string) => void rows.delete(key),
};
const draft = () =>
  new Draft(
    "a",
    () => now,
    ({ words }) => refused.push(words),
    storage,
  );
const answers = () => bodies.map(({ answer }) => answer);
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  now = { marks: [], answer: "" };
  [bodies, fates, refused, rows] = [[], [], [], new Map()];
  vi.stubGlobal("document", { body: { dataset: { csrf: "token" } } });
  vi.stubGlobal("fetch", async (_: string, init: { body: string }) => {
    const fate = fates.shift() ?? 200;
    bodies.push(JSON.parse(init.body));
    if (fate === "slow") await new Promise((done) => setTimeout(done, 2_000));
    if (fate === "cut") throw new TypeError("network");
    const headers = { "content-type": "application/problem+json" };
    return new Response(JSON.stringify({ title: "No." }), { status: fate === "slow" ? 200 : fate, headers });
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const answer = (made: Draft, value: DraftData["answer"]) => {
  now = { marks: [], answer: value };
  made.touch();
};

test("changes soon after each other are saved once, as they are at the end", async () => {
  const made = draft();
  made.begin("w");
  answer(made, "normal");
  await wait(300);
  answer(made, "abnormal");
  await wait(599);
  expect(bodies).toEqual([]);
  await wait(1);
  expect(bodies).toEqual([{ writer: "w", marks: [], answer: "abnormal" }]);
  expect([made.saved, made.kept]).toEqual([true, null]);
});

test("what changes while a slow save is on its way is saved after it", async () => {
  const made = draft();
  made.begin("w");
  fates = ["slow"];
  answer(made, "normal");
  await wait(700);
  answer(made, "abnormal");
  await wait(1_000); // its time came while the first was still on its way
  expect([answers(), made.saved]).toEqual([["normal"], false]);
  await wait(2_000);
  expect([answers(), made.saved]).toEqual([["normal", "abnormal"], true]);
});

test("what the server has already is not sent", async () => {
  now = { marks: [], answer: "normal" };
  const made = draft();
  made.begin("w");
  made.touch();
  await wait(5_000);
  expect([bodies, made.saved]).toEqual([[], true]);
});

test("nothing is saved before the tab records, and all of it then", async () => {
  const made = draft();
  answer(made, "normal");
  await wait(5_000);
  expect(bodies).toEqual([]);
  made.begin("w");
  await wait(0);
  expect(answers()).toEqual(["normal"]);
});

test("while it cannot be saved it is kept in the tab, and tried again", async () => {
  const made = draft();
  made.begin("w");
  fates = ["cut", 503];
  answer(made, "normal");
  await wait(1_000);
  expect([made.saved, made.kept]).toEqual([false, { marks: [], answer: "normal" }]);
  expect(draft().kept?.answer).toBe("normal"); // as a reload finds it
  await wait(3_000);
  expect([made.saved, made.kept, answers().length]).toEqual([true, null, 3]);
});

test("a refusal ends it and is told", async () => {
  const made = draft();
  made.begin("w");
  fates = [409];
  answer(made, "normal");
  await wait(60_000);
  expect([refused, bodies.length]).toEqual([["No."], 1]);
});

test("held, it saves nothing, and all of it when it is let go", async () => {
  const made = draft();
  made.begin("w");
  answer(made, "normal");
  await made.hold();
  answer(made, "abnormal");
  await wait(5_000);
  expect(bodies).toEqual([]);
  made.release();
  await wait(0);
  expect(answers()).toEqual(["abnormal"]);
});

test("after the end nothing is sent, and nothing is kept", async () => {
  const made = draft();
  made.begin("w");
  answer(made, "normal");
  made.end();
  made.flush();
  await wait(60_000);
  expect([bodies, rows.size]).toEqual([[], 0]);
});
