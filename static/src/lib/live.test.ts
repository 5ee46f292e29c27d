import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Follower, Live } from "./live";

type Data = Record<string, unknown>;

/** What the server's end of a socket can do, and what it was sent. */
class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  static made: FakeSocket[] = [];
  readyState = 0;
  sent: Data[] = [];

  constructor(readonly url: string) {
    super();
    FakeSocket.made.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code: 1006 }));
  }

  opens(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  says(...messages: Data[]): void {
    for (const message of messages) this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }

  ends(code = 1006): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }

  /** Subscriptions as subject and the number after which events are wanted. */
  get asked(): unknown[] {
    return this.sent.filter((message) => message.type === "subscribe").map(({ subject, after }) => [subject, after]);
  }
}

const CASE = "case:1";
const newest = (): FakeSocket => FakeSocket.made[FakeSocket.made.length - 1] as FakeSocket;
const snapshot = (seq: number, subject = CASE) => ({ type: "snapshot", subject, seq, state: { seq } });
const event = (seq: number, subject = CASE) => ({ type: "event", subject, seq, event: "e", data: { seq } });

let page: EventTarget;

/** A page with one follower of the case; gives what the follower heard, in order. */
function following(live: Live, subject = CASE): { heard: unknown[]; stop: () => void } {
  const heard: unknown[] = [];
  const follower: Follower = {
    snapshot: (state) => heard.push(["snapshot", state.seq]),
    event: (_type, data) => heard.push(data.seq),
    queue: (place) => heard.push(["place", place]),
    refused: (code) => heard.push(["refused", code]),
  };
  return { heard, stop: live.follow(subject, follower) };
}

/** Connected, with a follower that has its snapshot at number 3. */
function settled(): { live: Live; socket: FakeSocket; heard: unknown[]; stop: () => void } {
  const live = new Live();
  const mine = following(live);
  const socket = newest();
  socket.opens();
  socket.says(snapshot(3));
  mine.heard.length = 0;
  socket.sent.length = 0;
  return { live, socket, ...mine };
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.made = [];
  page = new EventTarget();
  const timers = { setTimeout, clearTimeout, setInterval };
  vi.stubGlobal("window", Object.assign(page, timers));
  vi.stubGlobal("document", Object.assign(new EventTarget(), { hidden: false, body: { dataset: {} } }));
  vi.stubGlobal("location", { protocol: "https:", host: "room.test" });
  vi.stubGlobal("WebSocket", FakeSocket);
});

afterEach(() => {
  vi.useRealTimers();
});

test("what was followed before the line stood is asked for when it does", () => {
  const live = new Live();
  following(live);
  expect(newest().url).toBe("wss://room.test/ws/live/");
  expect(newest().sent).toEqual([]);
  newest().opens();
  expect(newest().asked).toEqual([[CASE, null]]);
});

test("who knows the state as of a number asks for what came since, and gets it without a snapshot", () => {
  const live = new Live();
  const heard: unknown[] = [];
  live.follow(CASE, { snapshot: () => heard.push("snapshot"), event: (_type, data) => heard.push(data.seq) }, 3);
  newest().opens();
  expect(newest().asked).toEqual([[CASE, 3]]);
  newest().says(event(4), event(5));
  expect(heard).toEqual([4, 5]);
});

test("a snapshot and then every event in order reach the follower", () => {
  const { socket, heard } = settled();
  socket.says(event(4), event(5), { type: "queue", subject: CASE, place: 2 }, event(6));
  expect(heard).toEqual([4, 5, ["place", 2], 6]);
});

test("an event that was heard before is not told twice", () => {
  const { socket, heard } = settled();
  socket.says(event(3), event(4), event(4), event(2), event(5));
  expect(heard).toEqual([4, 5]);
  expect(socket.asked).toEqual([]);
});

test("over a gap nothing is told: the page asks again after the last event it has, and loses none", () => {
  const { socket, heard } = settled();
  socket.says(event(4), event(6));
  expect(heard).toEqual([4]);
  expect(socket.asked).toEqual([[CASE, 4]]);
  socket.says(event(5), event(6));
  expect(heard).toEqual([4, 5, 6]);
});

test("before the snapshot no event is told", () => {
  const live = new Live();
  const { heard } = following(live);
  newest().opens();
  newest().says(event(1), snapshot(7), event(8));
  expect(heard).toEqual([["snapshot", 7], 8]);
});

test("each subject counts for itself, and what nobody follows is let be", () => {
  const { live, socket, heard } = settled();
  const other = following(live, "case:2");
  socket.says(snapshot(10, "case:2"), event(11, "case:2"), event(4), event(1, "case:3"));
  expect(other.heard).toEqual([["snapshot", 10], 11]);
  expect(heard).toEqual([4]);
});

test("a newcomer on a followed subject gets a snapshot of its own", () => {
  const { live, socket } = settled();
  const newcomer = following(live);
  expect(socket.asked).toEqual([[CASE, null]]);
  socket.says(snapshot(5));
  expect(newcomer.heard).toEqual([["snapshot", 5]]);
});

test("the last follower who leaves takes the subject off the line, an earlier one does not", () => {
  const { live, socket, heard, stop } = settled();
  const other = following(live);
  stop();
  expect(socket.sent.map(({ type }) => type)).not.toContain("unsubscribe");
  socket.says(snapshot(4), event(5));
  expect(heard).toEqual([]);
  expect(other.heard).toEqual([["snapshot", 4], 5]);
  other.stop();
  expect(socket.sent.slice(-1)).toEqual([{ type: "unsubscribe", subject: CASE }]);
  socket.ends();
  vi.advanceTimersByTime(800);
  newest().opens();
  expect(newest().asked).toEqual([]);
});

test("after a break it comes back by itself and asks for what it missed", () => {
  const { socket, heard } = settled();
  socket.says(event(4));
  socket.ends();
  expect(FakeSocket.made).toHaveLength(1);
  vi.advanceTimersByTime(800);
  expect(FakeSocket.made).toHaveLength(2);
  newest().opens();
  expect(newest().asked).toEqual([[CASE, 4]]);
  newest().says(event(5));
  expect(heard).toEqual([4, 5]);
});

test("failing again and again it waits longer each time, up to a quarter of a minute, until a line speaks", () => {
  vi.spyOn(Math, "random").mockReturnValue(1);
  new Live();
  function waitAfterBreak(): number {
    newest().ends();
    const made = FakeSocket.made.length;
    let waited = 0;
    for (; FakeSocket.made.length === made; waited += 100) vi.advanceTimersByTime(100);
    return waited;
  }
  const waits = Array.from({ length: 8 }, waitAfterBreak);
  expect(waits).toEqual([800, 1600, 3200, 6400, 12800, 15000, 15000, 15000]);
  newest().opens();
  newest().says({ type: "pong" });
  expect(waitAfterBreak()).toBe(800); // a line that spoke is a new beginning
});

test("signed out it says so and does not come back", () => {
  const { live, socket } = settled();
  const lines: string[] = [];
  live.onLine((line) => lines.push(line));
  socket.ends(4401);
  vi.advanceTimersByTime(60_000);
  page.dispatchEvent(new Event("online"));
  expect(lines).toEqual(["live", "signed-out"]);
  expect(FakeSocket.made).toHaveLength(1);
});

test("a page that left the screen for good lets go of the line; shown again from the cache it comes back", () => {
  const { socket } = settled();
  page.dispatchEvent(new Event("pagehide"));
  expect(socket.readyState).toBe(3);
  page.dispatchEvent(new Event("online"));
  vi.advanceTimersByTime(60_000);
  expect(FakeSocket.made).toHaveLength(1);
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  expect(FakeSocket.made).toHaveLength(2);
  socket.ends(); // the old line's last word, come late
  vi.advanceTimersByTime(60_000);
  expect(FakeSocket.made).toHaveLength(2);
});

test("a line on which nothing answers for ten seconds is given up", () => {
  const { socket } = settled();
  vi.advanceTimersByTime(25_000);
  expect(socket.sent).toEqual([{ type: "ping" }]);
  socket.says({ type: "pong" });
  vi.advanceTimersByTime(10_000);
  expect(socket.readyState).toBe(1);
  vi.advanceTimersByTime(25_000);
  expect(socket.readyState).toBe(3);
});

test("told that it asked too much, it asks once more two seconds later", () => {
  const { socket, heard } = settled();
  socket.says({ type: "refused", subject: CASE, code: 429 });
  expect(heard).toEqual([["refused", 429]]);
  expect(socket.asked).toEqual([]);
  vi.advanceTimersByTime(2000);
  expect(socket.asked).toEqual([[CASE, 3]]);
});

/** The line is down for good, and the REST twin answers with these pages in turn (a number is a status without JSON). */
async function withoutLine(
  ...pages: (Data | number)[]
): Promise<{ heard: unknown[]; urls: string[]; lines: string[] }> {
  const urls: string[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    urls.push(url);
    const next = pages.shift() ?? 500;
    if (next === 0) throw new TypeError("no network");
    return new Response(typeof next === "number" ? "" : JSON.stringify(next), {
      status: typeof next === "number" ? next : 200,
      headers: { "Content-Type": typeof next === "number" ? "text/plain" : "application/json" },
    });
  });
  const { live, socket, heard } = settled();
  const lines: string[] = [];
  live.onLine((line) => lines.push(line));
  socket.ends();
  while (FakeSocket.made.length < 2) await vi.advanceTimersByTimeAsync(100);
  newest().ends();
  lines.length = 0;
  while (pages.length > 0) await vi.advanceTimersByTimeAsync(100);
  return { heard, urls, lines };
}

test("while no line can be had it asks the server every two seconds, after what it knows, and says so", async () => {
  const answer = (seq: number, ...events: number[]) => ({
    seq,
    state: null,
    events: events.map((number) => ({ seq: number, event: "e", data: { seq: number } })),
  });
  const { heard, urls } = await withoutLine(answer(5, 4, 5), answer(6, 5, 6));
  expect(heard).toEqual([4, 5, 6]);
  expect(urls).toEqual(["/api/v1/events/?subject=case%3A1&after=3", "/api/v1/events/?subject=case%3A1&after=5"]);
});

test.each([
  ["no network", 0, ["offline"], []],
  ["signed out", 401, ["signed-out"], []],
  ["not ours", 404, [], [["refused", 404]]],
])("%s is told apart from the rest", async (_, status, said, told) => {
  const { lines, heard } = await withoutLine(status);
  expect(lines).toEqual(said);
  expect(heard).toEqual(told);
});
