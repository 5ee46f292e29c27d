import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Sender } from "./sender";
import { SessionStore } from "./store";
import type { Part, RecordingData } from "./types";

/** The server's side of the contract, with a line that can be cut before or after it has taken a part. */
class Server {
  parts: string[] = [];
  writer = "w1";
  closed = false;
  tries: number[] = []; // seq of each request
  next: ("cut" | "lost" | Response)[] = []; // what becomes of the next requests; nothing: they are answered

  readonly fetch = async (url: string, init: { body: string; keepalive?: boolean }): Promise<Response> => {
    const seq = Number(/parts\/(\d+)\//.exec(url)?.[1]);
    this.tries.push(seq);
    const fate = this.next.shift();
    if (fate === "cut") throw new TypeError("network");
    if (fate instanceof Response) return fate;
    const answer = this.answer(seq, init.body);
    if (fate === "lost") throw new TypeError("network");
    return answer;
  };

  private answer(seq: number, body: string): Response {
    const refuse = (kind: string, more = {}) =>
      json(409, { type: `/problems/${kind}`, title: kind, ...more }, "application/problem+json");
    if (this.closed) return refuse("recording-closed");
    if (JSON.parse(body).writer !== this.writer) return refuse("taken-over");
    if (seq > this.parts.length) return refuse("part-early", { next_seq: this.parts.length });
    const known = this.parts[seq];
    if (known === undefined) this.parts.push(body);
    else if (known !== body) return refuse("part-differs");
    return json(known === undefined ? 201 : 200, { acknowledged: seq, next_seq: this.parts.length, end_s: 0 });
  }

  /** The first time of each stored part. */
  get times(): number[] {
    return this.parts.map((body) => JSON.parse(body).samples[0][0]);
  }
}

const json = (status: number, body: object, type = "application/json", headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": type, ...headers } });

class Memory {
  private readonly rows = new Map<string, string>();
  get length(): number {
    return this.rows.size;
  }
  key = (index: number): string | null => [...this.rows.keys()][index] ?? null;
  getItem = (key: string): string | null => this.rows.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.rows.set(key, value);
  removeItem = (key: string): void => void this.rows.delete(key);
}

let server: Server;
let memory: Memory;
const part = (seconds: number): Part => ({ samples: [[seconds, 0.5, 0.5]], views: [], events: [] });
const open = (recording: Partial<RecordingData> = {}) => {
  const made = { id: "r", next_seq: 0, end_s: 0, writer: "w1", ...recording };
  return new Sender(made, new SessionStore("r", memory as unknown as Storage), undefined, () => 0.5);
};
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  memory = new Memory();
  vi.stubGlobal("fetch", server.fetch);
  vi.stubGlobal("document", { body: { dataset: { csrf: "token" } } });
});
afterEach(() => {
  vi.useRealTimers();
});

test("parts go one after the other, and nothing stays in the store once they are acknowledged", async () => {
  const sender = open();
  for (const second of [1, 2, 3]) sender.put(part(second), second);
  await wait(0);
  expect(server.times).toEqual([1, 2, 3]);
  expect([sender.saved, sender.count, memory.length]).toEqual([3, 3, 0]);
});

test("a part whose answer was lost is sent again as it was, and is there once", async () => {
  const sender = open();
  server.next = ["lost"];
  sender.put(part(1), 1);
  sender.put(part(2), 2);
  await wait(0);
  expect(sender.saved).toBe(0);
  await wait(1_000);
  expect(server.tries).toEqual([0, 0, 1]);
  expect(server.times).toEqual([1, 2]);
  expect(sender.ended).toBeNull();
});

test("while the line is cut the order is kept, and the waits grow to fifteen seconds", async () => {
  const sender = open();
  server.next = Array.from({ length: 7 }, () => "cut" as const);
  const waits: number[] = [];
  let before = Date.now();
  sender.put(part(1), 1);
  for (let tries = 1; tries < 8; tries++) {
    while (server.tries.length <= tries) await wait(50);
    waits.push(Math.round((Date.now() - before) / 1_000));
    before = Date.now();
    sender.put(part(tries + 1), tries + 1);
  }
  await wait(0);
  expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15]);
  expect(server.times).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("waits differ by chance, so that many readers do not come back at one moment", async () => {
  const store = () => new SessionStore("r", new Memory() as unknown as Storage);
  const chances = [0, 1];
  const senders = chances.map(
    (chance) => new Sender({ id: "r", next_seq: 0, end_s: 0, writer: "w1" }, store(), undefined, () => chance),
  );
  server.next = ["cut", "cut"];
  for (const sender of senders) sender.put(part(1), 1);
  await wait(800);
  expect(server.tries).toHaveLength(3);
});

test("a server that asks for patience gets it", async () => {
  const sender = open();
  server.next = [json(503, {}), json(429, {}, "application/json", { "Retry-After": "9" })];
  sender.put(part(1), 1);
  await wait(1_000);
  expect(server.tries).toHaveLength(2);
  await wait(8_900);
  expect(server.tries).toHaveLength(2);
  await wait(200);
  expect(server.times).toEqual([1]);
  expect(sender.failures).toBe(0);
});

test("when the connection is back, it does not wait longer", async () => {
  const sender = open();
  server.next = ["cut", "cut", "cut", "cut"];
  sender.put(part(1), 1);
  await wait(7_500);
  expect(server.tries).toHaveLength(4);
  sender.hurry();
  await wait(0);
  expect(server.times).toEqual([1]);
});

test("taken over by another tab: it stops, and keeps nothing to put over the other's reading", async () => {
  const sender = open();
  server.writer = "w2";
  sender.put(part(1), 1);
  sender.put(part(2), 2);
  await wait(60_000);
  expect(sender.ended?.why).toBe("taken-over");
  expect(server.tries).toEqual([0]);
  expect(memory.length).toBe(0);
});

test.each([
  [409, "recording-closed", "closed"],
  [401, "not-signed-in", "signed-out"],
  [403, "not-allowed", "signed-out"],
  [409, "part-differs", "refused"],
  [400, "invalid", "refused"],
])("an answer %i %s ends it: %s; what is not saved stays in the tab", async (status, kind, why) => {
  const sender = open();
  server.next = [json(status, { type: `/problems/${kind}`, title: "No." }, "application/problem+json")];
  sender.put(part(1), 1);
  sender.put(part(2), 2);
  await wait(60_000);
  expect([sender.ended?.why, server.tries.length, memory.length]).toEqual([why, 1, 2]);
});

test("a reload sends what was left over first, under the new writer, and goes on after it", async () => {
  const before = open();
  server.next = ["lost", "cut", "cut"];
  for (const second of [1, 2, 3]) before.put(part(second), second);
  await wait(0); // the first part arrived, its answer did not; then the page is gone
  vi.clearAllTimers();
  server.next = [];
  server.tries = [];
  server.writer = "w2";
  const after = open({ writer: "w2", next_seq: 1, end_s: 1 });
  expect([after.count, after.end]).toEqual([3, 3]);
  after.start();
  after.put(part(4), 4);
  await wait(0);
  expect(server.tries).toEqual([1, 2, 3]);
  expect(server.times).toEqual([1, 2, 3, 4]);
  expect(memory.length).toBe(0);
});

test("left over parts that another tab's reading has overtaken are let go", () => {
  const store = new SessionStore("r", memory as unknown as Storage);
  for (const seq of [4, 5]) store.put({ seq, end: seq, content: "{}" });
  expect(open({ next_seq: 9, end_s: 20 }).count).toBe(9);
  expect(memory.length).toBe(0);
  for (const seq of [9, 10, 12]) store.put({ seq, end: seq, content: "{}" });
  expect(open({ next_seq: 9, end_s: 9.5 }).count).toBe(9); // the next number, but a time that was read since
  expect(memory.length).toBe(0);
});

test("a server that lost parts gets all that is still held", async () => {
  const sender = open({ next_seq: 5, end_s: 5 });
  sender.put(part(6), 6);
  sender.put(part(7), 7);
  await wait(0);
  expect(server.times).toEqual([6, 7]);
  expect([sender.count, sender.ended]).toEqual([2, null]);
});

test("a page that goes sends all it holds in a way that outlives it, in order", async () => {
  const sender = open();
  server.next = ["cut"];
  for (const second of [1, 2, 3]) sender.put(part(second), second);
  await wait(0);
  server.tries = [];
  sender.flush();
  expect(server.tries).toEqual([0, 1, 2]);
  expect(memory.length).toBe(3);
});

test("held, it sends nothing more, and goes on when it is let go", async () => {
  const sender = open();
  server.next = ["cut"];
  sender.put(part(1), 1);
  await wait(100); // waits to try again
  await sender.hold();
  sender.put(part(2), 2);
  sender.flush();
  await wait(60_000);
  expect(server.tries).toEqual([0]);
  sender.release();
  await wait(0);
  expect(server.times).toEqual([1, 2]);
});

test("waiting for all parts ends when the last one is acknowledged", async () => {
  const sender = open();
  server.next = ["cut"];
  sender.put(part(1), 1);
  sender.put(part(2), 2);
  let done = false;
  void sender.drained().then(() => {
    done = true;
  });
  await wait(900);
  expect(done).toBe(false);
  await wait(200);
  expect([done, server.parts.length]).toEqual([true, 2]);
  await sender.drained();
});
