import { beforeEach, expect, test, vi } from "vitest";
import type { Fixation } from "../lib/types";
import { Replay } from "./replay";
import { STYLES, type Style, type Track } from "./track";

const fixation = (onset_s: number, duration_s: number): Fixation => ({
  x: 0.5,
  y: 0.5,
  onset_s,
  duration_s,
  ellipse: null,
});
const track = (fixations: Fixation[], id = "a"): Track => ({
  id,
  source: "model",
  label: id,
  style: STYLES[0] as Style,
  fixations,
});
const PATH = [fixation(0.5, 0.25), fixation(1, 0.5), fixation(2, 1)]; // ends at 3 s

let frames: Map<number, FrameRequestCallback>;
let clock: number; // ms

/** Let the browser draw one frame so many ms later. */
function after(ms: number): void {
  clock += ms;
  const due = [...frames.values()];
  frames.clear();
  for (const frame of due) frame(clock);
}

beforeEach(() => {
  frames = new Map();
  clock = 1000;
  let handle = 0;
  vi.stubGlobal("performance", { now: () => clock });
  vi.stubGlobal("requestAnimationFrame", (frame: FrameRequestCallback) => {
    handle += 1;
    frames.set(handle, frame);
    return handle;
  });
  vi.stubGlobal("cancelAnimationFrame", (which: number) => frames.delete(which));
});

function replay(path = PATH, open = false): Replay {
  const made = new Replay();
  made.set([track(path)], open);
  return made;
}

test.each([
  [1, 0.5],
  [2, 1],
  [0.25, 0.125],
])("at speed %f half a second of the clock is %f s of the replay", (speed, seconds) => {
  const made = replay();
  made.speed = speed;
  made.play();
  after(200);
  after(300);
  expect(made.time).toBeCloseTo(seconds, 9);
});

test("a speed that is changed on the way counts from then on", () => {
  const made = replay();
  made.play();
  after(400);
  made.speed = 4;
  after(100);
  expect(made.time).toBeCloseTo(0.8, 9);
});

test("the time of a pause does not count", () => {
  const made = replay();
  made.play();
  after(100);
  made.toggle();
  after(5000);
  expect(made.time).toBeCloseTo(0.1, 9);
  made.toggle();
  after(100);
  expect(made.time).toBeCloseTo(0.2, 9);
});

test("it ends where the last fixation ends, stops there, and begins again when asked", () => {
  const made = replay();
  expect(made.end).toBe(3);
  made.play();
  after(2999);
  expect(made.playing).toBe(true);
  after(2);
  expect(made.time).toBe(3);
  expect(made.playing).toBe(false);
  expect(frames.size).toBe(0);
  made.play();
  expect(made.time).toBe(0);
});

test("while fixations still arrive it waits at the last one and goes on by itself", () => {
  const made = replay(PATH.slice(0, 1), true);
  made.play();
  after(2000);
  expect(made.time).toBe(0.75);
  expect(made.playing).toBe(true);
  made.toggle();
  made.toggle(); // goes on where it waited, not from the start
  expect(made.time).toBe(0.75);
  made.set([track(PATH.slice(0, 2))], true);
  after(250);
  expect(made.time).toBe(1);
  made.set([track(PATH.slice(0, 2))], false);
  after(1000);
  expect(made.time).toBe(1.5);
  expect(made.playing).toBe(false);
});

test.each([
  [0, -1],
  [0.499, -1],
  [0.5, 0],
  [0.999, 0],
  [0.9999995, 1], // a slider's rounding
  [1, 1],
  [1.7, 1],
  [2, 2],
  [3, 2],
])("at %f s the current fixation is number %i: from its onset until the next one's", (time, index) => {
  const made = replay();
  made.seek(time);
  expect(made.current).toBe(index);
});

test("a jump stops at the fixation's onset, where it is the current one", () => {
  const made = replay([fixation(0.1, 0.1), fixation(0.1 + 0.2, 0.1), fixation(0.9, 0.1)]); // 0.1 + 0.2 > 0.3
  made.play();
  made.jump(1);
  expect(made.playing).toBe(false);
  expect(made.time).toBeCloseTo(0.3, 12);
  expect(made.current).toBe(1);
  made.jump(99);
  expect(made.current).toBe(2);
  made.jump(-1);
  expect(made.current).toBe(0);
});

test("to the end is the end, and no frame comes after it", () => {
  const made = replay();
  made.play();
  made.toEnd();
  expect([made.time, made.playing, frames.size]).toEqual([3, false, 0]);
});

test("the clock stays within the path, also when another one takes its place", () => {
  const made = replay();
  made.seek(-1);
  expect(made.time).toBe(0);
  made.seek(99);
  expect(made.time).toBe(3);
  made.set([track(PATH.slice(0, 1))], false);
  expect(made.time).toBe(0.75);
});

test("nothing to play does not play, unless it is on its way", () => {
  const none = replay([]);
  none.play();
  expect(none.playing).toBe(false);
  expect(none.current).toBe(-1);
  const soon = replay([], true);
  soon.play();
  expect(soon.playing).toBe(true);
});

test("whoever draws is told of every change", () => {
  const changed = vi.fn();
  const made = new Replay();
  const forget = made.onChange(changed);
  for (const change of [() => made.set([track(PATH)], false), () => made.play(), () => after(10), () => made.pause()]) {
    changed.mockClear();
    change();
    expect(changed).toHaveBeenCalled();
  }
  forget();
  changed.mockClear();
  made.seek(1);
  expect(changed).not.toHaveBeenCalled();
});

const OTHER = [fixation(0, 1.5), fixation(1.5, 3)]; // ends at 4.5 s

test("several scanpaths have one clock, which goes on until the longest is over", () => {
  const made = new Replay();
  made.set([track(PATH, "a"), track(OTHER, "b")]);
  expect(made.end).toBe(4.5);
  made.play();
  after(3200);
  expect([made.time, made.playing]).toEqual([3.2, true]);
  after(1400);
  expect([made.time, made.playing]).toEqual([4.5, false]);
});

test("steps follow the one that leads; to let another lead moves no time", () => {
  const made = new Replay();
  made.set([track(PATH, "a"), track(OTHER, "b")]);
  made.seek(1.6);
  expect(made.current).toBe(1); // of a: 1 s to 2 s
  made.jump(made.current + 1);
  expect(made.time).toBe(2);
  made.follow(1);
  expect([made.time, made.current]).toEqual([2, 1]);
  made.jump(made.current - 1);
  expect(made.time).toBe(0);
  made.follow(7);
  expect(made.lead).toBe(1);
});

test("whoever leads goes on leading when others come and go, and the first does when it goes itself", () => {
  const made = new Replay();
  made.set([track(PATH, "a"), track(OTHER, "b")]);
  made.follow(1);
  made.set([track(PATH, "c"), track(PATH, "a"), track(OTHER, "b")]);
  expect(made.lead).toBe(2);
  made.set([track(PATH, "c"), track(PATH, "a")]);
  expect(made.lead).toBe(0);
});

test("a replay at the end of the longest stops when a shorter one takes its place", () => {
  const made = new Replay();
  made.set([track(OTHER, "b")]);
  made.play();
  after(4000);
  made.set([track(PATH, "a")]);
  expect([made.time, made.playing, frames.size]).toEqual([3, false, 0]);
});

test("a frame that began before play was pressed takes no time back", () => {
  const replay = new Replay();
  replay.set([track(PATH)]);
  replay.play();
  after(-8);
  expect(replay.time).toBe(0);
  after(100);
  expect(replay.time).toBeCloseTo(0.1);
});
