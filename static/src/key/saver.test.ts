import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "../lib/problem";
import { Saver, type SaveState } from "./saver";

let states: SaveState[] = [];
let sent: [string, string | null][] = [];
let answer: (what: string) => Promise<string>;
let doc = "";
let saver: Saver<string>;

beforeEach(() => {
  vi.useFakeTimers();
  states = [];
  sent = [];
  doc = "a";
  answer = async (what) => `tag of ${what}`;
  saver = new Saver<string>(null, {
    put: (what, seen) => {
      sent.push([what, seen]);
      return answer(what);
    },
    what: () => doc,
    onState: (state) => states.push(state),
  });
});
afterEach(() => vi.useRealTimers());

const conflict = () => Promise.reject(new Problem({ title: "Changed", type: "/problems/changed-meanwhile" }));

describe("a draft that saves itself", () => {
  it("goes once, soon after the last change, with the tag of the one before", async () => {
    saver.touch();
    await vi.advanceTimersByTimeAsync(500);
    doc = "ab";
    saver.touch();
    await vi.advanceTimersByTimeAsync(1000);
    doc = "abc";
    saver.touch();
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toEqual([
      ["ab", null],
      ["abc", "tag of ab"],
    ]);
    expect(states).toEqual(["waiting", "waiting", "saving", "clean", "waiting", "saving", "clean"]);
  });

  it("goes again with what changed while it was on its way", async () => {
    let done: (tag: string) => void = () => undefined;
    answer = () =>
      new Promise((resolve) => {
        done = resolve;
      });
    saver.touch();
    await vi.advanceTimersByTimeAsync(1000);
    doc = "b";
    saver.touch();
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent.length).toBe(1); // one at a time
    done("first");
    answer = async () => "second";
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([
      ["a", null],
      ["b", "first"],
    ]);
    expect(saver.tag).toBe("second");
  });

  it("tries again after a failure, and has lost nothing", async () => {
    answer = () => Promise.reject(new Problem({ title: "The server cannot be reached." }));
    saver.touch();
    await vi.advanceTimersByTimeAsync(1000);
    expect(saver.state).toBe("failed");
    answer = async () => "tag";
    await vi.advanceTimersByTimeAsync(5000);
    expect(saver.state).toBe("clean");
    expect(sent.length).toBe(2);
  });

  it("stops at somebody else's draft until it is told what to do", async () => {
    answer = conflict;
    saver.touch();
    await vi.advanceTimersByTimeAsync(1000);
    expect(saver.state).toBe("conflict");
    saver.touch();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent.length).toBe(1);
    expect(await saver.flush()).toBe(false);
    answer = async () => "mine";
    expect(await saver.over("theirs")).toBe(true);
    expect(sent.at(-1)).toEqual(["a", "theirs"]);
  });

  it("is flushed at once, and says whether all is kept", async () => {
    saver.touch();
    expect(await saver.flush()).toBe(true);
    expect(sent.length).toBe(1);
    expect(await saver.flush()).toBe(true);
    expect(sent.length).toBe(1);
  });

  it("hears nothing of a request that was on its way when it was reset", async () => {
    let refuse = () => {};
    answer = () =>
      new Promise((_, no) => (refuse = () => no(new Problem({ title: "Locked", type: "/problems/locked" }))));
    saver.touch();
    await vi.advanceTimersByTimeAsync(1000);
    saver.reset("next");
    refuse();
    await saver.idle();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([saver.state, saver.tag, sent.length]).toEqual(["clean", "next", 1]);
  });
});
